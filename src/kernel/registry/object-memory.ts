// The memory of one object: making it sealed and backed, and reading a header only after checking what the system says of it.
import { native } from "../../native/load.js";
import { availableBytes } from "../memory/available-memory.js";
import { descriptorFd, noteAt, type DescriptorIndex } from "../process/descriptor-table.js";
import {
  HEADER_BYTES,
  decodeHeader,
  encodeHeader,
  fileBytesFor,
  type Header,
  type ObjectType,
  type Structure,
} from "../../protocol/object-header.js";
import { encodeName } from "../../protocol/name-encoding.js";
import type { NamespaceIdentity } from "./namespace.js";
import { HoldWord, holdWords } from "../process/process-block.js";
import { randomId } from "./random-id.js";
import { failure } from "../../errors/rt-error.js";
import { systemError } from "../../errors/system-error.js";

const SEALS = 0x2 | 0x4; // F_SEAL_SHRINK | F_SEAL_GROW
const CHECK_MEMORY_FROM = 1 << 20;
const LARGEST = 2 ** 46;

const pid = native.processId();
/** What the system says of the file looked at last: [dev, ino, size, mode, uid, nlink, seals]. */
export const fileStat = new Float64Array(7);
/** The header page being read or made: a new one each time would be most of what a small object costs in V8. */
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

/** Reads and checks the header of an open file that `fileStat` describes. @throws RtError ERROR_FILE_CORRUPT */
export function readHeader(fd: number): Header {
  const result = native.descriptorRead(fd, page, 0);
  if (result < 0) throw systemError(result, null, "the object's header cannot be read");
  return decodeHeader(result === HEADER_BYTES ? page : page.subarray(0, result), fileStat[2] ?? 0);
}

/**
 * Refuses the file that `fileStat` describes unless it is sealed: a peer could truncate it under our mapping, and the touch
 * would kill us.
 */
export function checkSealed(): void {
  if (((fileStat[6] ?? 0) & SEALS) !== SEALS)
    throw failure("ERROR_FILE_CORRUPT", null, "the object's memory is not sealed against truncation");
}

/** Makes the memory of a new object, header written. @throws RtError when there is not so much */
export function makeMemory(spec: ObjectSpec, namespace: NamespaceIdentity): { fd: number; header: Header } {
  const fileBytes = fileBytesFor(spec.sizeBytes);
  const tooLarge = spec.sizeBytes > LARGEST;
  if (tooLarge || (spec.backedBytes === undefined && fileBytes > CHECK_MEMORY_FROM && fileBytes > availableBytes()))
    throw failure(
      "ERROR_COMMITMENT_LIMIT",
      spec.name,
      `${String(spec.sizeBytes)} bytes are more than this machine or control group can give`,
    );
  const header: Header = {
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
  const fd = native.memoryCreate(label, fileBytes, backed, bytes, spec.hugePages ? 1 : 0);
  if (noteAt >= 0 && fd >= 0) holdWords[noteAt + HoldWord.unheld] = fd + 1;
  if (fd < 0) throw systemError(fd, spec.name, `${String(spec.sizeBytes)} bytes of shared memory`);
  return { fd, header };
}

/** The header of an object that the caller holds, read from its memory. */
export function headerOf(descriptor: DescriptorIndex): Header {
  const fd = descriptorFd(descriptor);
  native.descriptorStat(fd, fileStat);
  return readHeader(fd);
}
