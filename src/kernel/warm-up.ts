// Runs the code of every operation over a private image of a dispatcher, before this thread takes the real lock for the
// first time.
//
// JavaScript is compiled when it first runs. Compiled inside the lock, an operation would hold it for tens of
// microseconds, and once for milliseconds, while every thread of the namespace waits. A dashboard that starts must not
// stop a control loop.
import {
  FUTEX_OWNER_DIED,
  FUTEX_WAITERS,
  THREAD_WORDS,
  ThreadWord,
  Word,
  blockWord,
  makeThreadId,
  threadWord,
} from "../protocol/dispatcher-layout.js";
import { HEADER_BYTES, ObjectType, type Header } from "../protocol/object-header.js";
import { withoutSteps } from "../step.js";
import { lock, unlock, useLock } from "./dispatcher/lock.js";
import { useWords } from "./dispatcher/words.js";
import { DataCondition } from "./primitives/data-condition.js";
import { Event } from "./primitives/event.js";
import { Mutex } from "./primitives/mutex.js";
import { Semaphore } from "./primitives/semaphore.js";
import { reapThread } from "./queues/review.js";
import { recover } from "./queues/wait-queue.js";
import { payOwed } from "./queues/owed.js";
import { playThread } from "./thread/this-thread.js";
import { reviewDeaths } from "./waits/death-watch.js";
import { collectGrants, removePending, type Pending } from "./waits/pending-waits.js";
import { endWait, lookOrQueue } from "./waits/queueing.js";
import type { Waitable } from "./waits/waitable.js";

const PASSES = 2;
const BLOCKS = 512;
/** No thread gets it before half a million others have had the record. */
const GENERATION = 0x7_fffe;
const COMPANION = 1;

function image(): Int32Array {
  const memory = new Int32Array(blockWord(BLOCKS));
  memory[Word.backedBlocks] = BLOCKS;
  memory[Word.backedThreads] = 4;
  return memory;
}

function enter(memory: Int32Array, index: number): number {
  const record = threadWord(index);
  memory.fill(0, record, record + THREAD_WORDS);
  memory[record + ThreadWord.life] = COMPANION | FUTEX_WAITERS;
  memory[record + ThreadWord.generation] = GENERATION;
  memory[record + ThreadWord.awake] = 1; // so that signalling it makes no system call
  return makeThreadId(index, GENERATION);
}

let lastId = 0;

function header(type: ObjectType): Header {
  const id = (++lastId).toString(16).padStart(8, "0").padEnd(32, "0"); // the first half tells objects apart
  return {
    type,
    headerBytes: HEADER_BYTES,
    flags: 0,
    id,
    sizeBytes: 0,
    createdNs: 0n,
    creatorPid: 0,
    namespaceDevice: 0n,
    namespaceInode: 0n,
    maximum: 2,
    name: null,
    structure: null,
  };
}

/** Two threads of the image, and the objects that they use. */
class Play {
  readonly memory = image();
  readonly ids = [enter(this.memory, 1), enter(this.memory, 2)];
  readonly mutex = new Mutex(new Int32Array(64), header(ObjectType.Mutex));
  readonly other = new Mutex(new Int32Array(64), header(ObjectType.Mutex), false);
  readonly auto = new Event(new Int32Array(64), header(ObjectType.AutoResetEvent));
  readonly manual = new Event(new Int32Array(64), header(ObjectType.ManualResetEvent));
  readonly semaphore = new Semaphore(new Int32Array(64), header(ObjectType.Semaphore));
  readonly data = new DataCondition(new Int32Array(64), header(ObjectType.Ring), () => false);

  as(thread: 0 | 1, action: () => void): void {
    const end = playThread(this.ids[thread] ?? 0, threadWord(thread + 1));
    try {
      action();
    } finally {
      end();
    }
  }

  queue(objects: readonly Waitable[], all = false): Pending {
    const queued = lookOrQueue(objects, all, true, Infinity);
    if (typeof queued === "number") throw new Error("rtshm: the warm-up of a thread does not fit the kernel");
    return queued;
  }

  /** One thread waits, and the other does what ends the wait. */
  handOver(objects: readonly Waitable[], act: () => void, all = false): void {
    let pending: Pending | undefined;
    this.as(0, () => (pending = this.queue(objects, all)));
    this.as(1, act);
    this.as(0, () => {
      collectGrants();
      if (pending !== undefined) endWait(pending);
    });
  }

  pass(): void {
    const { mutex, other, auto, manual, semaphore, data } = this;
    this.as(1, () => mutex.tryTake());
    this.handOver([mutex], () => mutex.release());
    this.as(0, () => mutex.release());
    this.handOver([auto], () => auto.set());
    this.handOver([auto], () => auto.pulse());
    this.handOver([manual, auto], () => manual.set());
    this.as(0, () => manual.reset());
    this.handOver([manual], () => manual.pulse());
    this.handOver([semaphore], () => semaphore.release(1));
    this.handOver([data], () => data.notify());
    this.as(1, () => other.tryTake());
    this.handOver([other, semaphore], () => other.release());
    this.as(0, () => other.release());
    this.handOver([mutex, semaphore, auto], () => [semaphore.release(1), auto.set()], true);
    this.as(0, () => mutex.release());
    this.frozen();
    this.death();
  }

  /** What a thread does with objects while another stays in their queues. */
  frozen(): void {
    const { mutex, auto, manual, semaphore } = this;
    const pendings: Pending[] = [];
    this.as(1, () => mutex.tryTake());
    this.as(0, () => pendings.push(this.queue([mutex]), this.queue([auto, manual]), this.queue([semaphore])));
    this.as(1, () => {
      mutex.tryTake();
      mutex.release();
      mutex.isOwned();
      manual.reset();
      semaphore.release(3);
      auto.tryTake();
    });
    this.as(0, () => pendings.forEach((pending) => endWait(pending)));
    this.as(1, () => mutex.release());
  }

  /** One of the threads dies: with a mutex, with what it was granted, and in a queue. */
  death(): void {
    const { memory, mutex, semaphore } = this;
    let pending: Pending | undefined;
    this.as(1, () => {
      mutex.tryTake();
      removePending(this.queue([semaphore])); // among the waits of the thread that dies, not of the other
    });
    this.as(0, () => {
      pending = this.queue([mutex, semaphore], true);
      semaphore.release(1);
    });
    memory[threadWord(2) + ThreadWord.life] = FUTEX_OWNER_DIED;
    this.as(0, () => {
      reviewDeaths(Infinity);
      collectGrants();
      if (pending !== undefined) endWait(pending);
      mutex.release();
      lock();
      reapThread(2);
      unlock();
    });
    this.ids[1] = enter(memory, 2);
  }
}

let isWarm = false;

/** Runs the code, once in a thread. Takes some milliseconds. */
export function warmUp(): void {
  if (isWarm) return;
  isWarm = true;
  withoutSteps(() => {
    const play = new Play();
    const before = useWords(play.memory);
    useLock(COMPANION, { recover, payOwed });
    try {
      for (let i = 0; i < PASSES; i++) play.pass();
    } finally {
      useWords(before);
    }
  });
}
