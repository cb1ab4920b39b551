// What a test and an agent say to each other: one JSON object a line for a process, one message for a worker.

/** A function of the side is called by its name; the others are the agent's own operations. */
export interface Command {
  readonly id: number;
  readonly op: string;
  readonly args: readonly Argument[];
}

type Plain = null | boolean | number | string;

export type Argument =
  | Plain
  | readonly Plain[]
  | { readonly location: string }
  | { readonly view: string }
  | { readonly ticks: string }
  | { readonly box: number };

/** The location (out parameter) that the agent keeps under this key. */
export const location = (key: string): Argument => ({ location: key });

/** A view that the agent got from an earlier call, under the key of that call's answer. */
export const view = (key: string): Argument => ({ view: key });

/** A timeout in units of 100 ns. */
export const ticks = (value: bigint): Argument => ({ ticks: String(value) });

/** An out parameter for a number; its content after the call is in the answer. */
export const box = (value: number): Argument => ({ box: value });

export interface ViewValue {
  readonly view: string;
  readonly byteLength: number;
}

export interface WaitValue {
  readonly result: number;
  readonly lastError: number;
}

export interface Reply {
  readonly id: number;
  readonly value: Plain | ViewValue | WaitValue;
  /** of the agent's thread, right after the call */
  readonly lastError: number;
  readonly box?: number;
  /** the name of what the call threw */
  readonly thrown?: string;
}

/** Said right before a call is made, and again if it returned a promise that is not settled. */
export interface Notice {
  readonly id: number;
  readonly notice: "begins" | "pending";
  /** Where the kernel tells of the thread: `<pid>/task/<tid>`. */
  readonly thread: string;
}
