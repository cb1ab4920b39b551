// The processes that survive: they hold the shared objects of a round, wait in queues, and look at what a victim left.
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { ProcessAgent, type Waiting } from "../support/agent.js";
import type { HANDLE } from "../support/api.js";
import { WitnessLedger } from "./ledger.js";
import { untilAsleep } from "../support/asleep.js";
import {
  kindOf,
  MAXIMUM,
  MEMORY_BYTES,
  nameOf,
  OWN_KEYS,
  SHARED_KEYS,
  type Action,
  type Key,
  type Witness,
} from "./script.js";

const PARKED_MS = 60_000;

interface Holder {
  readonly agent: ProcessAgent;
  readonly handles: Map<Key, HANDLE>;
}

export interface Parked {
  readonly holder: Holder;
  readonly keys: readonly Key[];
  readonly all: boolean;
  readonly result: Promise<number>;
  readonly done: () => boolean;
}

const handleOf = ({ handles }: Holder, key: Key): HANDLE => {
  const handle = handles.get(key);
  assert.ok(handle !== undefined, `${key} is not open`);
  return handle;
};

async function open(holder: Holder, key: Key, round: string): Promise<void> {
  const name = nameOf(round, key);
  const kind = kindOf(key);
  const handle =
    kind === "SharedMemory"
      ? await holder.agent.handle("RtOpenSharedMemory", 3, false, name, { location: key })
      : await holder.agent.handle(`RtOpen${kind}`, 0x1f0003, false, name);
  holder.handles.set(key, handle);
}

async function create({ agent, handles }: Holder, key: Key, round: string): Promise<void> {
  const name = nameOf(round, key);
  const made: Record<string, () => Promise<HANDLE>> = {
    Mutex: () => agent.handle("RtCreateMutex", null, false, name),
    Semaphore: () => agent.handle("RtCreateSemaphore", null, 0, MAXIMUM, name),
    Event: () => agent.handle("RtCreateEvent", null, key === "N", false, name),
    SharedMemory: () => agent.handle("RtCreateSharedMemory", 4, 0, MEMORY_BYTES, name, { location: key }),
  };
  handles.set(key, await made[kindOf(key)]!());
}

/** Three processes of one namespace: two that can be parked in a queue and one, the checker, that never sleeps. */
export class Witnesses {
  readonly first: Holder;
  readonly second: Holder;
  readonly checker: Holder;
  ledger = new WitnessLedger();
  parked: Parked[] = [];
  round = "";

  constructor(directory: string) {
    process.env["RTSHM_DIR"] = directory;
    const start = (): Holder => ({ agent: new ProcessAgent("rtshm/win32"), handles: new Map() });
    [this.first, this.second, this.checker] = [start(), start(), start()];
  }

  get all(): readonly Holder[] {
    return [this.first, this.second, this.checker];
  }

  async ready(): Promise<this> {
    await Promise.all(this.all.map(({ agent }) => agent.ready()));
    return this;
  }

  async kill(): Promise<void> {
    await Promise.all(this.all.map(({ agent }) => agent.kill()));
  }

  /** Makes the objects of a round; all three hold them. */
  async begin(round: string): Promise<void> {
    this.round = round;
    this.ledger = new WitnessLedger();
    this.parked = [];
    for (const { handles } of this.all) handles.clear();
    await Promise.all(SHARED_KEYS.map((key) => create(this.checker, key, round)));
    await Promise.all(
      [this.first, this.second].flatMap((holder) => SHARED_KEYS.map((key) => open(holder, key, round))),
    );
  }

  async park(who: Witness, keys: readonly Key[], all: boolean, sleeping: boolean): Promise<void> {
    const holder = this[who];
    const handles = keys.map((key) => handleOf(holder, key));
    const suffix = sleeping ? "" : "Async";
    const waiting =
      handles.length === 1
        ? holder.agent.begin(`RtWaitForSingleObject${suffix}`, handles[0]!, PARKED_MS)
        : holder.agent.begin(`RtWaitForMultipleObjects${suffix}`, handles.length, handles, all, PARKED_MS);
    const result = this.#finish(holder, keys, all, waiting);
    result.catch(() => undefined); // whoever awaits it gets the error
    this.parked.push({ holder, keys, all, result, done: waiting.done });
    // An asynchronous wait has its place when the agent answers the next call; of a sleeping thread nothing can be asked.
    if (sleeping) await untilAsleep(holder.agent.pid, waiting.done);
    else await holder.agent.call("turn");
  }

  async #finish(holder: Holder, keys: readonly Key[], all: boolean, waiting: Waiting): Promise<number> {
    const value = (await waiting.reply).value;
    const result = typeof value === "number" ? value : (value as { result: number }).result;
    if (this.ledger.note(keys, all, result))
      assert.equal(
        await holder.agent.value("RtReleaseMutex", handleOf(holder, "M")),
        true,
        "a witness owns what its wait took",
      );
    return result;
  }

  async act(action: Action): Promise<void> {
    if ("park" in action) return this.park(action.park, action.keys, action.all === true, action.sleeping === true);
    if ("post" in action) return this.post(action.post);
    if ("set" in action) return this.set(action.set);
    if ("killOwner" in action) this.ledger.ownerKilled = true;
    if ("killGranted" in action) {
      for (const further of action.killGranted) await this.act(further);
      await this.post(1);
    }
  }

  async post(units: number): Promise<void> {
    this.ledger.posted += units;
    const handle = handleOf(this.checker, "S");
    assert.equal(await this.checker.agent.value("RtReleaseSemaphore", handle, units, null), true, "units fit");
  }

  async set(key: "A" | "N"): Promise<void> {
    if (key === "A") this.ledger.signals++;
    assert.equal(
      await this.checker.agent.value("RtSetEvent", handleOf(this.checker, key)),
      true,
      "an event can be set",
    );
  }

  /** A wait of the checker, noted in the ledger; the mutex is given back. */
  async take(keys: readonly Key[], all: boolean, ms: number): Promise<number> {
    const handles = keys.map((key) => handleOf(this.checker, key));
    const { agent } = this.checker;
    const result = (
      handles.length === 1
        ? await agent.value("RtWaitForSingleObject", handles[0]!, ms)
        : await agent.value("RtWaitForMultipleObjects", handles.length, handles, all, ms)
    ) as number;
    if (this.ledger.note(keys, all, result)) await agent.call("RtReleaseMutex", handleOf(this.checker, "M"));
    return result;
  }

  /** Last error of an open of a name, which nobody holds or, with `held`, somebody does; 0 when it opens. */
  async openError(key: Key): Promise<number> {
    const name = nameOf(this.round, key);
    const kind = kindOf(key);
    const { agent } = this.checker;
    await agent.call("SetLastError", 0);
    const { value, lastError } =
      kind === "SharedMemory"
        ? await agent.call("RtOpenSharedMemory", 1, false, name, { location: "probe" })
        : await agent.call(`RtOpen${kind}`, 0x1f0003, false, name);
    if (value === null) return lastError;
    await agent.call("RtCloseHandle", value as HANDLE);
    return 0;
  }

  async closeAll(): Promise<void> {
    for (const { agent, handles } of this.all)
      for (const [key, handle] of handles)
        assert.equal(await agent.value("RtCloseHandle", handle), true, `${key} closes`);
  }

  /** Memory of the library that the witnesses still hold, without the dispatcher, which they keep to their end. */
  memoryHeld(): string[] {
    return this.all.flatMap(({ agent: { pid } }) =>
      readdirSync(`/proc/${String(pid)}/fd`).flatMap((fd) => {
        try {
          const target = readlinkSync(`/proc/${String(pid)}/fd/${fd}`);
          return target.includes("rtshm:") && !target.includes("dispatcher") ? [`${String(pid)}/${fd} ${target}`] : [];
        } catch {
          return []; // closed meanwhile
        }
      }),
    );
  }
}

export { OWN_KEYS, SHARED_KEYS };
