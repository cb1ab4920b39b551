// The page size of this machine, and what follows from it for new objects.
import { native } from "../../native/load.js";
import { headerBytesFor } from "../../protocol/object-header.js";

/** In bytes; offsets of mappings are multiples of it. */
export const PAGE_BYTES = native.pageBytes();

/** Where the data of new objects begin, in bytes. */
export const NEW_HEADER_BYTES = headerBytesFor(PAGE_BYTES);
