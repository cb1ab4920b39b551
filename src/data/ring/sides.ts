// What a ring's algorithms offer and need: the producing and the consuming side, and what only the outside knows.

/** What the algorithms ask the outside. */
export interface Surroundings {
  /** The thread that uses this side. */
  readonly thread: number;
  /** Whether the thread with this id has not ended. If false, its last store has been made. */
  readonly isAlive: (thread: number) => boolean;
  /** Shared bytes are inconsistent. Throws. */
  readonly corrupt: (what: string) => never;
  /** Slots are claimed while others are claimed and not committed yet. Throws. */
  readonly busy: () => never;
}

/** Puts messages in. `claim`, fill, `commit`: nothing else of this side in between. */
export interface Producer {
  /**
   * Claims up to `most` slots. @returns how many; 0: the ring is full. Not before the last ones are committed: see
   * Surroundings
   */
  claim(most: number): number;
  /** Where the message of claimed slot `i` is: bytes from the start of the ring's data. */
  claimedAt(i: number): number;
  /** The position of the first claimed slot; the others follow it, unless there are positions of each. */
  readonly claimStart: number;
  readonly claimPositions: Int32Array | undefined;
  /** Publishes the first `count` of the claimed slots and gives up the others. */
  commit(count: number): void;
}

/**
 * Takes messages out. `take`, read, `release`: nothing else of this side in between. `takenAt` counts from the start of
 * the ring's data.
 */
export interface Consumer {
  /** Takes up to `most` messages. @returns how many; 0: the ring is empty */
  take(most: number): number;
  /** Where message `i` of those taken is: in bytes. */
  takenAt(i: number): number;
  /** As of a producer. */
  readonly takeStart: number;
  readonly takePositions: Int32Array | undefined;
  /** Copies of the messages, for `takenAt` to refer to; undefined: they are read in their slots. */
  readonly copies: ArrayBuffer | undefined;
  /** Gives the slots of the taken messages back. With one consumer they leave the ring only here. */
  release(): void;
  /** Leaves the taken messages where they are, to be taken again. With many consumers that cannot be: they are lost. */
  putBack(): void;
}

const MOST_TRIES = 1000;

/**
 * Makes a thread the only one of a side.
 * @returns 0, or the id of the live thread that is it
 */
export function claimSide(words: Int32Array, word: number, { thread, isAlive, corrupt }: Surroundings): number {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const owner = Atomics.load(words, word);
    if (owner !== 0 && (owner === thread || isAlive(owner))) return owner;
    if (Atomics.compareExchange(words, word, owner, thread) === owner) return 0;
  }
  return corrupt("the owner of a side changes all the time");
}

/** Takes that back. */
export function leaveSide(words: Int32Array, word: number, thread: number): void {
  Atomics.compareExchange(words, word, thread, 0);
}
