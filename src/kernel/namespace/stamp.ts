// The stamp of a namespace directory: a link that says which processes its other links are about. Under the namespace lock.
// It is a link because what empties directories takes links as a kind: where the others went, it went too.
import { LAYOUT_VERSION } from "../../protocol/object-header.js";
import { native } from "../../native/load.js";
import { systemError } from "../../errors/system-error.js";
import type { Place } from "./namespace-directory.js";
import { randomId } from "./random-id.js";

/** File name of the stamp. */
export const STAMP = ".stamp";
const FRESH = ".stamp.new";

const TEXT = /^layout=(\d{1,9}) boot=(\S+) pid-namespace=(\S+) since=\d+ id=[0-9a-f]{8}$/;

/** What a stamp says. */
export interface Stamp extends Place {
  readonly text: string;
  readonly layoutVersion: number;
}

/** The stamp of a directory; undefined when there is none that can be read. */
export function readStamp(directory: number): Stamp | undefined {
  const text = native.linkRead(directory, STAMP);
  if (typeof text === "number") return undefined;
  const [, layoutVersion, boot, pidNamespace] = TEXT.exec(text) ?? [];
  if (boot === undefined || pidNamespace === undefined) return undefined;
  return { text, layoutVersion: Number(layoutVersion), boot, pidNamespace };
}

/** Stamps the directory for this place, in the stead of any other stamp. @returns the text @throws RtError */
export function writeStamp(directory: number, { boot, pidNamespace }: Place): string {
  const text =
    `layout=${String(LAYOUT_VERSION)} boot=${boot} pid-namespace=${pidNamespace} ` +
    `since=${String(Date.now())} id=${randomId().slice(0, 8)}`;
  native.linkRemove(directory, FRESH); // of somebody who was killed between these calls
  const made = native.linkCreate(text, directory, FRESH);
  const result = made < 0 ? made : native.linkRename(directory, FRESH, STAMP);
  if (result < 0) throw systemError(result, null, "the namespace directory cannot be stamped");
  return text;
}
