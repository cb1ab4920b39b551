// The ways to an object, the same for every class: create, open, openOrCreate, without a name, attach; names, ends, errors.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { Event, Mutex, Ring, RtError, Semaphore, SharedMemory, Snapshot, type SharedObject } from "rtshm";
import { array, enumeration, struct, u32 } from "rtshm/struct";
import { projectRoot } from "../support/project.js";
import { freshName, win32Side } from "../support/sides.js";
import { guard, unguard } from "../support/watchdog.js";

interface Class {
  readonly name: string;
  readonly create: (name: string) => SharedObject;
  readonly createUnnamed: () => SharedObject;
  readonly open: (name: string) => SharedObject;
  readonly openOrCreate: (name: string) => SharedObject;
  readonly attach: (descriptor: string) => SharedObject;
  /** Every use but close. */
  readonly uses: ((object: never) => unknown)[];
  /** How the Rt functions open it; they do not know all kinds. */
  readonly rtOpen?: "RtOpenEvent" | "RtOpenMutex" | "RtOpenSemaphore" | "RtOpenSharedMemory";
  /** How a program opens `name` where they do not. */
  readonly openedBy?: string;
}

const size = { size: 4096 };
const Count = struct("Count", { count: u32 });
type Counts = ReturnType<typeof Snapshot.createUnnamed<{ count: number }, { count: number }>>;
const ringOptions = { messageBytes: 8, capacity: 2 };
const classes: readonly Class[] = [
  {
    name: "SharedMemory",
    create: (name) => SharedMemory.create(name, size),
    createUnnamed: () => SharedMemory.createUnnamed(size),
    open: (name) => SharedMemory.open(name),
    openOrCreate: (name) => SharedMemory.openOrCreate(name, size),
    attach: (descriptor) => SharedMemory.attach(descriptor),
    uses: [(o: SharedMemory) => o.buffer, (o: SharedMemory) => o.view, (o: SharedMemory) => o.hugeBytes()],
    rtOpen: "RtOpenSharedMemory",
  },
  {
    ...Event,
    name: "Event",
    create: (name) => Event.create(name),
    createUnnamed: () => Event.createUnnamed(),
    open: (name) => Event.open(name),
    openOrCreate: (name) => Event.openOrCreate(name),
    attach: (descriptor) => Event.attach(descriptor),
    uses: [
      (o: Event) => o.set(),
      (o: Event) => o.reset(),
      (o: Event) => o.pulse(),
      (o: Event) => o.wait(),
      (o: Event) => o.waitSync({ timeoutMs: 0 }),
      (o: Event) => o.signals().next(),
    ],
    rtOpen: "RtOpenEvent",
  },
  {
    name: "Mutex",
    create: (name) => Mutex.create(name),
    createUnnamed: () => Mutex.createUnnamed(),
    open: (name) => Mutex.open(name),
    openOrCreate: (name) => Mutex.openOrCreate(name),
    attach: (descriptor) => Mutex.attach(descriptor),
    uses: [
      (o: Mutex) => o.acquire(),
      (o: Mutex) => o.acquireSync(),
      (o: Mutex) => o.tryAcquire(),
      (o: Mutex) => o.run(() => 1),
    ],
    rtOpen: "RtOpenMutex",
  },
  {
    name: "Semaphore",
    create: (name) => Semaphore.create(name),
    createUnnamed: () => Semaphore.createUnnamed(),
    open: (name) => Semaphore.open(name),
    openOrCreate: (name) => Semaphore.openOrCreate(name),
    attach: (descriptor) => Semaphore.attach(descriptor),
    uses: [
      (o: Semaphore) => o.acquire(),
      (o: Semaphore) => o.acquireSync(),
      (o: Semaphore) => o.tryAcquire(),
      (o: Semaphore) => o.release(),
    ],
    rtOpen: "RtOpenSemaphore",
  },
  {
    name: "Snapshot",
    create: (name) => Snapshot.create(name, Count),
    createUnnamed: () => Snapshot.createUnnamed(Count),
    open: (name) => Snapshot.open(name, Count),
    openOrCreate: (name) => Snapshot.openOrCreate(name, Count),
    attach: (descriptor) => Snapshot.attach(descriptor, Count),
    uses: [
      (o: Counts) => o.version,
      (o: Counts) => o.read(),
      (o: Counts) => o.copy(),
      (o: Counts) => o.readInto(new Uint8Array(4)),
      (o: Counts) => o.writer(),
      (o: Counts) => o.write({ count: 1 }),
      (o: Counts) => o.update(() => undefined),
      (o: Counts) => o.changed(),
      (o: Counts) => o.changedSync({ timeoutMs: 0 }),
      (o: Counts) => o.changes().next(),
    ],
    openedBy: `Snapshot.open(name, struct("Count", { count: u32 }))`,
  },
  {
    name: "Ring",
    create: (name) => Ring.create(name, ringOptions),
    createUnnamed: () => Ring.createUnnamed(ringOptions),
    open: (name) => Ring.open(name),
    openOrCreate: (name) => Ring.openOrCreate(name, ringOptions),
    attach: (descriptor) => Ring.attach(descriptor),
    uses: [
      (o: Ring) => o.tryPush(new Uint8Array(1)),
      (o: Ring) => o.pushSync(new Uint8Array(1)),
      (o: Ring) => o.push(new Uint8Array(1)),
      (o: Ring) => o.tryPushBatch([]),
      (o: Ring) => o.pushBatch([]),
      (o: Ring) => o.pushBatchSync([]),
      (o: Ring) => o.tryPop(),
      (o: Ring) => o.tryPopInto(new Uint8Array(8)),
      (o: Ring) => o.popSync(),
      (o: Ring) => o.pop(),
      (o: Ring) => o.tryPopBatch(),
      (o: Ring) => o.popBatch(),
      (o: Ring) => o.popBatchSync(),
      (o: Ring) => o.tryClaim(),
      (o: Ring) => o.tryPeek(),
      (o: Ring) => o.waitReadable(),
      (o: Ring) => o.waitReadableSync(),
      (o: Ring) => o.waitWritable(),
      (o: Ring) => o.waitWritableSync(),
      (o: Ring) => o.items().next(),
      (o: Ring) => o.length,
      (o: Ring) => o.dropped,
      (o: Ring) => o.isReadable,
      (o: Ring) => o.isWritable,
      (o: Ring) => o.toReadableStream().getReader().read(),
      (o: Ring) => o.toWritableStream().getWriter().write(new Uint8Array(1)),
    ],
    openedBy: "Ring.open(name)",
  },
];

/** Opens it in another process, which holds it until it is told to let go. */
async function openElsewhere(
  t: TestContext,
  { rtOpen, openedBy }: Class,
  name: string,
): Promise<() => Promise<unknown>> {
  if (rtOpen === undefined) return holdElsewhere(t, openedBy!, name);
  const other = await win32Side.process(t);
  const handle =
    rtOpen === "RtOpenSharedMemory"
      ? await other.handle(rtOpen, 2, false, name, { location: "view" })
      : await other.handle(rtOpen, 0x1f0003, false, name);
  return () => other.call("RtCloseHandle", handle);
}

async function holdElsewhere(t: TestContext, openedBy: string, name: string): Promise<() => Promise<unknown>> {
  const code = `
    import { Ring, Snapshot } from "rtshm";
    import { struct, u32 } from "rtshm/struct";
    const name = ${JSON.stringify(name)};
    const held = ${openedBy};
    process.stdin.once("data", () => process.exit());
    console.log("open");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: projectRoot,
    stdio: ["pipe", "pipe", "inherit"],
  });
  guard(child.pid!);
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit").then(() => {
    unguard(child.pid!);
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  return () => {
    child.stdin.write("end");
    return ended;
  };
}

const failsWith = (code: string) => (error: unknown) => error instanceof RtError && error.code === code;

for (const kind of classes) {
  test(`${kind.name}.create fails when the name is taken, open when it is not, openOrCreate tells which`, () => {
    const name = freshName();
    assert.throws(() => kind.open(name), failsWith("ERROR_FILE_NOT_FOUND"));
    const first = kind.create(name);
    assert.deepEqual([first.created, first.name, first.isClosed], [true, name, false]);
    assert.throws(() => kind.create(name), failsWith("ERROR_ALREADY_EXISTS"));
    const second = kind.open(name);
    const third = kind.openOrCreate(name);
    assert.deepEqual([second.created, third.created], [false, false]);
    first.close();
    second.close();
    third.close();
    assert.throws(() => kind.open(name), failsWith("ERROR_FILE_NOT_FOUND"), "a refused create must not keep it");
    const again = kind.openOrCreate(name);
    assert.equal(again.created, true);
    again.close();
  });

  test(`${kind.name}'s name is the one behind Local\\ or Global\\`, () => {
    const name = freshName();
    using first = kind.create(`Local\\${name}`);
    using second = kind.open(`Global\\${name}`);
    using third = kind.openOrCreate(name);
    assert.deepEqual([first.name, second.name, third.name], [name, name, name]);
    assert.deepEqual([second.created, third.created], [false, false]);
    assert.throws(() => kind.create("Global\\"), failsWith("ERROR_INVALID_PARAMETER"));
    for (const bad of [`local\\${name}`, `Local\\Local\\${name}`, `a\\${name}`])
      assert.throws(() => kind.openOrCreate(bad), failsWith("ERROR_PATH_NOT_FOUND"), bad);
  });

  test(`${kind.name} is the object that another process opens by its name, and lives as long as that holds it`, async (t) => {
    const name = freshName();
    const object = kind.create(name);
    const letGo = await openElsewhere(t, kind, name);
    object.close();
    kind.open(name).close();
    await letGo();
    assert.throws(() => kind.open(name), failsWith("ERROR_FILE_NOT_FOUND"));
  });

  test(`${kind.name} without a name is reached by its descriptor, while it is held`, async (t) => {
    const object = kind.createUnnamed();
    assert.equal(object.name, null);
    const descriptor = object.describe();
    const same = kind.attach(descriptor);
    assert.equal(same.created, false);
    const other = await win32Side.process(t);
    if (kind.rtOpen !== undefined) await other.handle("attach", descriptor, { location: "view" });
    object.close();
    same.close();
    assert.throws(() => kind.attach(descriptor), failsWith("ERROR_FILE_NOT_FOUND"));
    assert.throws(() => kind.attach("rtshm:1:2"), failsWith("ERROR_INVALID_PARAMETER"));
  });

  test(`${kind.name}: close twice is fine, every other use after it is an error`, async () => {
    const object = kind.createUnnamed();
    object.close();
    object.close();
    assert.equal(object.isClosed, true);
    for (const use of [...kind.uses, (o: SharedObject) => o.describe()])
      await assert.rejects(async () => use(object as never), failsWith("ERROR_INVALID_HANDLE"), String(use));
  });

  test(`${kind.name} is printed, and written as JSON, as what it is, not as what it is made of`, () => {
    const name = freshName();
    const object = kind.create(name);
    const text = `${kind.name} { name: '${name}', created: true, isClosed: false }`;
    const inside = inspect({ object }, { breakLength: Infinity });
    assert.deepEqual([inspect(object), inside], [text, `{ object: ${text} }`]);
    assert.deepEqual(JSON.parse(JSON.stringify(object)), { name, created: true, isClosed: false });
    object.close();
    assert.equal(inspect(object), text.replace("false", "true"));
  });

  test(`${kind.name} is closed at the end of a using block, of an await using block, and when a constructor's block throws`, async () => {
    const name = freshName();
    {
      using object = kind.create(name);
      assert.equal(object.isClosed, false);
    }
    assert.throws(() => kind.open(name), failsWith("ERROR_FILE_NOT_FOUND"));
    {
      await using object = kind.create(name);
      assert.equal(object.isClosed, false);
    }
    assert.throws(() => kind.open(name), failsWith("ERROR_FILE_NOT_FOUND"));
    assert.throws(() => {
      using object = kind.create(name);
      throw new Error(object.name ?? "");
    }, new RegExp(name));
    assert.throws(() => kind.open(name), failsWith("ERROR_FILE_NOT_FOUND"));
  });

  test(`${kind.name} does not open what is of another kind, and says what it is`, () => {
    const other = kind.name === "Event" ? Mutex.create(freshName()) : Event.create(freshName());
    const name = other.name!;
    const says = (error: unknown): boolean =>
      error instanceof RtError && error.code === "ERROR_INVALID_HANDLE" && /mutex|event/.test(error.message);
    assert.throws(() => kind.open(name), says);
    assert.throws(() => kind.create(name), says);
    assert.throws(() => kind.openOrCreate(name), says);
    assert.throws(() => kind.attach(other.describe()), says);
    other.close();
    assert.equal(kind.openOrCreate(name).created, true, "nothing refused stays open");
  });

  test(`${kind.name} refuses names that are none, with the argument and the value in the message`, () => {
    for (const name of [undefined, null, 7, {}, ""])
      assert.throws(
        () => kind.create(name as string),
        (error) => error instanceof TypeError && error.message.startsWith("name must be"),
      );
    assert.throws(() => kind.create("a\\b"), failsWith("ERROR_PATH_NOT_FOUND"));
    assert.throws(() => kind.create("a".repeat(261)), failsWith("ERROR_FILENAME_EXCED_RANGE"));
    assert.throws(() => kind.attach(7 as unknown as string), TypeError);
  });
}

test("options that do not exist or have a wrong value are refused", () => {
  const name = freshName();
  const wrong: [() => unknown, RegExp][] = [
    [
      () => Event.create(name, { manual: true } as object),
      /there is no option manual: there are manualReset, signalled/,
    ],
    [() => Event.create(name, { manualReset: 1 as unknown as boolean }), /manualReset must be true or false, not 1/],
    [() => Event.create(name, null as unknown as object), /options must be an object, not null/],
    [() => Semaphore.create(name, { initial: 3, maximum: 2 }), /initial must be an integer from 0 to 2, not 3/],
    [() => Semaphore.create(name, { maximum: 0 }), /maximum must be an integer from 1/],
    [() => Semaphore.create(name, { maximum: 1.5 }), /maximum must be an integer/],
    [() => SharedMemory.create(name, { size: 0 }), /size must be an integer from 1/],
    [() => SharedMemory.create(name, { size: "1" as unknown as number }), /size must be a number, not string "1"/],
    [() => Semaphore.create(name, { maximum: null as unknown as number }), /maximum must be a number, not null/],
    [() => SharedMemory.create(name, { size: {} as number }), /size must be a number, not an object/],
    [() => SharedMemory.create(name, 7 as never), /layout must be a struct or \{ size \}, not 7/],
    ...[u32, array(Count, 2), enumeration("E", { A: 0 })].flatMap((type): [() => unknown, RegExp][] => [
      [() => SharedMemory.create(name, type as never), /layout must be a struct or \{ size \}, not an object/],
      [() => Snapshot.create(name, type as never), /type must be a struct/],
      [() => Ring.create(name, { item: type as never, capacity: 2 }), /item must be a struct/],
    ]),
    [() => SharedMemory.create(name, { size: 1 }, { hugePages: 1 } as object), /hugePages must be true or false/],
    [() => SharedMemory.open(name, undefined, { access: "write" as "read" }), /access must be "read" or "readWrite"/],
  ];
  for (const [call, message] of wrong) assert.throws(call, message);
  assert.throws(() => Event.open(name), failsWith("ERROR_FILE_NOT_FOUND"), "nothing was made");
});
