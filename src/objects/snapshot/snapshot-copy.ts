// A private copy of a snapshot's value that is brought up to date in place.
import type { StructType } from "../../struct/struct-type.js";

/** What a copy needs of its snapshot. */
export interface Copied<Value, View> {
  readonly version: number;
  readInto(copy: SnapshotCopy<Value, View>): number;
}

/**
 * A whole value in private memory: it changes only by `refresh()` and `readInto()`, which allocate nothing.
 * @example
 * const copy = sensor.copy();
 * setInterval(() => { if (copy.refresh()) draw(copy.view.x); }, 1000 / 60);
 */
export class SnapshotCopy<Value, View> {
  /** The value. Stores to it stay here, until the next refresh. */
  readonly view: View;
  /** @internal */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #source: Copied<Value, View>;
  #version = 0;

  /** @internal */
  constructor(
    source: Copied<Value, View>,
    /** @internal */
    readonly type: StructType<Value, View>,
  ) {
    this.#source = source;
    this.bytes = new Uint8Array(type.sizeBytes);
    this.view = type.view(this.bytes.buffer);
  }

  /** The version it is of; 0: nothing was written yet, all bytes are zero. */
  get version(): number {
    return this.#version;
  }

  /** @internal Its bytes are those of this version now. */
  noteVersion(version: number): void {
    this.#version = version;
  }

  /** Takes over the newest value, if there is one that is newer. @returns whether there was */
  refresh(): boolean {
    if (this.#source.version === this.#version) return false;
    this.#source.readInto(this);
    return true;
  }

  /** The value as a plain object. */
  get(): Value {
    return this.type.read(this.bytes.buffer);
  }
}
