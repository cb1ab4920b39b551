// What every class has in common: a name or none, a descriptor string, one end.
import { inspect, type InspectOptions } from "node:util";
import { type Opened, describeDescriptor, dropHold, withHold, type HoldIndex } from "../kernel/index.js";
import { RtError, labelled } from "../errors/rt-error.js";
import { keepOpen, noteClosed } from "./open-objects.js";
import { OPEN_THERE, staysHere } from "./stays-here.js";

/**
 * A handle of this thread to a named or unnamed object. The object lives as long as anybody holds it, and this handle
 * until `close()`, the end of its `using` block or the end of the thread: also when no variable names it any more
 * (`openObjects()` reports those). Another thread opens the name, or attaches to what `describe()` says.
 */
export abstract class SharedObject implements Disposable, AsyncDisposable {
  /** @internal Refuses to be sent or cloned. The first of the properties that are seen from outside. */
  readonly handle: symbol;
  /** null: it has none. */
  readonly name: string | null;
  /** Whether this call made the object; false: it was there already. */
  readonly created: boolean;
  #isClosed = false;
  #hold: HoldIndex = -1;
  readonly #opened: Opened;
  readonly #kind: string;

  protected constructor(opened: Opened, kind: string) {
    this.#opened = opened;
    this.#kind = kind;
    this.handle = staysHere(kind, OPEN_THERE);
    this.name = opened.header.name;
    this.created = opened.created;
  }

  /** @internal From here on the handle is this thread's to give back. */
  noteOpen(hold: HoldIndex): void {
    this.#hold = hold;
    keepOpen(this);
  }

  /** @internal */
  get kind(): string {
    return this.#kind;
  }

  protected get opened(): Opened {
    return this.#opened;
  }

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * A string by which another process of the same user, or another thread, can attach to the object while this handle
   * is open.
   */
  describe(): string {
    this.checkOpen("describe");
    try {
      return describeDescriptor(this.opened.descriptor, this.opened.header);
    } catch (error) {
      throw this.failed(error, "describe");
    }
  }

  /**
   * Gives the handle back; with the last one of all processes the object goes, and its memory. Once more does nothing.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    noteClosed(this);
    try {
      withHold(this.#hold, () => {
        this.closeObject();
      });
    } catch (error) {
      throw this.failed(error, "close");
    } finally {
      dropHold(this.#hold);
    }
  }

  /** Closes it, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The same for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** As JSON: not what it is made of. */
  toJSON(): object {
    const { name, created, isClosed } = this;
    return { name, created, isClosed };
  }

  /** @internal Printed: the same. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { name } = this.constructor;
    return depth < 0 ? `[${name}]` : `${name} ${inspect(this.toJSON(), options)}`;
  }

  protected abstract closeObject(): void;

  /** @throws RtError ERROR_INVALID_HANDLE after close */
  protected checkOpen(operation: string): void {
    if (this.#isClosed) throw this.closedError(operation);
  }

  /** An error of what an operation does, with that operation's name; `inner` as of `labelled`, without the kind. */
  protected failed(error: unknown, operation: string, inner?: string): unknown {
    const { kind } = this;
    return labelled(error, `${kind}.${operation}`, inner === undefined ? undefined : `${kind}.${inner}`);
  }

  protected closedError(operation: string): RtError {
    return new RtError("ERROR_INVALID_HANDLE", `${this.kind}.${operation}`, this.name, `the ${this.kind} is closed`);
  }
}

/**
 * What a constructor was called with: by a program, which cannot know it, it is nothing. @throws TypeError saying how
 * objects are made
 */
export function checkMade(opened: Opened, className: string): Opened {
  if (typeof opened !== "object" || !("descriptor" in opened))
    throw new TypeError(
      `${className} is not made by new: use ${className}.create, open, openOrCreate, createUnnamed or attach`,
    );
  return opened;
}
