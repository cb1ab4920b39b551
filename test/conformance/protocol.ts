// What the runner says to a driver and the driver to its threads. The runner's own description: docs of run.mjs.

export interface Command {
  readonly op: string;
  readonly thread?: number;
  /** last error to set before the call */
  readonly pre?: number;
  readonly as?: string;
  readonly name?: string | null;
  readonly protect?: string | number;
  readonly access?: string | number;
  readonly size?: number;
  readonly sizeHigh?: number;
  readonly handle?: string;
  readonly handles?: readonly string[];
  readonly width?: 8 | 16 | 32 | 64;
  readonly offset?: number;
  readonly value?: string | number;
  readonly manualReset?: boolean | number;
  readonly initialState?: boolean | number;
  readonly initialOwner?: boolean | number;
  readonly initial?: number;
  readonly max?: number;
  readonly count?: number;
  readonly all?: boolean;
  readonly timeoutMs?: number | "infinite";
  readonly how?: "exit" | "terminate";
  readonly code?: number;
}

/** A command on its way to a thread, with its slots replaced by what they hold. */
export interface Job {
  readonly command: Command;
  readonly handles: readonly (number | null)[];
  /** for loads and stores: whether the view of the slot may be written, and whether the slot is one of shared memory */
  readonly writable: boolean;
}

export type Answer = Readonly<Record<string, unknown>>;

/** What a thread answers, with what the driver keeps for the slot that a create or an open fills. */
export interface Result {
  readonly answer: Answer;
  readonly handle?: number | null;
  readonly writable?: boolean;
}
