// What must compile with the classes, and what must not. Compiled, never run. A line that must not compile says so: if it compiles
// after all, the compiler complains about the expectation.
import {
  Event,
  Mutex,
  RtError,
  Semaphore,
  SharedMemory,
  waitAll,
  waitAllSync,
  waitAny,
  waitAnySync,
  type AllResult,
  type AnyResult,
  type Lock,
  type SharedObject,
  type StatusName,
  type TimedOut,
  type WaitableObject,
} from "rtshm";
import { array, atomicU32, bytes, struct, u32, utf8, type StructType } from "rtshm/struct";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._: Same<A, B> extends true ? [] : [never]): void => undefined;
/** The value's type is exactly this. */
const is =
  <Expected>() =>
  <Actual>(_value: Actual, ..._: Same<Actual, Expected> extends true ? [] : [never]): void =>
    undefined;

const Part = struct("Part", { x: u32 });
const Storage = struct("Storage", {
  index: u32,
  label: utf8(8),
  cells: bytes(4),
  parts: array(Part, 2),
  bits: Part,
  hits: atomicU32,
});

export function memory(name: string, maybe: StructType | { size: number }): void {
  using made = SharedMemory.create(name, Storage);
  made.view.index = 7;
  made.view.label = "seven";
  is<number>()(made.view.index);
  // @ts-expect-error a number is no string
  made.view.label = 7;
  // @ts-expect-error no such field
  made.view.rtssIndex = 7;
  // @ts-expect-error a view is not replaced
  made.view = Storage.view(made.buffer);
  is<ReturnType<typeof SharedMemory.openOrCreate<typeof Storage>>>()(made);

  using bytes = SharedMemory.createUnnamed({ size: 4096 }, { prefault: true, hugePages: false });
  is<undefined>()(bytes.view);
  is<ArrayBuffer>()(bytes.buffer);
  using found = SharedMemory.open(name);
  is<SharedMemory>()(found);
  using sized = SharedMemory.open(name, { size: 1 }, { access: "read" });
  is<undefined>()(sized.view);
  SharedMemory.create(name, maybe).close();

  using reader = SharedMemory.open(name, Storage, { access: "read" });
  is<number>()(reader.view.index);
  // @ts-expect-error it can only be read
  reader.view.index = 7;
  const { parts, hits, bits, cells } = reader.view;
  is<number>()(parts.at(1).x);
  is<{ x: number }[]>()(parts.get());
  is<number>()(hits.load());
  is<number | undefined>()(cells[0]);
  for (const part of parts) is<number>()(part.x);
  // @ts-expect-error nor can a part of it be stored to
  parts.at(1).x = 7;
  // @ts-expect-error or put
  void parts.put;
  // @ts-expect-error or set
  void reader.view.set;
  // @ts-expect-error or added to
  void hits.add;
  // @ts-expect-error or an element of a typed array stored to
  cells[0] = 1;
  // @ts-expect-error or filled
  void cells.fill;
  // @ts-expect-error or a struct in it
  bits.x = 1;
  made.view.parts.at(1).x = made.view.bits.x = made.view.cells[0] = made.view.hits.add(1);
  using attached = SharedMemory.attach(reader.describe(), Storage, { access: "read" });
  // @ts-expect-error it can only be read
  attached.view.label = "";
  using writer = SharedMemory.open(name, Storage, { access: "readWrite", lock: true });
  writer.view.index = 7;
  using plain = SharedMemory.attach(made.describe(), Storage);
  plain.view.index = 7;

  // @ts-expect-error a layout is not optional
  SharedMemory.create(name);
  // @ts-expect-error a size has a name
  SharedMemory.create(name, 4096);
  // @ts-expect-error which is not this one
  SharedMemory.create(name, { sizeBytes: 4096 });
  // @ts-expect-error a type of a field is no struct
  SharedMemory.create(name, array(u32, 3));
  // @ts-expect-error a misspelt option
  SharedMemory.create(name, Storage, { hugepages: true });
  // @ts-expect-error new memory is written to
  SharedMemory.openOrCreate(name, Storage, { access: "read" });
  // @ts-expect-error there is no such access
  SharedMemory.open(name, Storage, { access: "write" });
  // @ts-expect-error what has no name is made by createUnnamed
  SharedMemory.create(null, Storage);
  // @ts-expect-error memory cannot be waited for
  void made.wait;
  // @ts-expect-error objects are made by the class's functions
  new SharedMemory(name, Storage);
}

export async function mutexes(mutex: Mutex, signal: AbortSignal, some?: number): Promise<void> {
  same<Awaited<ReturnType<typeof mutex.run<number>>>, number>();
  const lock = await mutex.acquire();
  is<Lock>()(lock);
  const aborted = await mutex.acquire({ signal, ref: false });
  is<Lock>()(aborted);
  const timed = await mutex.acquire({ timeoutMs: 50, signal });
  is<Lock | undefined>()(timed);
  const perhaps = await mutex.acquire({ timeoutMs: some });
  is<Lock | undefined>()(perhaps);
  const sync = mutex.acquireSync();
  is<Lock>()(sync);
  const timedSync = mutex.acquireSync({ timeoutMs: 50 });
  is<Lock | undefined>()(timedSync);
  using tried = mutex.tryAcquire();
  is<Lock | undefined>()(tried);
  const value: 1 | "a" = await mutex.run(async ({ abandoned }) => (abandoned ? 1 : "a"));
  // @ts-expect-error with a time-out there may be no lock
  void timed.abandoned;
  // @ts-expect-error the lock releases, not the mutex
  void mutex.release;
  // @ts-expect-error a promise is no lock: await it
  using pending = mutex.acquire();
  // @ts-expect-error options have names
  void mutex.acquire(50);
  // @ts-expect-error which are not these
  void mutex.acquire({ timeout: 50 });
  // @ts-expect-error a blocking wait cannot be aborted
  mutex.acquireSync({ signal });
  // @ts-expect-error there is nothing to run
  void mutex.run();
  // @ts-expect-error whether it was abandoned is told, not said
  lock.abandoned = false;
  void [pending, value];
}

export async function events(event: Event, signal: AbortSignal): Promise<void> {
  same<Awaited<ReturnType<typeof event.wait>>, boolean>();
  const waited = await event.wait();
  is<true>()(waited);
  const timed = await event.wait({ timeoutMs: 5 });
  is<boolean>()(timed);
  const sync = event.waitSync();
  is<true>()(sync);
  const timedSync = event.waitSync({ timeoutMs: 5 });
  is<boolean>()(timedSync);
  for await (const nothing of event.signals({ signal })) is<void>()(nothing);
  Event.create("name", { manualReset: true, signalled: false }).unref().ref().set();
  // @ts-expect-error a misspelt option
  Event.create("name", { manual: true });
  // @ts-expect-error options have names
  Event.create("name", true);
  // @ts-expect-error options are for new events
  Event.open("name", { manualReset: true });
  // @ts-expect-error a signal is an option
  void event.wait(signal);
  // @ts-expect-error its creator decided
  event.manualReset = true;
  // @ts-expect-error objects are made by the class's functions
  new Event("name");
}

export async function semaphores(semaphore: Semaphore): Promise<void> {
  const acquired = await semaphore.acquire();
  is<true>()(acquired);
  const timed = await semaphore.acquire({ timeoutMs: 0 });
  is<boolean>()(timed);
  same<ReturnType<typeof semaphore.release>, number>();
  // @ts-expect-error a unit belongs to nobody: there is no lock
  using lock = await semaphore.acquire();
  // @ts-expect-error a misspelt option
  Semaphore.create("name", { initialCount: 4 });
  // @ts-expect-error units are a number
  semaphore.release({ units: 2 });
  void lock;
}

export async function severalObjects(event: Event, mutex: Mutex, shared: SharedMemory): Promise<void> {
  const any = await waitAny([event, mutex]);
  is<AnyResult>()(any);
  const timed = await waitAny([event, mutex], { timeoutMs: 1000 });
  is<AnyResult | TimedOut>()(timed);
  if (timed.timedOut) is<-1>()(timed.index);
  else is<Lock | undefined>()(timed.lock);
  // @ts-expect-error not every object has a lock
  timed.lock.release();
  const { index, lock } = await waitAny([event, mutex], { timeoutMs: 1 });
  is<number>()(index);
  is<Lock | undefined>()(lock);
  const all = await waitAll([event, mutex]);
  is<AllResult>()(all);
  for (const each of all.locks) is<Lock>()(each);
  const sync = waitAnySync([event]);
  is<AnyResult>()(sync);
  const timedSync = waitAllSync([event], { timeoutMs: 1 });
  is<AllResult | TimedOut>()(timedSync);
  const list: readonly WaitableObject[] = [event, mutex];
  const objects: readonly SharedObject[] = [...list, shared];
  // @ts-expect-error they come in an array
  void waitAny(event, mutex);
  // @ts-expect-error memory cannot be waited for
  void waitAny([event, shared]);
  // @ts-expect-error nor can what only has a name
  void waitAll([event, "name"]);
  void objects;
}

export function errors(error: unknown): StatusName | undefined {
  if (!(error instanceof RtError)) return undefined;
  is<number>()(error.errno);
  is<string>()(error.operation);
  is<string | null>()(error.objectName);
  // @ts-expect-error there is no such code
  if (error.code === "ALREADY_EXISTS") return undefined;
  return error.code;
}

export async function scopes(name: string): Promise<void> {
  using event = Event.openOrCreate(name);
  await using mutex = Mutex.openOrCreate(name);
  using lock = await mutex.acquire();
  void [event, lock];
}
