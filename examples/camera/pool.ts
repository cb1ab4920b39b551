// The pool of frames that the camera and its viewers share, and its rules.
//
// A frame is written once and read where it is: nobody copies it. Each viewer holds at most one frame at a time, so two frames more
// than viewers suffice: one is the newest, one is free for the next. The camera never waits: a slow viewer only sees fewer frames.
import { SharedMemory } from "rtshm";
import { array, atomicU32, bytes, f64, struct, u32 } from "rtshm/struct";

export const WIDTH = 1920;
export const HEIGHT = 1080;
/** YUYV: two bytes a pixel. */
const FRAME_BYTES = WIDTH * HEIGHT * 2;
export const VIEWERS = 3;
const FRAMES = VIEWERS + 2;

const Frame = struct("Frame", {
  number: u32,
  /** Sum of the frame's 32-bit words, modulo 2^32. */
  checksum: u32,
  capturedMs: f64,
  pixels: bytes(FRAME_BYTES),
});

const Pool = struct("Pool", {
  /** 1 + the index of the newest whole frame; 0 before the first. Written by the camera. */
  newest: atomicU32,
  /** For each frame a bit for every viewer that holds it, or WRITING. A viewer sets and clears its own bit only. */
  holders: array(atomicU32, FRAMES),
  frames: array(Frame, FRAMES),
});

const WRITING = 0x8000_0000;

/** Milliseconds on the clock that all processes of the machine share. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** One frame of the pool, in place. */
export interface PoolFrame {
  readonly number: number;
  readonly checksum: number;
  readonly capturedMs: number;
  readonly words: Uint32Array;
}

export class FramePool implements Disposable {
  readonly #memory: SharedMemory<ReturnType<typeof Pool.view>>;
  readonly #words: readonly Uint32Array[];

  constructor(name: string, create: boolean) {
    this.#memory = create ? SharedMemory.create(name, Pool, { prefault: true }) : SharedMemory.open(name, Pool);
    this.#words = Array.from({ length: FRAMES }, (_, i) => {
      const { buffer, byteOffset, byteLength } = this.#memory.view.frames.at(i).pixels;
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    });
  }

  /** The camera: fills a frame that nobody holds, and makes it the newest. */
  publish(number: number, fill: (words: Uint32Array) => number): void {
    const { view } = this.#memory;
    const index = this.#claim();
    const words = this.#words[index]!;
    const checksum = fill(words);
    const frame = view.frames.at(index);
    frame.number = number;
    frame.checksum = checksum;
    frame.capturedMs = nowMs();
    view.holders.at(index).store(0);
    view.newest.store(index + 1);
  }

  #claim(): number {
    const { holders, newest } = this.#memory.view;
    for (let index = 0; ; index = (index + 1) % FRAMES)
      if (newest.load() !== index + 1 && holders.at(index).compareExchange(0, WRITING) === 0) return index;
  }

  /** A viewer: lets it look at the newest frame. Meanwhile the frame stays as it is. @param viewer 0 to VIEWERS - 1 */
  async look(viewer: number, use: (frame: PoolFrame) => void | Promise<void>): Promise<void> {
    const { view } = this.#memory;
    const bit = 1 << viewer;
    for (;;) {
      const index = view.newest.load() - 1;
      if (index < 0) return;
      const before = view.holders.at(index).load();
      // The camera may have published two frames since we looked, and be writing this one: then there is a newer one.
      if (before === WRITING || view.holders.at(index).compareExchange(before, before | bit) !== before) continue;
      try {
        const { number, checksum, capturedMs } = view.frames.at(index);
        return await use({ number, checksum, capturedMs, words: this.#words[index]! });
      } finally {
        view.holders.at(index).and(~bit >>> 0);
      }
    }
  }

  /** What a viewer of this number held that was killed is free again. */
  forget(viewer: number): void {
    for (let index = 0; index < FRAMES; index++) this.#memory.view.holders.at(index).and(~(1 << viewer) >>> 0);
  }

  [Symbol.dispose](): void {
    this.#memory.close();
  }
}
