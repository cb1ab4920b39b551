// Events.
import { Event as KernelEvent, type Opened } from "../kernel/index.js";
import { ObjectType } from "../protocol/object-header.js";
import { checkBoolean, checkDescriptor, checkName, checkOptions } from "./arguments.js";
import { checkSame } from "./agreement.js";
import { openAs, type Way } from "./open-object.js";
import { checkMade } from "./shared-object.js";
import { turns } from "./turns.js";
import {
  WaitableObject,
  checkTurns,
  isTimeOut,
  type EndlessSyncWaitOptions,
  type SyncWaitOptions,
  type TimedWaitOptions,
  type WaitOptions,
} from "./waitable-object.js";

/** What a new event starts with. */
export interface EventOptions {
  /** false, as when left out: each `set()` is taken by one wait. true: all waits are satisfied until `reset()`. */
  readonly manualReset?: boolean;
  /** Whether it is set from the start; false when left out. */
  readonly signalled?: boolean;
}

function open(way: Way, options: EventOptions): Event {
  checkOptions(options, ["manualReset", "signalled"]);
  const { manualReset = false, signalled = false } = options;
  const initial = {
    manualReset: checkBoolean("manualReset", manualReset),
    signalled: checkBoolean("signalled", signalled),
  };
  return openAs("event", way, initial, (opened) => {
    const isManual = opened.header.type === ObjectType.ManualResetEvent;
    checkSame(opened, "manualReset", isManual, options.manualReset);
    return new Event(opened);
  });
}

/**
 * An event that any process sets and any process waits for.
 * @example
 * using frame = Event.openOrCreate("Camera.Frame");
 * frame.set();
 */
export class Event extends WaitableObject<KernelEvent> {
  /** Whether it stays set until `reset()`, as its creator decided. */
  readonly manualReset: boolean;

  /** @internal */
  constructor(opened: Opened) {
    super(checkMade(opened, "Event"), "event", new KernelEvent(opened.descriptor, opened.header));
    this.manualReset = opened.header.type === ObjectType.ManualResetEvent;
  }

  /** Makes an event. @throws RtError ERROR_ALREADY_EXISTS when the name is taken */
  static create(name: string, options: EventOptions = {}): Event {
    return open({ create: checkName(name) }, options);
  }

  /** Makes one without a name: others attach to what `describe()` says. */
  static createUnnamed(options: EventOptions = {}): Event {
    return open({ create: null }, options);
  }

  /**
   * Opens an existing event. @throws RtError ERROR_FILE_NOT_FOUND when nobody holds the name, ERROR_INVALID_HANDLE when
   * it is no event's
   */
  static open(name: string): Event {
    return open({ open: checkName(name) }, {});
  }

  /**
   * Opens the event of this name, or makes it: `created` tells which. `signalled` is for a new one.
   * @throws RtError ERROR_INVALID_DATA when it is there and `manualReset` says otherwise
   */
  static openOrCreate(name: string, options: EventOptions = {}): Event {
    return open({ openOrCreate: checkName(name) }, options);
  }

  /** Opens what `describe()` of another handle says. @throws RtError ERROR_FILE_NOT_FOUND when it is gone */
  static attach(descriptor: string): Event {
    return open({ attach: checkDescriptor(descriptor) }, {});
  }

  /** Sets it: one wait takes that (`manualReset`: all are satisfied until `reset`). Already set, it stays so. */
  set(): void {
    const event = this.toWait("set");
    try {
      event.set();
    } catch (error) {
      throw this.failed(error, "set");
    }
  }

  /** Not set from now on. */
  reset(): void {
    const event = this.toWait("reset");
    try {
      event.reset();
    } catch (error) {
      throw this.failed(error, "reset");
    }
  }

  /** Releases who waits now (one; `manualReset`: all) and leaves the event not set. */
  pulse(): void {
    const event = this.toWait("pulse");
    try {
      event.pulse();
    } catch (error) {
      throw this.failed(error, "pulse");
    }
  }

  /** Resolves when the event is set, and takes it; with `timeoutMs` to false when that passes first. */
  wait(options?: WaitOptions): Promise<true>;
  wait(options: WaitOptions | TimedWaitOptions): Promise<boolean>;
  wait(options: WaitOptions | TimedWaitOptions = {}): Promise<boolean> {
    return this.waitFor("wait", options, (result) => !isTimeOut(result));
  }

  /** The same, blocking the thread. @returns false when the time-out passed */
  waitSync(options?: EndlessSyncWaitOptions): true;
  waitSync(options: SyncWaitOptions): boolean;
  waitSync(options: SyncWaitOptions = {}): boolean {
    return !isTimeOut(this.waitForSync("waitSync", options));
  }

  /**
   * One turn of the loop for each time the event was set and this wait took it. Ends by an error: the signal's reason
   * when it is aborted, ERROR_INVALID_HANDLE when the event is closed.
   * @example
   * for await (const _ of frame.signals({ signal })) draw();
   */
  signals(options: WaitOptions = {}): AsyncGenerator<void, never> {
    return turns(
      () => checkTurns(options),
      (onPending) => this.waitFor("wait", options, () => undefined, onPending),
    );
  }
}
