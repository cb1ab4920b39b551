// Waiting for a snapshot to differ from a version: a kernel signal for each wait that is under way, kept for the next
// ones.
import { type Opened, cancelWaits, waitOne, waitAsync, DataCondition } from "../../kernel/index.js";
import type { SnapshotReader } from "../../data/snapshot/reader.js";
import { AGAIN, retry, retrySync } from "../retry.js";
import type { OnPending } from "../turns.js";
import { isTimeOut, type Wait } from "../waitable-object.js";

/** The condition that another version than `since` is published. */
export class Change {
  since = 0;
  readonly signal: DataCondition;

  constructor({ descriptor, header }: Opened, reader: SnapshotReader) {
    this.signal = new DataCondition(descriptor, header, () => reader.version() !== this.since);
  }
}

/** What is waited for, and how it is looked at afterwards: a wait can end although the version is the same. */
export interface Awaited {
  readonly since: number;
  /** The version now. @throws when the snapshot is closed */
  readonly look: () => number;
}

/** The waits of one snapshot handle. */
export class SnapshotChanges {
  readonly #all: Change[] = [];
  readonly #free: Change[] = [];

  constructor(
    private readonly opened: Opened,
    private readonly reader: SnapshotReader,
  ) {}

  /** @returns the version that is not `since`, or undefined when the time-out passed */
  async wait({ since, look }: Awaited, wait: Wait, ref: boolean, onPending?: OnPending): Promise<number | undefined> {
    const { signal } = wait;
    const change = this.#take(since);
    try {
      const how = { ref, signal, onPending };
      const lookAfter = (result: number): number | undefined | typeof AGAIN => {
        const version = look();
        return version !== since ? version : isTimeOut(result) ? undefined : AGAIN;
      };
      return await retry(wait, (leftMs) => waitAsync([change.signal], false, leftMs, how, lookAfter));
    } finally {
      this.#free.push(change);
    }
  }

  /** The same, blocking the thread. */
  waitSync({ since, look }: Awaited, timeoutMs: number): number | undefined {
    const change = this.#take(since);
    try {
      return retrySync(timeoutMs, (leftMs) => {
        const timedOut = isTimeOut(waitOne(change.signal, leftMs));
        const version = look();
        return version !== since ? version : timedOut ? undefined : AGAIN;
      });
    } finally {
      this.#free.push(change);
    }
  }

  /** Ends the waits under way with an error. */
  close(reasonOf: () => Error): void {
    for (const { signal } of this.#all) {
      cancelWaits(signal, reasonOf);
      signal.unmap();
    }
    this.#all.length = 0;
  }

  #take(since: number): Change {
    let change = this.#free.pop();
    if (change === undefined) {
      change = new Change(this.opened, this.reader);
      this.#all.push(change);
    }
    change.since = since;
    return change;
  }
}
