// Every byte of an object's header page, drawn in docs/memory-layout.md. Offsets are bytes; words have 32 bits,
// little-endian.
import { failure } from "../errors/rt-error.js";

/**
 * Object types as stored in the header. An event's kind is part of its type, because the two kinds behave differently
 * and never mix.
 */
export const ObjectType = {
  SharedMemory: 1,
  AutoResetEvent: 2,
  ManualResetEvent: 3,
  Mutex: 4,
  Semaphore: 5,
  /** The namespace's own memory of threads and waits; users never see it. */
  Dispatcher: 6,
  /** Data that threads wait for to change. */
  Snapshot: 7,
  Ring: 8,
} as const;
export type ObjectType = (typeof ObjectType)[keyof typeof ObjectType];

/**
 * The bytes of a header that have a meaning. The data begin at `headerBytes`, which is larger where pages are larger.
 */
export const HEADER_BYTES = 4096;
const MAX_HEADER_BYTES = 65_536;
/** The longest name, in UTF-16 units. */
export const MAX_NAME_UNITS = 260;
/** Changes with every change of a shared byte. A program refuses objects of another version. */
export const LAYOUT_VERSION = 2;
/** The largest object: the most that an address space of 47 bits can hold. */
export const MAX_SIZE_BYTES = 2 ** 46;

const MAGIC = 0x4853_5452; // "RTSH"
const BYTE_ORDER = 0x0102_0304;

/**
 * Byte offsets of the fields. The creator writes them before the object can be found; only the namespace's two change
 * later.
 */
export const HeaderOffset = {
  magic: 0,
  layoutVersion: 4,
  byteOrder: 8,
  headerBytes: 12, // where the data begin
  type: 16,
  flags: 20,
  id: 24, // 16 random bytes
  sizeBytes: 40, // 64-bit: the size asked for
  createdNs: 48, // 64-bit: CLOCK_REALTIME
  creatorPid: 56,
  reserved: 60,
  namespaceDevice: 64, // 64-bit: st_dev, st_ino of the namespace directory; rewritten if it was removed and made again
  namespaceInode: 72,
  maximum: 80, // a semaphore's maximum, or a ring's capacity in slots
  nameUnits: 84, // 0xFFFFFFFF: unnamed
  structHash: 88, // 8 bytes in the order of the hash's digits; all 0: the creator declared no struct
  structBytes: 96, // of structText
  name: 512, // UTF-16LE
  structText: 1032, // the declaration, or as much of it as fits
} as const;

/** The part of a declaration that a header has room for. */
export const MAX_STRUCT_BYTES = HEADER_BYTES - HeaderOffset.structText;
const NO_HASH = "0".repeat(16);

/**
 * Indices of the words that change, in an Int32Array over the header page; they have a cache line of their own.
 * state: any thread, by compare-and-swap, while WAITERS is clear. The swap that sets WAITERS freezes the word: then the
 *   dispatcher's entry holds the state, and only a thread with the dispatcher lock stores here, to thaw it.
 * recursion: how often the mutex's owner took it again. Written by the owner only.
 * entry: block of the object's entry in the dispatcher. Written under the dispatcher lock, before the word is frozen.
 */
export const StateWord = { state: 32, recursion: 33, entry: 34 } as const;

/** Flag: created PAGE_READONLY on the win32 side, so that win32 openers cannot ask for write access. */
export const FLAG_READ_ONLY = 1;

const UNNAMED = 0xffff_ffff;

/**
 * The unchanging part of a header, as plain data. The namespace's numbers are exact, because some file systems number
 * above 2^53.
 */
export interface Header {
  /** Where the data begin in the file: a power of two, the page size of the machine or 4096. */
  readonly headerBytes: number;
  readonly type: ObjectType;
  readonly flags: number;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly sizeBytes: number;
  readonly createdNs: bigint;
  readonly creatorPid: number;
  readonly namespaceDevice: bigint;
  readonly namespaceInode: bigint;
  readonly maximum: number;
  readonly name: string | null;
  /** What the creator says the data is; null when it declared nothing. */
  readonly structure: Structure | null;
}

/** A declaration of data: two programs agree on it if the hashes are equal. */
export interface Structure {
  /** 16 hexadecimal digits. */
  readonly hash: string;
  /** For error messages; it may be cut off. */
  readonly declaration: string;
}

// Byte `index` of lower-case hexadecimal digits. Computed digit by digit, because a slice and a parseInt cost more than
// the rest of a header.
function byteOf(hex: string, index: number): number {
  const high = hex.charCodeAt(2 * index);
  const low = hex.charCodeAt(2 * index + 1);
  return ((high - (high > 57 ? 87 : 48)) << 4) | (low - (low > 57 ? 87 : 48));
}

function wordOf(hex: string, index: number): number {
  return (
    byteOf(hex, index) | (byteOf(hex, index + 1) << 8) | (byteOf(hex, index + 2) << 16) | (byteOf(hex, index + 3) << 24)
  );
}

/** The first two words of an id, as an Int32Array over the header has them. */
export function firstIdWords(id: string): [number, number] {
  return [wordOf(id, 0), wordOf(id, 4)];
}

function setUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}

/** The two fields that say to which namespace an object belongs, for `HeaderOffset.namespaceDevice`. */
export function encodeNamespace(device: bigint, inode: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, device, true);
  view.setBigUint64(8, inode, true);
  return bytes;
}

function encodeStructure(view: DataView, page: Uint8Array, { hash, declaration }: Structure): void {
  view.setBigUint64(HeaderOffset.structHash, BigInt(`0x${hash}`), false);
  const text = page.subarray(HeaderOffset.structText);
  view.setUint32(HeaderOffset.structBytes, new TextEncoder().encodeInto(declaration, text).written, true);
}

/**
 * The bytes of a new header page. `initialState` goes into the state word.
 * @param page where they go: a page of the caller's, which is overwritten, or a new one
 */
export function encodeHeader(header: Header, initialState: number, page = new Uint8Array(HEADER_BYTES)): Uint8Array {
  const view = new DataView(page.buffer, page.byteOffset, HEADER_BYTES);
  const o = HeaderOffset;
  const { name } = header;
  page.fill(0);
  view.setUint32(o.magic, MAGIC, true);
  view.setUint32(o.layoutVersion, LAYOUT_VERSION, true);
  view.setUint32(o.byteOrder, BYTE_ORDER, true);
  view.setUint32(o.headerBytes, header.headerBytes, true);
  view.setUint32(o.type, header.type, true);
  view.setUint32(o.flags, header.flags, true);
  for (let i = 0; i < 16; i++) page[o.id + i] = byteOf(header.id, i);
  setUint64(view, o.sizeBytes, header.sizeBytes);
  view.setBigUint64(o.createdNs, header.createdNs, true);
  view.setUint32(o.creatorPid, header.creatorPid, true);
  view.setBigUint64(o.namespaceDevice, header.namespaceDevice, true);
  view.setBigUint64(o.namespaceInode, header.namespaceInode, true);
  view.setUint32(o.maximum, header.maximum, true);
  view.setUint32(o.nameUnits, name === null ? UNNAMED : name.length, true);
  for (let i = 0; name !== null && i < name.length; i++) view.setUint16(o.name + 2 * i, name.charCodeAt(i), true);
  if (header.structure !== null) encodeStructure(view, page, header.structure);
  view.setInt32(StateWord.state * 4, initialState, true);
  return page;
}

function decodeName(page: Buffer): string | null | undefined {
  const units = page.readUInt32LE(HeaderOffset.nameUnits);
  if (units === UNNAMED) return null;
  if (units > MAX_NAME_UNITS) return undefined;
  return page.toString("utf16le", HeaderOffset.name, HeaderOffset.name + 2 * units);
}

function decodeStructure(page: Buffer): Structure | null {
  const hash = page.toString("hex", HeaderOffset.structHash, HeaderOffset.structHash + 8);
  if (hash === NO_HASH) return null;
  const bytes = page.readUInt32LE(HeaderOffset.structBytes);
  if (bytes > MAX_STRUCT_BYTES) damaged("the stored declaration is longer than the page");
  return { hash, declaration: page.toString("utf8", HeaderOffset.structText, HeaderOffset.structText + bytes) };
}

function damaged(detail: string): never {
  throw failure("ERROR_FILE_CORRUPT", null, detail);
}

/**
 * Reads a header that another process wrote: every field is checked before it is believed.
 * @param bytes the first page; it is shorter when the file is
 * @param fileBytes the size that the system reports, which must agree with the header's
 * @throws RtError ERROR_FILE_CORRUPT saying which field is wrong
 */
export function decodeHeader(bytes: Uint8Array, fileBytes: number): Header {
  if (bytes.byteLength < HEADER_BYTES) damaged("the object is shorter than its header page");
  const page = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const o = HeaderOffset;
  const word = (offset: number): number => page.readUInt32LE(offset);
  const long = (offset: number): number => word(offset) + word(offset + 4) * 2 ** 32;
  if (word(o.magic) !== MAGIC) damaged("the header does not begin as an rtshm object does");
  if (word(o.layoutVersion) !== LAYOUT_VERSION)
    damaged(
      `the object has layout version ${String(word(o.layoutVersion))}, this rtshm reads ${String(LAYOUT_VERSION)}: ` +
        "let all programs that share it use one rtshm version",
    );
  if (word(o.byteOrder) !== BYTE_ORDER) damaged("its byte order is not this machine's");
  const headerBytes = word(o.headerBytes);
  if (!isHeaderSize(headerBytes)) damaged(`a header cannot have ${String(headerBytes)} bytes`);
  const type = word(o.type) as ObjectType;
  if (type < ObjectType.SharedMemory || type > ObjectType.Ring)
    damaged(`the object type ${String(type)} does not exist`);
  const sizeBytes = long(o.sizeBytes);
  if (sizeBytes > MAX_SIZE_BYTES || fileBytesFor(sizeBytes, headerBytes) !== fileBytes)
    damaged(`the header says ${String(sizeBytes)} bytes of data, the file has ${String(fileBytes)} in all`);
  const maximum = word(o.maximum);
  if (type === ObjectType.Semaphore && (maximum < 1 || maximum > 0x7fff_ffff))
    damaged(`a semaphore cannot have the maximum ${String(maximum)}`);
  const name = decodeName(page);
  if (name === undefined) damaged("the stored name is longer than a name can be");
  return {
    headerBytes,
    type,
    flags: word(o.flags),
    id: page.toString("hex", o.id, o.id + 16),
    sizeBytes,
    createdNs: page.readBigUInt64LE(o.createdNs),
    creatorPid: word(o.creatorPid),
    namespaceDevice: page.readBigUInt64LE(o.namespaceDevice),
    namespaceInode: page.readBigUInt64LE(o.namespaceInode),
    maximum,
    name,
    structure: decodeStructure(page),
  };
}

function isHeaderSize(bytes: number): boolean {
  return bytes >= HEADER_BYTES && bytes <= MAX_HEADER_BYTES && (bytes & (bytes - 1)) === 0;
}

/**
 * The header size of new objects on a machine with pages of `pageBytes`: the data must begin where a mapping can begin.
 */
export function headerBytesFor(pageBytes: number): number {
  return Math.max(HEADER_BYTES, pageBytes);
}

/**
 * The bytes of an object with `sizeBytes` of data: the header, and the data rounded up to a multiple of the header's
 * size.
 */
export function fileBytesFor(sizeBytes: number, headerBytes = HEADER_BYTES): number {
  return headerBytes + Math.ceil(sizeBytes / headerBytes) * headerBytes;
}
