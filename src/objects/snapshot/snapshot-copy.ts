// A private copy of a snapshot's value that is brought up to date in place.
import { staysHere } from "../stays-here.js";
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
  /** @internal */
  readonly handle = staysHere("snapshot's copy", "send what get() gives");
  /** The value. Stores to it stay here, until the next refresh. */
  readonly view: View;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #type: StructType<Value, View>;
  readonly #source: Copied<Value, View>;
  #version = 0;

  /** @internal */
  constructor(source: Copied<Value, View>, type: StructType<Value, View>) {
    this.#source = source;
    this.#type = type;
    this.#bytes = new Uint8Array(type.sizeBytes);
    this.view = type.view(this.#bytes.buffer);
  }

  /** @internal */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** @internal */
  get type(): StructType<Value, View> {
    return this.#type;
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
    return this.#type.read(this.#bytes.buffer);
  }

  /** As JSON: the value. */
  toJSON(): unknown {
    const { view } = this as { view: { toJSON?: () => unknown } };
    return typeof view.toJSON === "function" ? view.toJSON() : this.get();
  }
}
