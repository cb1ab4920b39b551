// One process: random sequences of every operation against a small model of handles, names, states and last errors.
import "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HANDLE, Location } from "../support/api.js";
import { onBothSides, type Side } from "../support/sides.js";

const RUNS = process.env["RTSHM_LONG"] === "1" ? 3000 : 150;
const TOUCHED = 0xabc;
type Kind = "memory" | "auto" | "manual" | "mutex" | "semaphore";

interface ModelObject {
  readonly kind: Kind;
  readonly name: string | null;
  state: number; // event 0/1, mutex: acquisitions of this thread, semaphore: count
  readonly maximum: number;
  readonly size: number;
  byte: number;
  handles: number;
}

interface ModelHandle {
  readonly value: HANDLE;
  readonly object: ModelObject;
  readonly location: Location;
  isOpen: boolean;
}

class World {
  readonly handles: ModelHandle[] = [];
  readonly names = new Map<string, ModelObject>();
  constructor(
    readonly side: Side,
    readonly prefix: string,
  ) {}

  pick(n: number): ModelHandle | undefined {
    return this.handles.length === 0 ? undefined : this.handles[n % this.handles.length];
  }

  /** The call's value and the last error it left; TOUCHED: none. */
  did<T>(call: () => T): [T, number] {
    const { rt } = this.side;
    rt.SetLastError(TOUCHED);
    const value = call();
    return [value, rt.GetLastError()];
  }

  createOrOpen(kind: Kind, label: number, parameter: number, create: boolean): void {
    const { rt } = this.side;
    const name = label === 0 ? null : `${this.prefix}/${label}`;
    const location: Location = { value: null };
    const maximum = (parameter % 3) + 1;
    const size = parameter * 1000 + 1;
    const [value, error] = this.did(() => {
      if (kind === "memory")
        return create
          ? rt.RtCreateSharedMemory(4, 0, size, name, location)
          : rt.RtOpenSharedMemory(2, false, name, location);
      if (kind === "mutex")
        return create ? rt.RtCreateMutex(null, parameter % 2 === 1, name) : rt.RtOpenMutex(0, false, name);
      if (kind === "semaphore")
        return create
          ? rt.RtCreateSemaphore(null, parameter % (maximum + 1), maximum, name)
          : rt.RtOpenSemaphore(0, false, name);
      return create
        ? rt.RtCreateEvent(null, kind === "manual", parameter % 2 === 1, name)
        : rt.RtOpenEvent(0, false, name);
    });
    const known = name === null ? undefined : this.names.get(name);
    const family = (k: Kind): string => (k === "manual" ? "auto" : k);
    if (!create && name === null) return assert.deepEqual([value, error], [null, 87]);
    if (!create && known === undefined) return assert.deepEqual([value, error], [null, 2]);
    if (known !== undefined && family(known.kind) !== family(kind)) return assert.deepEqual([value, error], [null, 6]);
    assert.equal(typeof value, "number", `error ${error}`);
    assert.equal(error, !create ? TOUCHED : known === undefined ? 0 : 183);
    assert.ok(!this.handles.some((h) => h.isOpen && h.value === value), "a handle twice");
    const state = kind === "semaphore" ? parameter % (maximum + 1) : parameter % 2;
    const object = known ?? { kind, name, state, maximum, size, byte: 0, handles: 0 };
    object.handles++;
    if (name !== null) this.names.set(name, object);
    const handle = { value: value!, object, location, isOpen: true };
    this.handles.push(handle);
    if (kind === "memory") assert.equal(location.value?.byteLength, object.size);
    this.checkByte(handle);
  }

  checkByte({ object, location }: ModelHandle): void {
    if (location.value !== null && location.value.byteLength > 0)
      assert.equal(new Uint8Array(location.value).at(-1), object.byte);
  }

  close(h: ModelHandle): void {
    const result = this.did(() => this.side.rt.RtCloseHandle(h.value));
    assert.deepEqual(result, h.isOpen ? [true, TOUCHED] : [false, 6]);
    if (!h.isOpen) return;
    h.isOpen = false;
    assert.equal(h.location.value?.byteLength ?? 0, 0, "the view is still there");
    if (--h.object.handles === 0 && h.object.name !== null) this.names.delete(h.object.name);
  }

  signal(h: ModelHandle, operation: "RtSetEvent" | "RtResetEvent" | "RtPulseEvent"): void {
    const result = this.did(() => this.side.rt[operation](h.value));
    const isEvent = h.object.kind === "auto" || h.object.kind === "manual";
    if (!h.isOpen || !isEvent) return assert.deepEqual(result, [false, 6]);
    assert.deepEqual(result, [true, TOUCHED]);
    h.object.state = operation === "RtSetEvent" ? 1 : 0;
  }

  releaseMutex(h: ModelHandle): void {
    const result = this.did(() => this.side.rt.RtReleaseMutex(h.value));
    if (!h.isOpen || h.object.kind !== "mutex") return assert.deepEqual(result, [false, 6]);
    if (h.object.state === 0) return assert.deepEqual(result, [false, 288]);
    assert.deepEqual(result, [true, TOUCHED]);
    h.object.state--;
  }

  releaseSemaphore(h: ModelHandle, count: number): void {
    const previous = { value: -77 };
    const result = this.did(() => this.side.rt.RtReleaseSemaphore(h.value, count, previous));
    const { object } = h;
    if (count <= 0) assert.deepEqual([...result, previous.value], [false, 87, -77]);
    else if (!h.isOpen || object.kind !== "semaphore") assert.deepEqual([...result, previous.value], [false, 6, -77]);
    else if (object.state + count > object.maximum) assert.deepEqual([...result, previous.value], [false, 298, -77]);
    else {
      assert.deepEqual([...result, previous.value], [true, TOUCHED, object.state]);
      object.state += count;
    }
  }

  isReady = ({ kind, state }: ModelObject): boolean => kind === "mutex" || state > 0;

  take(object: ModelObject): void {
    if (object.kind === "auto") object.state = 0;
    else if (object.kind === "semaphore") object.state--;
    else if (object.kind === "mutex") object.state++;
  }

  poll(chosen: readonly ModelHandle[], all: boolean, single: boolean): void {
    const { rt, name } = this.side;
    const values = chosen.map((h) => h.value);
    const result = this.did(() =>
      single ? rt.RtWaitForSingleObject(values[0]!, 0) : rt.RtWaitForMultipleObjects(values.length, values, all, 0),
    );
    const failed = (code: number): void => assert.deepEqual(result, [0xffffffff, code]);
    if (!single && all && name === "rtss") return failed(87);
    const wrong = chosen.find((h) => !h.isOpen || h.object.kind === "memory");
    if (wrong !== undefined) return failed(wrong.isOpen ? 5 : 6);
    const objects = chosen.map((h) => h.object);
    if (!single && new Set<unknown>(all ? objects : values).size < chosen.length) return failed(87);
    const first = objects.findIndex(this.isReady);
    if (all && !single ? !objects.every(this.isReady) : first < 0) return assert.deepEqual(result, [258, TOUCHED]);
    assert.deepEqual(result, [all && !single ? 0 : first, TOUCHED]);
    if (all && !single) for (const object of objects) this.take(object);
    else this.take(objects[first]!);
  }

  write(h: ModelHandle, byte: number): void {
    if (!h.isOpen || h.location.value === null) return;
    new Uint8Array(h.location.value).fill(byte, -1);
    h.object.byte = byte;
    for (const other of this.handles) if (other.object === h.object && other.isOpen) this.checkByte(other);
  }

  unmap(h: ModelHandle): void {
    const isMapped = h.isOpen && h.location.value !== null;
    const result = this.did(() => this.side.rt.RtUnmapSharedMemory(h.location));
    assert.deepEqual(result, isMapped ? [true, TOUCHED] : [false, 487]);
    if (isMapped) assert.equal(h.location.value, null);
  }

  end(): void {
    for (const h of this.handles) {
      if (!h.isOpen) continue;
      for (; h.object.kind === "mutex" && h.object.state > 0; h.object.state--)
        assert.equal(this.side.rt.RtReleaseMutex(h.value), true);
      this.close(h);
    }
    assert.equal(this.names.size, 0);
  }
}

const number = fc.nat(9);
const call = fc.tuple(
  fc.constantFrom(
    "create",
    "create",
    "open",
    "close",
    "set",
    "reset",
    "pulse",
    "release",
    "post",
    "poll",
    "poll",
    "many",
    "all",
    "write",
    "unmap",
  ),
  number,
  number,
  number,
);
const kinds: readonly Kind[] = ["memory", "auto", "manual", "mutex", "semaphore"];

function perform(world: World, [op, a, b, c]: [string, number, number, number]): void {
  if (op === "create" || op === "open") return world.createOrOpen(kinds[a % 5]!, b % 5, c, op === "create");
  const h = world.pick(a);
  const second = world.pick(b);
  if (h === undefined || second === undefined) return;
  if (op === "close") world.close(h);
  if (op === "set") world.signal(h, "RtSetEvent");
  if (op === "reset") world.signal(h, "RtResetEvent");
  if (op === "pulse") world.signal(h, "RtPulseEvent");
  if (op === "release") world.releaseMutex(h);
  if (op === "post") world.releaseSemaphore(h, c - 2);
  if (op === "poll") world.poll([h], false, true);
  if (op === "many" || op === "all") world.poll([h, second, world.pick(c)!], op === "all", false);
  if (op === "write") world.write(h, c + 1);
  if (op === "unmap") world.unmap(h);
}

let worlds = 0;
onBothSides("random operations of one process", (side) => {
  test("every call returns, and leaves as last error, what the model says", () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 5, maxLength: 60 }), (calls) => {
        const world = new World(side, `world ${++worlds}`);
        try {
          for (const next of calls) perform(world, next);
        } finally {
          world.end();
        }
      }),
      { numRuns: RUNS },
    );
  });
});
