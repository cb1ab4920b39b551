// Objects that were forgotten instead of closed: a safety net, which warns. It cannot be relied on: a collection may come late or never.
import { closeObject, type Opened } from "../kernel/open.js";
import { dropHold, withHold, type HoldIndex } from "../kernel/thread-resources.js";
import type { Waitable } from "../kernel/waits/waitable.js";

/** What it takes to close an object of which nothing else is left. */
export interface Forgotten {
  readonly kind: string;
  readonly opened: Opened;
  readonly hold: HoldIndex;
  readonly waitable: Waitable | undefined;
}

const closeForgotten = ({ kind, opened, hold, waitable }: Forgotten): void => {
  const { name } = opened.header;
  const which = name === null ? `An unnamed ${kind}` : `The ${kind} ${JSON.stringify(name)}`;
  // A lock that nobody can release any more: as long as the thread lives, its mutex stays owned.
  const isOwned = waitable?.isOwned() === true;
  const outcome = isOwned ? "it stays locked until this thread ends" : "it is closed now";
  process.emitWarning(
    `${which} was garbage-collected without close(): ${outcome}. Close it, or declare it with using.`,
    {
      type: "RtshmWarning",
      code: "RTSHM_NOT_CLOSED",
    },
  );
  if (isOwned) return;
  withHold(hold, () => {
    closeObject(opened.descriptor, name, waitable);
  });
  dropHold(hold);
};

const registry = new FinalizationRegistry(closeForgotten);

/** Closes the object when `keptBy` was collected. `forgotten` must not lead to `keptBy`. */
export function watchForgotten(object: object, keptBy: object, forgotten: Forgotten): void {
  registry.register(keptBy, forgotten, object);
}

/** The object is closed in the ordinary way. */
export function unwatchForgotten(object: object): void {
  registry.unregister(object);
}
