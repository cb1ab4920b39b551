// The four ways to an object that every class has, with nothing left open when the class then refuses it.
import {
  attachObject,
  closeObject,
  createObject,
  openObject,
  refuseObject,
  type NewObject,
  type ObjectKind,
  type Opened,
  nameMeant,
  dropHold,
  giveBackHoldsOfEnded,
  newHold,
  withHold,
} from "../kernel/index.js";
import { asOperation, failure } from "../errors/rt-error.js";
import type { SharedObject } from "./shared-object.js";

/** How to get at an object. */
export type Way =
  | { readonly create: string | null }
  | { readonly open: string }
  | { readonly openOrCreate: string }
  | { readonly attach: string };

function opened(kind: ObjectKind, way: Way, initial: NewObject): Opened {
  if ("create" in way) {
    const found = createObject(kind, way.create, initial);
    if (found.created) return found;
    closeOpened(found);
    throw failure(
      "ERROR_ALREADY_EXISTS",
      way.create,
      "a process holds an object of this name: open it, or use openOrCreate",
    );
  }
  if ("openOrCreate" in way) return createObject(kind, way.openOrCreate, initial);
  return "open" in way ? openObject(kind, way.open) : attachObject([kind], way.attach);
}

function stemOf(way: Way): "create" | "open" | "openOrCreate" | "attach" {
  if ("create" in way) return "create";
  if ("open" in way) return "open";
  return "openOrCreate" in way ? "openOrCreate" : "attach";
}

function withNameMeant(way: Way): Way {
  if ("create" in way) return way.create === null ? way : { create: nameMeant(way.create) };
  if ("open" in way) return { open: nameMeant(way.open) };
  return "openOrCreate" in way ? { openOrCreate: nameMeant(way.openOrCreate) } : way;
}

function closeOpened({ descriptor, header }: Opened): void {
  closeObject(descriptor, header.name);
}

/**
 * Opens an object and makes of it what `make` says.
 * @param initial of a new object; not looked at when there is one
 * @throws RtError as the kernel does, and what `make` throws: the object is closed then
 */
export function openAs<Made extends SharedObject>(
  kind: ObjectKind,
  way: Way,
  initial: NewObject,
  make: (opened: Opened) => Made,
): Made {
  return asOperation(`${kind}.${stemOf(way)}`, () => openWithHold(kind, way, initial, make));
}

function openWithHold<Made extends SharedObject>(
  kind: ObjectKind,
  way: Way,
  initial: NewObject,
  make: (opened: Opened) => Made,
): Made {
  const meant = withNameMeant(way);
  giveBackHoldsOfEnded();
  const hold = newHold();
  try {
    return withHold(hold, () => {
      const made = makeOf(opened(kind, meant, initial), make);
      made.noteOpen(hold);
      return made;
    });
  } catch (error) {
    dropHold(hold);
    throw error;
  }
}

function makeOf<Made>(found: Opened, make: (opened: Opened) => Made): Made {
  try {
    return make(found);
  } catch (error) {
    refuseObject(found);
    throw error;
  }
}
