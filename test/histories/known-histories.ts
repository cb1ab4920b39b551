// Histories in which earlier versions differed from Win32, made by hand: each is about one rule of ownership, death or closing.
import type { End, Step } from "./steps.js";

export interface Known {
  readonly title: string;
  readonly steps: readonly Step[];
}

type Place = Readonly<{ p: number; thread?: number }>;

const P0 = { p: 0 };
const P1 = { p: 1 };
const P2 = { p: 2 };
const worker = (place: Place, thread: number): Place => ({ ...place, thread });

const mutex = (by: Place, name: string, initialOwner = false): Step => ({
  ...by,
  op: "createMutex",
  as: name,
  name,
  initialOwner,
});
const event = (by: Place, name: string, manualReset = false): Step => ({
  ...by,
  op: "createEvent",
  as: name,
  name,
  manualReset,
  initialState: false,
});
const semaphore = (by: Place, name: string, initial = 0): Step => ({
  ...by,
  op: "createSemaphore",
  as: name,
  name,
  initial,
  max: 9,
});
const openMutex = (by: Place, name: string, as = name): Step => ({ ...by, op: "openMutex", as, name });
const openEvent = (by: Place, name: string): Step => ({ ...by, op: "openEvent", as: name, name });
const openSemaphore = (by: Place, name: string): Step => ({ ...by, op: "openSemaphore", as: name, name });
const close = (by: Place, handle: string): Step => ({ ...by, op: "closeHandle", handle });
const poll = (by: Place, handle: string): Step => ({ ...by, op: "wait", handle, timeoutMs: 0 });
const release = (by: Place, handle: string): Step => ({ ...by, op: "releaseMutex", handle });
const set = (by: Place, handle: string): Step => ({ ...by, op: "setEvent", handle });
const pulse = (by: Place, handle: string): Step => ({ ...by, op: "pulseEvent", handle });
const post = (by: Place, handle: string): Step => ({ ...by, op: "releaseSemaphore", handle, count: 1 });
const begin = (by: Place, ...handles: string[]): Step => waits(by, false, handles);
const beginAll = (by: Place, ...handles: string[]): Step => waits(by, true, handles);
const waits = (by: Place, all: boolean, handles: string[]): Step =>
  handles.length === 1
    ? { ...by, op: "waitBegin", handle: handles[0]!, timeoutMs: "infinite" }
    : { ...by, op: "waitBegin", handles, all, timeoutMs: "infinite" };
const later = (wait: Step): Step => ({ ...wait, later: true });
/** The next step is made before anybody is heard of. */
const hurry = (step: Step): Step => ({ ...step, hurry: true });
const kill = ({ p }: Place): Step => ({ p, op: "kill" });
const endThread = (by: Place, how: End): Step => ({ ...by, op: "endThread", how });
const exitProcess = (by: Place, how: End): Step => ({ ...by, op: "exitProcess", how, code: 0 });

const OWNER = worker(P1, 1);

/** The ends of an owner, and who it is. */
const ENDS: readonly { readonly how: string; readonly owner: Place; readonly end: Step }[] = [
  { how: "a worker that exits", owner: OWNER, end: endThread(OWNER, "exit") },
  { how: "a terminated worker", owner: OWNER, end: endThread(OWNER, "terminate") },
  { how: "a worker with nothing left to do", owner: OWNER, end: endThread(OWNER, "finish") },
  { how: "a worker's uncaught exception", owner: OWNER, end: endThread(OWNER, "throw") },
  { how: "SIGKILL", owner: P1, end: kill(P1) },
  { how: "SIGKILL while a worker owns", owner: OWNER, end: kill(P1) },
  { how: "ExitProcess", owner: P1, end: exitProcess(P1, "exit") },
  { how: "ExitProcess while a worker owns", owner: OWNER, end: exitProcess(P1, "exit") },
  { how: "a process with nothing left to do", owner: P1, end: exitProcess(P1, "finish") },
  { how: "an uncaught exception", owner: P1, end: exitProcess(P1, "throw") },
];

function closedAndOpenedAgain(): Known[] {
  const shared = [mutex(P0, "m", true), openMutex(P1, "m")];
  return [
    {
      title: "an owner that closes its last handle still owns, and releases through a new handle",
      steps: [
        ...shared,
        close(P0, "m"),
        poll(P1, "m"),
        openMutex(P0, "m"),
        poll(P1, "m"),
        release(P0, "m"),
        poll(P1, "m"),
      ],
    },
    {
      title: "the same with a create instead of an open",
      steps: [...shared, close(P0, "m"), mutex(P0, "m", true), poll(P1, "m"), release(P0, "m"), poll(P1, "m")],
    },
    {
      title: "a worker owns when another thread closes the process's last handle",
      steps: [
        mutex(worker(P0, 1), "m", true),
        openMutex(P1, "m"),
        begin(P1, "m"),
        close(P0, "m"),
        event(P0, "e"),
        close(P0, "e"),
        openMutex(P0, "m"),
        release(P0, "m"),
        release(worker(P0, 1), "m"),
      ],
    },
    {
      title: "an owner without a handle dies: the one who waits in another process is told",
      steps: [...shared, begin(P1, "m"), close(P0, "m"), kill(P0)],
    },
    {
      title: "an owner of two mutexes closes one: it has both until it ends",
      steps: [
        ...shared,
        mutex(P0, "n", true),
        openMutex(P1, "n"),
        close(P0, "m"),
        close(P0, "n"),
        openMutex(P0, "m"),
        poll(P1, "n"),
        release(P0, "m"),
        hurry(exitProcess(P0, "exit")),
        poll(P1, "n"),
        poll(P1, "m"),
      ],
    },
  ];
}

function closedWhileAnotherWaits(): Known[] {
  const other = worker(P0, 1);
  return [later, blocked].flatMap((how, i) => {
    const words = i === 0 ? "an asynchronous wait" : "a blocked wait";
    return [
      {
        title: `the object's last handle is closed by its owner during ${words}: nothing is abandoned, the owner lives`,
        steps: [
          mutex(P0, "m", true),
          how(begin(other, "m")),
          close(P0, "m"),
          openMutex(P0, "m"),
          openMutex(P1, "m"),
          event(P0, "e"),
        ],
      },
      {
        title: `the owner closes the last handle during ${words}, and ends`,
        steps: [
          event(worker(P0, 2), "e"),
          mutex(worker(P0, 2), "m", true),
          how(begin(other, "m")),
          close(P0, "m"),
          endThread(worker(P0, 2), "exit"),
        ],
      },
      {
        title: `the name is used again while ${words} for the old mutex is pending`,
        steps: [
          mutex(P0, "m", true),
          how(begin(other, "m")),
          close(P0, "m"),
          mutex(P0, "m", true),
          openMutex(P1, "m"),
          release(P0, "m"),
          poll(P1, "m"),
        ],
      },
    ];
  });
}

function pendingAtTheLastClose(): Known[] {
  return [
    {
      title: "the last handle is closed during an asynchronous wait: the next create works",
      steps: [event(P0, "e"), later(begin(P0, "e")), close(P0, "e"), event(P0, "f"), set(P0, "f"), poll(P0, "f")],
    },
    {
      title: "the process's last handle is closed during an asynchronous wait: another process can still satisfy it",
      steps: [
        event(P0, "e"),
        openEvent(P1, "e"),
        later(begin(P0, "e")),
        close(P0, "e"),
        mutex(P0, "m", true),
        set(P1, "e"),
        release(P0, "m"),
      ],
    },
    {
      title: "a thread closes its last handle of all during an asynchronous wait for a mutex, and opens it again",
      steps: [
        mutex(P1, "m", true),
        openMutex(P0, "m"),
        later(begin(P0, "m")),
        close(P0, "m"),
        openMutex(P0, "m"),
        release(P1, "m"),
        release(P0, "m"),
        poll(P1, "m"),
      ],
    },
  ];
}

/** A wait, in words, by whom, and how it is begun. */
type Waiting = readonly [words: string, by: Place, how: (wait: Step) => Step];

const blocked = (wait: Step): Step => wait;
const ELSEWHERE: readonly Waiting[] = [
  ["a blocked wait in another process", P0, blocked],
  ["an asynchronous wait in another process", P0, later],
];
const BESIDE: readonly Waiting[] = [
  ["a blocked wait in its process", worker(P1, 2), blocked],
  ["an asynchronous wait in its process", P1, later],
];

/** Told at once: to those who wait, and before whoever polls or pulses afterwards. */
function ownersDeaths(): Known[] {
  return ENDS.flatMap(({ how, owner, end }, i) => {
    const waitings = end.op === "endThread" ? [...ELSEWHERE, ...BESIDE] : ELSEWHERE;
    const shared = (by: Place): Step[] => [
      mutex(owner, "m", true),
      ...(by.p === owner.p ? [] : [openMutex(by, "m")]),
      openMutex(P2, "m"),
    ];
    const told = waitings.map(([words, by, begun]) => ({
      title: `${how}: ${words} gets the mutex`,
      steps: [...shared(by), begun(begin(by, "m")), end],
    }));
    const [words, by, begun] = waitings[i % waitings.length]!;
    const before = [
      {
        title: `${how}: ${words} for all has its due before a later poll`,
        steps: [
          ...shared(by),
          semaphore(by, "s", 1),
          openSemaphore(P2, "s"),
          begun(beginAll(by, "s", "m")),
          hurry(end),
          poll(P2, "s"),
          poll(P2, "m"),
        ],
      },
      {
        title: `${how}: ${words} for all is served by a pulse right after`,
        steps: [
          ...shared(by),
          event(by, "e", i % 2 === 0),
          openEvent(P2, "e"),
          begun(beginAll(by, "m", "e")),
          hurry(end),
          pulse(P2, "e"),
          poll(P2, "m"),
        ],
      },
    ];
    return [...told, ...before];
  });
}

/** The waiting process cannot see to the death itself: whoever looks first does. */
function deathsWhileTheWaiterIsStopped(): Known[] {
  return ELSEWHERE.flatMap(([words, by, begun]) => {
    const start = [mutex(P1, "m", true), openMutex(by, "m"), openMutex(P2, "m")];
    const died = [{ ...by, op: "stop" }, kill(P1)];
    return [
      {
        title: `${words} for all, stopped when the owner dies, has its due before a later poll`,
        steps: [
          ...start,
          semaphore(by, "s", 1),
          openSemaphore(P2, "s"),
          begun(beginAll(by, "s", "m")),
          ...died,
          poll(P2, "s"),
          poll(P2, "m"),
          { ...by, op: "continue" },
        ],
      },
      {
        title: `${words} for all, stopped when the owner dies, is served by a pulse`,
        steps: [
          ...start,
          event(by, "e"),
          openEvent(P2, "e"),
          begun(beginAll(by, "m", "e")),
          ...died,
          pulse(P2, "e"),
          poll(P2, "m"),
          { ...by, op: "continue" },
        ],
      },
    ];
  });
}

function manyMutexes(): Known[] {
  const names = ["k", "m", "n"];
  const waiters = [worker(P0, 1), P0, P2]; // a blocked main thread starts no worker
  const opened = [P0, P2].flatMap((by) => names.map((name) => openMutex(by, name)));
  const owned = names.map((name) => mutex(OWNER, name, true));
  const look = names.map((name) => poll(worker(P2, 1), name));
  return [later, blocked].flatMap((how, i) =>
    ["kill", "exit", "terminate"].map((word) => ({
      title: `${word} of an owner of three mutexes, each with ${i === 0 ? "an asynchronous" : "a blocked"} wait of its own`,
      steps: [
        ...owned,
        ...opened,
        poll(worker(P2, 1), "k"),
        ...waiters.map((by, n) => how(begin(by, names[n]!))),
        hurry(word === "kill" ? kill(P1) : endThread(OWNER, word as End)),
        ...look,
      ],
    })),
  );
}

/** An owner that came after the wait for all had fallen asleep. */
function ownersThatCameLater(): Known[] {
  return ENDS.flatMap(({ how, owner, end }, i) => {
    const [words, by, begun] = ELSEWHERE[i % ELSEWHERE.length]!;
    const before = [
      mutex(by, "m"),
      semaphore(by, "s"),
      openMutex(owner, "m"),
      openSemaphore(P2, "s"),
      begun(beginAll(by, "m", "s")),
      poll(owner, "m"),
      post(P2, "s"),
    ];
    const title = `${how}: ${words} for all was there before the owner`;
    return [
      { title, steps: [...before, hurry(end), poll(P2, "s")] },
      { title: `${title}, and only the kernel tells`, steps: [...before, end] },
    ];
  });
}

function deathsInARow(): Known[] {
  return [
    {
      title: "a wait for all of two mutexes outlives both owners",
      steps: [
        mutex(P1, "m", true),
        mutex(P2, "n", true),
        openMutex(P0, "m"),
        openMutex(P0, "n"),
        begin(worker(P0, 1), "n"),
        beginAll(P0, "m", "n"),
        hurry(kill(P1)),
        hurry(kill(P2)),
        { ...worker(P0, 1), op: "endThread", how: "exit" },
      ],
    },
    {
      title: "a mutex goes from the dead to one who dies, too",
      steps: [
        mutex(P1, "m", true),
        openMutex(P0, "m"),
        openMutex(P2, "m"),
        later(begin(P2, "m")),
        begin(P0, "m"),
        hurry(kill(P1)),
        kill(P2),
        release(P0, "m"),
        poll(P0, "m"),
      ],
    },
    {
      title: "a wait for any is served by the mutex of the dead before a later set",
      steps: [
        mutex(P1, "m", true),
        openMutex(P0, "m"),
        event(P0, "e"),
        openEvent(P2, "e"),
        later(begin(P0, "e", "m")),
        hurry(kill(P1)),
        hurry(set(P2, "e")),
        poll(P2, "e"),
      ],
    },
    {
      title: "the dead owner's mutex is free for a poll that comes first, and told once",
      steps: [
        mutex(P1, "m", true),
        openMutex(P0, "m"),
        openMutex(P2, "m"),
        hurry(kill(P1)),
        poll(P0, "m"),
        poll(P2, "m"),
        release(P0, "m"),
        poll(P2, "m"),
      ],
    },
  ];
}

/** The kernel wakes one of those who sleep on a dead thread's word: one that dies, too, cannot tell the others. */
function thoseWhoDieWithTheOwner(): Known[] {
  const sibling = worker(P1, 1);
  return [later, blocked].flatMap((how, i) => {
    const words = i === 0 ? "asynchronously" : "blocked";
    const shared = [mutex(P1, "m", true), mutex(P1, "n", true), event(sibling, "e"), openMutex(P2, "m")];
    return [
      {
        title: `another thread of the owner's process waits ${words} for all, and dies with it`,
        steps: [...shared, how(beginAll(sibling, "m", "e")), how(begin(P2, "m")), kill(P1)],
      },
      {
        title: `another thread of the owner's process waits ${words} for another mutex, and dies with it`,
        steps: [...shared, how(begin(sibling, "n")), how(begin(P2, "m")), kill(P1)],
      },
      {
        title: `a thread of another process waits ${words} for another mutex, and is killed with the owner`,
        steps: [...shared, openMutex(P0, "n"), how(begin(P0, "n")), how(begin(P2, "m")), { ...kill(P1), also: 0 }],
      },
    ];
  });
}

export const KNOWN_HISTORIES: readonly Known[] = [
  ...closedAndOpenedAgain(),
  ...closedWhileAnotherWaits(),
  ...pendingAtTheLastClose(),
  ...ownersDeaths(),
  ...deathsWhileTheWaiterIsStopped(),
  ...manyMutexes(),
  ...ownersThatCameLater(),
  ...deathsInARow(),
  ...thoseWhoDieWithTheOwner(),
];
