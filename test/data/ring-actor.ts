// A producer or a consumer of a stress, as a process or a thread: node ring-actor.js ASSIGNMENT, or with it as workerData.
// What it has done it notes in shared memory, so that the ledger survives it.
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { Ring, SharedMemory } from "rtshm";
import { array, struct, u32 } from "rtshm/struct";
import { MODES, type Mode } from "./ring-victim.js";

export const MOST_PRODUCERS = 64;
/** Messages a producer can send. */
export const MOST_MESSAGES = 1 << 16;

const Message = struct("Message", { producer: u32, number: u32, sum: u32, padding: array(u32, 5) });

export interface Assignment {
  readonly role: "produce" | "consume";
  readonly name: string;
  /** Of the producer, or of the consumer. */
  readonly number: number;
  readonly mode: Mode;
}

/** The ledger: which messages have been sent wholly, how often each was received, what was seen to be wrong. */
export class Ledger {
  static readonly sizeBytes = (64 + MOST_PRODUCERS) * 4 + MOST_PRODUCERS * MOST_MESSAGES;
  readonly words: Int32Array;
  private readonly received: Uint8Array;

  constructor(private readonly memory: SharedMemory) {
    this.words = new Int32Array(memory.buffer, 0, 64 + MOST_PRODUCERS);
    this.received = new Uint8Array(memory.buffer, (64 + MOST_PRODUCERS) * 4);
  }

  /** 0: go on. 1: producers end. 2: consumers end when there is nothing left. */
  get phase(): number {
    return Atomics.load(this.words, 0);
  }

  set phase(phase: number) {
    Atomics.store(this.words, 0, phase);
  }

  /** Torn, or out of order. */
  get wrong(): number {
    return Atomics.load(this.words, 1);
  }

  noteWrong(): void {
    Atomics.add(this.words, 1, 1);
  }

  sent(producer: number): number {
    return Atomics.load(this.words, 64 + producer);
  }

  noteSent(producer: number, count: number): void {
    Atomics.store(this.words, 64 + producer, count);
  }

  receivedOf(producer: number, number: number): number {
    return this.received[producer * MOST_MESSAGES + number]!;
  }

  noteReceived(producer: number, number: number): void {
    Atomics.add(this.received, producer * MOST_MESSAGES + number, 1);
  }

  close(): void {
    this.memory.close();
  }
}

type Value = ReturnType<(typeof Message)["read"]>;
export type MessageRing = Ring<Value, ReturnType<(typeof Message)["view"]>>;

export function openRing(name: string, mode: Mode): MessageRing {
  return Ring.openOrCreate(name, { item: Message, capacity: 16, ...MODES[mode] });
}

export function openLedger(name: string): Ledger {
  return new Ledger(SharedMemory.openOrCreate(`${name}.ledger`, { size: Ledger.sizeBytes }));
}

const sumOf = (producer: number, number: number): number =>
  (Math.imul(producer + 1, 40503) ^ Math.imul(number, 69069)) >>> 0;

export function messageOf(producer: number, number: number): Value {
  return { producer, number, sum: sumOf(producer, number), padding: [number, number, number, number, number] };
}

export function isWhole({ producer, number, sum, padding }: Value): boolean {
  return sum === sumOf(producer, number) && padding.every((each) => each === number);
}

const WAIT = { timeoutMs: 100 };

/** Sends as many of three messages as it can, one way or the other. @returns how many */
async function send(ring: MessageRing, producer: number, number: number): Promise<number> {
  const values = [0, 1, 2].map((i) => messageOf(producer, number + i));
  switch ((number + producer) % 5) {
    case 0:
      return ring.pushSync(values[0]!, WAIT) ? 1 : 0;
    case 1:
      return (await ring.push(values[0]!, WAIT)) ? 1 : 0;
    case 2:
      return ring.pushBatchSync(values, WAIT);
    case 3:
      return ring.pushBatch(values, WAIT);
    default: {
      if (!ring.waitWritableSync(WAIT)) return 0;
      const claim = ring.tryClaim(3);
      if (claim === undefined) return 0;
      const count = Math.max(1, claim.length - 1); // the last one is given up
      for (let i = 0; i < count; i++) claim.at(i).set(values[i]!);
      claim.commit(count);
      return count;
    }
  }
}

export async function produce({ name, number: producer, mode }: Assignment): Promise<void> {
  using ring = openRing(name, mode);
  const ledger = openLedger(name);
  let number = ledger.sent(producer);
  while (ledger.phase === 0 && number < MOST_MESSAGES - 10) {
    number += await send(ring, producer, number);
    ledger.noteSent(producer, number);
  }
  ledger.close();
}

async function receive(ring: MessageRing, turn: number, note: (value: Value) => void): Promise<void> {
  switch (turn % 5) {
    case 0: {
      const value = ring.popSync(WAIT);
      if (value !== undefined) note(value);
      return;
    }
    case 1: {
      const value = await ring.pop(WAIT);
      if (value !== undefined) note(value);
      return;
    }
    case 2:
      ring.popBatchSync(3, WAIT).forEach(note);
      return;
    case 3:
      (await ring.popBatch(3, WAIT)).forEach(note);
      return;
    default: {
      if (!ring.waitReadableSync(WAIT)) return;
      const peek = ring.tryPeek(2);
      if (peek === undefined) return;
      const values = Array.from({ length: peek.length }, (_, i) => peek.at(i).get());
      peek.release();
      values.forEach(note);
    }
  }
}

export async function consume({ name, number, mode }: Assignment): Promise<void> {
  using ring = openRing(name, mode);
  const ledger = openLedger(name);
  const last = new Int32Array(MOST_PRODUCERS).fill(-1);
  for (let turn = number; ledger.phase < 2 || ring.isReadable; turn++)
    await receive(ring, turn, (value) => {
      if (!isWhole(value) || value.number <= last[value.producer]!) ledger.noteWrong();
      last[value.producer] = value.number;
      ledger.noteReceived(value.producer, value.number);
    });
  ledger.close();
}

async function act(assignment: Assignment): Promise<void> {
  await (assignment.role === "produce" ? produce : consume)(assignment);
}

const assignment = isMainThread ? process.argv[2] : (workerData as { ring?: Assignment } | null)?.ring;
if (typeof assignment === "string" && process.argv[1]?.endsWith("ring-actor.js") === true)
  await act(JSON.parse(assignment) as Assignment);
else if (typeof assignment === "object") {
  await act(assignment);
  parentPort?.postMessage("done");
}
