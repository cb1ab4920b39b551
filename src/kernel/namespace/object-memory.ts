// The memory of one object: making it sealed and backed, and reading a header only after checking what the system says of it.
import { Errno, StatField, native, newStat, type Stat, type SystemResult } from "../../native/load.js";
import { availableBytes } from "../memory/available-memory.js";
import { NEW_HEADER_BYTES } from "../memory/page-size.js";
import { closeUnheld, descriptorFd, unheldOffsetBytes, type DescriptorIndex } from "../process/descriptor-table.js";
import {
  HEADER_BYTES,
  MAX_SIZE_BYTES,
  decodeHeader,
  encodeHeader,
  fileBytesFor,
  type Header,
  type ObjectType,
  type Structure,
} from "../../protocol/object-header.js";
import { encodeName } from "../../protocol/name-encoding.js";
import type { NamespaceIdentity } from "./locked-namespace.js";
import { randomId } from "./random-id.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";

const SEALS = 0x2 | 0x4; // F_SEAL_SHRINK | F_SEAL_GROW
const CHECK_MEMORY_FROM = 1 << 20;

const pid = native.processId();
const stat = newStat();
/** The header being read or made: a new one each time would be most of what a small object costs in V8. */
const page = new Uint8Array(HEADER_BYTES);

/** What a new object shall be. */
export interface ObjectSpec {
  readonly type: ObjectType;
  readonly name: string | null;
  readonly sizeBytes: number;
  readonly flags: number;
  readonly maximum: number;
  readonly initialState: number;
  readonly hugePages: boolean;
  readonly structure: Structure | null;
  /** Bytes that get memory at once; all of them when left out. */
  readonly backedBytes?: number;
}

/** An open memfd whose header was read and checked. */
export interface OpenMemory {
  readonly fd: number;
  readonly header: Header;
}

/** Reads and checks the header of an open file. @param stat what fstat says of it @throws RtError ERROR_FILE_CORRUPT */
export function readHeader(fd: number, stat: Stat): Header {
  const result = native.descriptorRead(fd, page, 0);
  if (result < 0) throw systemError(result, null, "the object's header cannot be read");
  return decodeHeader(result === HEADER_BYTES ? page : page.subarray(0, result), Number(stat[StatField.size]));
}

/** Refuses a file unless it is sealed: a peer could truncate it under our mapping, and the touch would kill us. */
function checkSealed(stat: Stat): void {
  if ((Number(stat[StatField.seals]) & SEALS) !== SEALS)
    throw failure("ERROR_FILE_CORRUPT", null, "the object's memory is not sealed against truncation");
}

/**
 * Opens the object that a path leads to; the current hold notes the descriptor.
 * @returns the negated errno when it cannot be opened, -ENXIO when it is something else
 * @throws RtError ERROR_FILE_CORRUPT when its bytes are not an object's
 */
export function openMemory(directory: number, path: string): OpenMemory | SystemResult {
  const fd = native.memoryOpen(directory, path, stat, page, unheldOffsetBytes());
  if (fd < 0) return fd;
  try {
    checkSealed(stat);
    const read = Number(stat[StatField.headerBytes]);
    const bytes = read === HEADER_BYTES ? page : page.subarray(0, read);
    return { fd, header: decodeHeader(bytes, Number(stat[StatField.size])) };
  } catch (error) {
    closeUnheld(fd);
    throw error;
  }
}

/** Makes the memory of a new object, header written. @throws RtError when there is not enough */
export function makeMemory(spec: ObjectSpec, namespace: NamespaceIdentity): { fd: number; header: Header } {
  const fileBytes = fileBytesFor(spec.sizeBytes, NEW_HEADER_BYTES);
  const tooLarge = spec.sizeBytes > MAX_SIZE_BYTES;
  if (tooLarge || (spec.backedBytes === undefined && fileBytes > CHECK_MEMORY_FROM && fileBytes > availableBytes()))
    throw failure(
      "ERROR_COMMITMENT_LIMIT",
      spec.name,
      `${String(spec.sizeBytes)} bytes are more than this machine or control group can give`,
    );
  const header: Header = {
    headerBytes: NEW_HEADER_BYTES,
    type: spec.type,
    flags: spec.flags,
    id: randomId(),
    sizeBytes: spec.sizeBytes,
    createdNs: BigInt(Date.now()) * 1_000_000n,
    creatorPid: pid,
    namespaceDevice: namespace.device,
    namespaceInode: namespace.inode,
    maximum: spec.maximum,
    name: spec.name,
    structure: spec.structure,
  };
  const label = `rtshm:${spec.name === null ? "" : encodeName(spec.name)}`;
  const bytes = encodeHeader(header, spec.initialState, page);
  const backed = spec.backedBytes ?? fileBytes;
  const fd = native.memoryCreate(label, fileBytes, backed, bytes, spec.hugePages ? 1 : 0, unheldOffsetBytes());
  if (fd < 0)
    throw systemError(
      fd,
      spec.name,
      `${String(spec.sizeBytes)} bytes of shared memory`,
      fd === -Errno.ENOSPC ? "ERROR_COMMITMENT_LIMIT" : undefined, // of a memfd: no memory left
    );
  return { fd, header };
}

/** The header of an object that the caller holds, read from its memory. */
export function headerOf(descriptor: DescriptorIndex): Header {
  const fd = descriptorFd(descriptor);
  native.descriptorStat(fd, stat);
  return readHeader(fd, stat);
}
