// One buffer as all kinds of elements: what views of structs read and write through.

/**
 * Typed arrays over a whole buffer, and a DataView for what is not aligned. All have length 0 once the buffer is
 * detached.
 */
export class Memory {
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly view: DataView;
  /** Whether there are places that a 32-bit integer does not hold. */
  readonly isWide: boolean;

  constructor(readonly buffer: ArrayBuffer) {
    const elements = (bytes: number): number => Math.floor(buffer.byteLength / bytes);
    this.isWide = buffer.byteLength >= 2 ** 31;
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer, 0, elements(2));
    this.u16 = new Uint16Array(buffer, 0, elements(2));
    this.i32 = new Int32Array(buffer, 0, elements(4));
    this.u32 = new Uint32Array(buffer, 0, elements(4));
    this.f32 = new Float32Array(buffer, 0, elements(4));
    this.f64 = new Float64Array(buffer, 0, elements(8));
    this.i64 = new BigInt64Array(buffer, 0, elements(8));
    this.u64 = new BigUint64Array(buffer, 0, elements(8));
    this.view = new DataView(buffer);
  }
}

const memories = new WeakMap<ArrayBuffer, Memory>();

/** The memory of a buffer: one each. */
export function memoryOf(buffer: ArrayBuffer): Memory {
  let memory = memories.get(buffer);
  if (memory === undefined) {
    if (!(buffer instanceof ArrayBuffer)) throw new TypeError("buffer must be an ArrayBuffer");
    memory = new Memory(buffer);
    memories.set(buffer, memory);
  }
  return memory;
}
