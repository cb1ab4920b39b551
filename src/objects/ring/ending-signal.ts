// The signal of an object that has more to give back than its handle: a side of a ring, the right to write a snapshot.
import { Signal } from "../../kernel/primitives/data-condition.js";

/** A signal whose end, also that of a handle that was forgotten, ends what depends on the handle. */
export class EndingSignal extends Signal {
  /** Must not lead to the handle: it is called also when nothing else is left of it. */
  atEnd: (() => void) | undefined;

  override unmap(): void {
    this.atEnd?.();
    super.unmap();
  }
}
