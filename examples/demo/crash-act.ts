// The second act: the RTSS side is killed while it owns the mutex. This process is the Win32 side that survives it.
import { setTimeout as sleep } from "node:timers/promises";
import {
  ERROR_FILE_NOT_FOUND,
  GetLastError,
  RtCloseHandle,
  RtOpenEvent,
  RtOpenMutex,
  RtOpenSemaphore,
  RtOpenSharedMemory,
  RtReleaseMutex,
  RtWaitForSingleObject,
  RtWaitForSingleObjectAsync,
  SHM_MAP_READ,
  WAIT_ABANDONED,
  WAIT_TIMEOUT,
  type HANDLE,
  type Location,
} from "rtshm/win32";
import { GUARD_NAME, LOAD_NAME, PERIOD_NAME, RTSS_INDEX, SEEN_NAME, STOP_NAME, STORAGE_NAME } from "./layout.js";
import { Side } from "./side.js";

const PATIENCE_MS = 15_000;

/** Returns the exit code of the demo: 0 if all was as promised, 1 if another demo is running, 2 otherwise. */
export async function crashAct(): Promise<number> {
  const rtss = new Side("./rtss-side.js", { capture: true, args: ["--die-owning"] });
  if (!(await rtss.says(/ owns /))) {
    rtss.kill();
    return (await rtss.ends()) === 1 ? 1 : 2;
  }

  const objects = new Objects();
  const kept = objects.areAllOpen() ? await survive(rtss, objects) : promised(false, "all objects can be opened");
  rtss.kill();
  await rtss.ends();
  objects.close();

  const after = new Objects();
  const gone = promised(after.areAllGone(), "with its last handle closed, every name is gone (error 2)");
  after.close();
  return kept && gone ? 0 : 2;
}

async function survive(rtss: Side, { storage, load, guard }: Objects): Promise<boolean> {
  const owned = promised(
    guard !== null && RtWaitForSingleObject(guard, 0) === WAIT_TIMEOUT,
    "the mutex is owned by the RTSS side",
  );
  if (guard === null || !owned) return false;
  const before = [bytesOf(storage), bytesOf(load)];

  const wait = RtWaitForSingleObjectAsync(guard, PATIENCE_MS);
  await sleep(50); // long enough for the wait to be asleep, as it would be in a program that is not a demo
  const killed = process.hrtime.bigint();
  rtss.kill();
  const { result } = await wait;
  const elapsedMs = Number(process.hrtime.bigint() - killed) / 1e6;

  const told = promised(
    result === WAIT_ABANDONED,
    `WAIT_ABANDONED ${elapsedMs.toFixed(2)} ms after SIGKILL; the mutex is now owned here`,
  );
  const released = promised(RtReleaseMutex(guard), "and can be released");
  const how = await rtss.ended;
  const dead = promised(how === "SIGKILL", `the RTSS side is dead (${how})`);

  const intact = [bytesOf(storage), bytesOf(load)].every((bytes, i) => before[i]?.equals(bytes));
  const index = new Uint32Array(storage.value ?? new ArrayBuffer(8))[RTSS_INDEX] ?? 0;
  const same = promised(intact && index > 0, `the memory is intact: RTSS_index is still ${index}, no byte has changed`);

  const again: Location = { value: null };
  const second = RtOpenSharedMemory(SHM_MAP_READ, false, STORAGE_NAME, again);
  const there = promised(
    second !== null && bytesOf(again).equals(bytesOf(storage)),
    `"${STORAGE_NAME}" can still be opened by name`,
  );
  if (second !== null) RtCloseHandle(second);

  return told && released && dead && same && there;
}

/** A handle to each of the objects, or null and the reason. */
class Objects {
  readonly storage: Location = { value: null };
  readonly load: Location = { value: null };
  readonly guard: HANDLE | null;
  readonly #handles: (HANDLE | null)[] = [];
  readonly #errors: number[] = [];

  constructor() {
    this.#note(RtOpenSharedMemory(SHM_MAP_READ, false, STORAGE_NAME, this.storage));
    this.#note(RtOpenSharedMemory(SHM_MAP_READ, false, LOAD_NAME, this.load));
    this.guard = this.#note(RtOpenMutex(0, false, GUARD_NAME));
    this.#note(RtOpenEvent(0, false, PERIOD_NAME));
    this.#note(RtOpenEvent(0, false, STOP_NAME));
    this.#note(RtOpenSemaphore(0, false, SEEN_NAME));
  }

  areAllOpen(): boolean {
    return this.#handles.every((handle) => handle !== null);
  }

  areAllGone(): boolean {
    return this.#handles.every((handle, i) => handle === null && this.#errors[i] === ERROR_FILE_NOT_FOUND);
  }

  close(): void {
    for (const handle of this.#handles) if (handle !== null) RtCloseHandle(handle);
  }

  #note(handle: HANDLE | null): HANDLE | null {
    this.#errors.push(handle === null ? GetLastError() : 0);
    this.#handles.push(handle);
    return handle;
  }
}

function bytesOf(location: Location): Buffer {
  return Buffer.from(new Uint8Array(location.value ?? new ArrayBuffer(0)));
}

function promised(kept: boolean, what: string): boolean {
  if (kept) console.log(`win32: ${what}`);
  else console.error(`win32: BROKEN PROMISE: ${what}`);
  return kept;
}
