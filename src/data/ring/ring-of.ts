// A ring's words as one handle uses them: which algorithm serves each side follows from the layout, here and nowhere
// else.
import type { RingLayout } from "../../protocol/ring-layout.js";
import { LoneConsumer } from "./lone-consumer.js";
import { ManyRing } from "./many.js";
import { OverwrittenConsumer } from "./overwritten.js";
import type { Consumer, Producer, Surroundings } from "./sides.js";
import { SingleConsumer, SingleProducer, isReadable, isWritable } from "./single.js";

/** What a handle does with a ring. That a side of one is this handle's, `claimSide` has seen to. */
export interface HandleOfRing {
  /** The producing side. @returns undefined when as many handles take part as there can be */
  produce(): Producer | undefined;
  /** The consuming side. */
  consume(): Consumer | undefined;
  /** Whether there is a message. */
  isReadable(): boolean;
  /** Whether there is a free slot. */
  isWritable(): boolean;
  /** Whether slots of threads that ended were moved on since the last call. */
  hasPassedOver(): boolean;
  /** Gives up what is in its hands. */
  leave(): void;
}

class HandleOfOne implements HandleOfRing {
  constructor(
    private readonly words: Int32Array<ArrayBuffer>,
    private readonly layout: RingLayout,
    private readonly surroundings: Surroundings,
  ) {}

  produce(): Producer {
    return new SingleProducer(this.words, this.layout, this.surroundings);
  }

  consume(): Consumer {
    const kind = this.layout.overwrites ? OverwrittenConsumer : SingleConsumer;
    return new kind(this.words, this.layout, this.surroundings);
  }

  isReadable(): boolean {
    return isReadable(this.words);
  }

  isWritable(): boolean {
    return this.layout.overwrites || isWritable(this.words, this.layout.capacity);
  }

  hasPassedOver(): boolean {
    return false;
  }

  leave(): void {
    // positions alone say what is whose
  }
}

class HandleOfMany implements HandleOfRing {
  private readonly many: ManyRing;
  private readonly lone: LoneConsumer | undefined;

  constructor(
    words: Int32Array<ArrayBuffer>,
    private readonly layout: RingLayout,
    surroundings: Surroundings,
  ) {
    this.many = new ManyRing(words, layout, surroundings);
    this.lone = layout.manyConsumers ? undefined : new LoneConsumer(words, layout, surroundings);
  }

  produce(): Producer | undefined {
    return this.many.join() ? this.many : undefined;
  }

  consume(): Consumer | undefined {
    const { lone, layout } = this;
    if (lone === undefined) return this.many.join() ? this.many : undefined;
    return !layout.overwrites || lone.join() ? lone : undefined;
  }

  isReadable(): boolean {
    return this.many.isReadable();
  }

  isWritable(): boolean {
    return this.many.isWritable();
  }

  hasPassedOver(): boolean {
    const { many, lone } = this;
    const has = many.hasPassedOver || lone?.hasPassedOver === true;
    many.hasPassedOver = false;
    if (lone !== undefined) lone.hasPassedOver = false;
    return has;
  }

  leave(): void {
    this.lone?.leave();
    this.many.leave();
  }
}

/** A handle of a ring of this layout. */
export function handleOf(words: Int32Array<ArrayBuffer>, layout: RingLayout, surroundings: Surroundings): HandleOfRing {
  return new (layout.hasStates ? HandleOfMany : HandleOfOne)(words, layout, surroundings);
}

/** Whether taken messages are read from copies. */
export const readsCopies = ({ overwrites, hasStates }: RingLayout): boolean => overwrites && !hasStates;
