// What every class has in common: a name or none, a descriptor string, one end.
import type { Opened } from "../kernel/objects.js";
import { describeDescriptor } from "../kernel/descriptor-string.js";
import { RtError } from "../kernel/rt-error.js";

/**
 * A handle of this process to a named or unnamed object. The object lives as long as anybody holds it, and this handle until
 * `close()` or the end of the process. It belongs to the thread that made it: another thread opens the name, or attaches to
 * what `describe()` says.
 */
export abstract class SharedObject implements Disposable, AsyncDisposable {
  /** null: it has none. */
  readonly name: string | null;
  /** Whether this call made the object; false: it was there already. */
  readonly created: boolean;
  #isClosed = false;

  protected constructor(
    protected readonly opened: Opened,
    private readonly kind: string,
  ) {
    this.name = opened.header.name;
    this.created = opened.created;
  }

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A string by which another process of the same user, or another thread, can attach to the object while this handle is open. */
  describe(): string {
    this.checkOpen("describe");
    return describeDescriptor(this.opened.descriptor, this.opened.header);
  }

  /** Gives the handle back; with the last one of all processes the object goes, and its memory. Once more does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.closeObject(`${this.kind}.close`);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  protected abstract closeObject(operation: string): void;

  /** @throws RtError ERROR_INVALID_HANDLE after close */
  protected checkOpen(operation: string): void {
    if (this.#isClosed) throw this.closedError(operation);
  }

  protected closedError(operation: string): RtError {
    return new RtError("ERROR_INVALID_HANDLE", `${this.kind}.${operation}`, this.name, `the ${this.kind} is closed`);
  }
}
