// The four ways to an object that every class has, with nothing left open when the class then refuses it.
import {
  attachObject,
  closeObject,
  createObject,
  openObject,
  type NewObject,
  type ObjectKind,
  type Opened,
} from "../kernel/open.js";
import { judgeName } from "../kernel/registry/object-name.js";
import { RtError } from "../errors/rt-error.js";
import { dropHold, giveBackHoldsOfEnded, newHold, withHold } from "../kernel/thread-resources.js";
import type { SharedObject } from "./shared-object.js";

/** How to get at an object. */
export type Way =
  | { readonly create: string | null }
  | { readonly open: string }
  | { readonly openOrCreate: string }
  | { readonly attach: string };

function opened(kind: ObjectKind, way: Way, initial: NewObject): Opened {
  if ("create" in way) {
    const found = createObject(kind, way.create, initial, `${kind}.create`);
    if (found.created) return found;
    closeOpened(found, `${kind}.create`);
    throw new RtError(
      "ERROR_ALREADY_EXISTS",
      `${kind}.create`,
      way.create,
      "a process holds an object of this name: open it, or use openOrCreate",
    );
  }
  if ("openOrCreate" in way) return createObject(kind, way.openOrCreate, initial, `${kind}.openOrCreate`);
  const found =
    "open" in way ? openObject(kind, way.open, `${kind}.open`) : attachObject([kind], way.attach, `${kind}.attach`);
  if (found !== undefined) return found;
  if ("open" in way) throw new RtError("ERROR_FILE_NOT_FOUND", `${kind}.open`, way.open);
  throw new RtError("ERROR_FILE_NOT_FOUND", `${kind}.attach`, null, "no process holds the object described any more");
}

function nameIn(way: Way): string | null {
  if ("create" in way) return way.create;
  if ("open" in way) return way.open;
  return "openOrCreate" in way ? way.openOrCreate : null;
}

function closeOpened({ descriptor, header }: Opened, operation: string): void {
  closeObject(descriptor, header.type, header.name, undefined, operation);
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
  const name = nameIn(way);
  if (name !== null) judgeName(name, `${kind}.open`);
  giveBackHoldsOfEnded();
  const hold = newHold();
  try {
    return withHold(hold, () => {
      const made = makeOf(opened(kind, way, initial), kind, make);
      made.noteOpen(hold);
      return made;
    });
  } catch (error) {
    dropHold(hold);
    throw error;
  }
}

function makeOf<Made>(found: Opened, kind: ObjectKind, make: (opened: Opened) => Made): Made {
  try {
    return make(found);
  } catch (error) {
    closeOpened(found, `${kind}.close`);
    throw error;
  }
}
