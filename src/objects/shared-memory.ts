// Shared memory.
import { descriptorFd, Advice, Mapping, closeObject, type NewObject, type Opened } from "../kernel/index.js";
import { FLAG_READ_ONLY } from "../protocol/object-header.js";
import { failure } from "../errors/rt-error.js";
import { systemError } from "../errors/system-error.js";
import { isStruct, type StructType } from "../struct/struct-type.js";
import { checkSize, checkStructure, structureOf } from "./agreement.js";
import { checkBoolean, checkDescriptor, checkInteger, checkName, checkOptions, shown } from "./arguments.js";
import { openAs, type Way } from "./open-object.js";
import { SharedObject, checkMade } from "./shared-object.js";

/** Memory without a struct. */
export interface Size {
  /** Bytes. */
  readonly size: number;
}

/** What the memory is for: a struct, or so many bytes. */
export type Layout = StructType | Size;

/** What the memory of a layout is accessed by: a struct's view; undefined when there is only a size. */
export type ViewIn<Memory> = Memory extends StructType<infer _Value, infer View> ? View : undefined;

/** The same where nothing can be stored. */
export type ReadonlyViewIn<Memory> =
  Memory extends StructType<infer _Value, infer _View, infer ReadonlyOne> ? ReadonlyOne : undefined;

/** How memory is mapped. */
export interface MapOptions {
  /** Touches all pages now, so that no first touch is slow later. */
  readonly prefault?: boolean;
  /** Keeps all pages in memory (mlock): needs the rights or `ulimit -l`. */
  readonly lock?: boolean;
}

/** What can be done through a handle. */
export type Access = "readWrite" | "read";

/** How an existing object is opened. */
export interface OpenMemoryOptions<Wanted extends Access = Access> extends MapOptions {
  /**
   * "read" maps it so that stores are caught: the object cannot be changed through this handle. "readWrite" when left
   * out.
   */
  readonly access?: Wanted;
}

/** What `open` and `attach` give. */
export type OpenedMemory<Memory, Wanted extends Access> = SharedMemory<
  Wanted extends "read" ? ReadonlyViewIn<Memory> : ViewIn<Memory>
>;

/** How new memory is made. */
export interface CreateMemoryOptions extends MapOptions {
  /** Asks the system for huge pages, from 2 MB on; when left out, as `RTSHM_HUGE_PAGES` has it. */
  readonly hugePages?: boolean;
}

const MAP_OPTIONS = ["prefault", "lock"];
const LARGEST = 2 ** 46;

interface Plan {
  readonly type: StructType | undefined;
  readonly sizeBytes: number;
}

function planOf(layout: Layout): Plan {
  if (isStruct(layout)) return { type: layout, sizeBytes: layout.sizeBytes };
  if (typeof layout !== "object" || (layout as unknown) === null || "typeName" in layout)
    throw new TypeError(`layout must be a struct or { size }, not ${shown(layout)}`);
  checkOptions(layout, ["size"]);
  return { type: undefined, sizeBytes: checkInteger("size", layout.size, 1, LARGEST) };
}

function checkFlags(options: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) checkBoolean(name, value);
  }
}

function prepare(mapping: Mapping, { prefault, lock }: MapOptions, name: string | null): void {
  const advise = (advice: Advice, what: string): void => {
    const result = mapping.advise(advice);
    if (result < 0) throw systemError(result, name, what);
  };
  if (prefault === true)
    advise(mapping.isWritable ? Advice.PopulateWrite : Advice.PopulateRead, "the pages cannot be touched now");
  if (lock === true) advise(Advice.Lock, "the pages cannot be locked in memory");
}

function open<View>(
  way: Way,
  plan: Plan | undefined,
  create: NewObject,
  options: OpenMemoryOptions,
): SharedMemory<View> {
  const isWritable = options.access !== "read";
  return openAs("sharedMemory", way, create, (opened) => {
    const { header } = opened;
    if (plan?.type !== undefined) checkStructure(header, plan.type);
    else if (plan !== undefined) checkSize(header.sizeBytes, plan.sizeBytes, header.name);
    if (isWritable && (header.flags & FLAG_READ_ONLY) !== 0)
      throw failure("ERROR_ACCESS_DENIED", header.name, 'created read-only: open it with access "read"');
    const fd = descriptorFd(opened.descriptor);
    const mapping = Mapping.create(fd, header.headerBytes, header.sizeBytes, isWritable, header.name);
    try {
      prepare(mapping, options, header.name);
      return new SharedMemory<View>(opened, mapping, plan?.type);
    } catch (error) {
      mapping.unmap();
      throw error;
    }
  });
}

function make<View>(way: Way, layout: Layout, options: CreateMemoryOptions): SharedMemory<View> {
  checkOptions(options, [...MAP_OPTIONS, "hugePages"]);
  checkFlags(options, [...MAP_OPTIONS, "hugePages"]);
  const plan = planOf(layout);
  const { hugePages } = options;
  const structure = plan.type === undefined ? null : structureOf(plan.type);
  const create = { sizeBytes: plan.sizeBytes, structure, ...(hugePages === undefined ? {} : { hugePages }) };
  return open(way, plan, create, options);
}

function find<View>(way: Way, layout: Layout | undefined, options: OpenMemoryOptions): SharedMemory<View> {
  checkOptions(options, [...MAP_OPTIONS, "access"]);
  checkFlags(options, MAP_OPTIONS);
  const { access = "readWrite" } = options;
  if (access !== "readWrite" && (access as string) !== "read")
    throw new RangeError(`access must be "read" or "readWrite", not ${shown(access)}`);
  return open(way, layout === undefined ? undefined : planOf(layout), {}, options);
}

/**
 * Memory that processes share: all bytes zero when it is new.
 * @example
 * const Storage = struct("Storage", { win32Index: u32, rtssIndex: u32 });
 * using shm = SharedMemory.openOrCreate("Storage.Name", Storage);
 * shm.view.win32Index = 7; // a plain store
 */
export class SharedMemory<View = undefined> extends SharedObject {
  readonly #view: View;
  readonly #mapping: Mapping;

  /** @internal */
  constructor(opened: Opened, mapping: Mapping, type: StructType | undefined) {
    super(checkMade(opened, "SharedMemory"), "sharedMemory");
    this.#mapping = mapping;
    const view = mapping.isWritable ? type?.view(mapping.buffer) : type?.readonlyView(mapping.buffer);
    this.#view = view as View;
  }

  /**
   * Makes memory for a struct, or of so many bytes. @throws RtError ERROR_ALREADY_EXISTS when the name is taken,
   * ERROR_COMMITMENT_LIMIT when there is not so much
   */
  static create<Memory extends Layout>(
    name: string,
    layout: Memory,
    options: CreateMemoryOptions = {},
  ): SharedMemory<ViewIn<Memory>> {
    return make({ create: checkName(name) }, layout, options);
  }

  /** Makes memory without a name: others attach to what `describe()` says. */
  static createUnnamed<Memory extends Layout>(
    layout: Memory,
    options: CreateMemoryOptions = {},
  ): SharedMemory<ViewIn<Memory>> {
    return make({ create: null }, layout, options);
  }

  /**
   * Opens existing memory, all of it.
   * @param layout what this program takes it for; checked
   * @throws RtError ERROR_FILE_NOT_FOUND when nobody holds the name, ERROR_INVALID_DATA when the creator's struct is
   *   another
   *   or the memory smaller, ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE when the name is no memory's
   */
  static open<Memory extends Layout | undefined = undefined, Wanted extends Access = "readWrite">(
    name: string,
    layout?: Memory,
    options: OpenMemoryOptions<Wanted> = {},
  ): OpenedMemory<Memory, Wanted> {
    return find({ open: checkName(name) }, layout, options);
  }

  /** Opens the memory of this name, or makes it: `created` tells which. Errors of both. */
  static openOrCreate<Memory extends Layout>(
    name: string,
    layout: Memory,
    options: CreateMemoryOptions = {},
  ): SharedMemory<ViewIn<Memory>> {
    return make({ openOrCreate: checkName(name) }, layout, options);
  }

  /** Opens what `describe()` of another handle says. Errors as for `open`. */
  static attach<Memory extends Layout | undefined = undefined, Wanted extends Access = "readWrite">(
    descriptor: string,
    layout?: Memory,
    options: OpenMemoryOptions<Wanted> = {},
  ): OpenedMemory<Memory, Wanted> {
    return find({ attach: checkDescriptor(descriptor) }, layout, options);
  }

  /**
   * The struct in the memory: its fields are plain loads and stores. undefined when the memory was opened without one.
   * One that was kept beyond `close()` has no bytes: its fields read as undefined, and stores go nowhere.
   */
  get view(): View {
    this.checkOpen("view");
    return this.#view;
  }

  /** All bytes. `close()` detaches it: its length is 0 then. Do not transfer it to another thread: attach there. */
  get buffer(): ArrayBuffer {
    this.checkOpen("buffer");
    return this.#mapping.buffer;
  }

  /** Bytes, as the creator asked for them. */
  get size(): number {
    return this.opened.header.sizeBytes;
  }

  /** Whether stores are possible through this handle. */
  get isWritable(): boolean {
    return this.#mapping.isWritable;
  }

  /** How many of the bytes are in huge pages now: those asked for, given and touched. Slow. */
  hugeBytes(): number {
    this.checkOpen("hugeBytes");
    return this.#mapping.hugeBytes();
  }

  protected override closeObject(): void {
    const { descriptor, header } = this.opened;
    this.#mapping.unmap();
    closeObject(descriptor, header.name);
  }
}
