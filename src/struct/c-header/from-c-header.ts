// Structs from a C header, so that a team keeps the header it has as the source.
import type { ArrayView } from "../array.js";
import type { BuildOptions } from "./build.js";
import { Declarations } from "./declarations.js";
import { structNamed, structsOf } from "./found.js";
import { preprocess, type Defines } from "./preprocessor.js";
import { Registry, rootScope } from "./scope.js";
import { TokenCursor, tokensOf } from "./tokens.js";
import type { FieldType } from "../field-type.js";
import { checkOptions } from "../options.js";
import type { ReadonlyView } from "../readonly-view.js";
import type { StructType } from "../struct-type.js";

/** How a header is read. */
export interface CHeaderOptions {
  /**
   * The structs that are wanted. What else cannot be read is no error then; without it every struct must be readable.
   */
  readonly only?: readonly string[];
  /** Macros: a value, true, or false for one that is not defined. What gcc on Linux defines is known. */
  readonly defines?: Defines;
  /** Types that the header takes from elsewhere. */
  readonly types?: Readonly<Record<string, FieldType<never> | FieldType>>;
  /** `LP64`, `long` has 8 bytes, or `LLP64`: 4, as on Windows. LP64 when left out; `LONG` and `DWORD` always have 4. */
  readonly dataModel?: "LP64" | "LLP64";
  /** What 64-bit integers are: `bigint`, or a checked `number`. bigint when left out. */
  readonly integers64?: "bigint" | "number";
  /** What `char name[n]` is: a string in `utf8`, or `bytes`. utf8 when left out. */
  readonly charArrays?: "utf8" | "bytes";
  /** Whether arrays of numbers are typed arrays; those of bytes always are. false when left out. */
  readonly typedArrays?: boolean;
  /** What enumerations are: their `names`, or `numbers`, for flags that are or-ed together. names when left out. */
  readonly enums?: "names" | "numbers";
  /**
   * What addresses are: `refused`, because they mean nothing in another process, or `u64`, for structs that one process
   * keeps some in for itself. refused when left out; of a union the other members are read.
   */
  readonly pointers?: "refused" | "u64";
}

const OPTIONS = [
  "only",
  "defines",
  "types",
  "dataModel",
  "integers64",
  "charArrays",
  "typedArrays",
  "enums",
  "pointers",
];

interface TypedArray {
  readonly BYTES_PER_ELEMENT: number;
}

/** The view of a struct with these values. */
export type HeaderView<Value> = {
  -readonly [Field in keyof Value as Value[Field] extends object ? never : Field]: Value[Field];
} & {
  readonly [Field in keyof Value as Value[Field] extends object ? Field : never]: HeaderPart<Value[Field]>;
} & {
  /** A copy of all fields. */
  get(): Value;
  /** Stores the fields that `value` has; nothing is stored if one does not fit. */
  set(value: Partial<Value>): void;
};

/** What a member with these values is in a view. */
export type HeaderPart<Value> = Value extends TypedArray
  ? Value
  : Value extends readonly (infer Element)[]
    ? ArrayView<Element, Element extends object ? HeaderPart<Element> : Element>
    : HeaderView<Value>;

/** The structs of a header by name. */
export type HeaderStructs<Values> = {
  readonly [Name in keyof Values]: StructType<
    Values[Name],
    HeaderView<Values[Name]>,
    ReadonlyView<HeaderView<Values[Name]>>
  >;
};

function oneOf<Choice extends string>(option: string, choices: readonly Choice[], given: Choice | undefined): Choice {
  const [usual] = choices as readonly [Choice];
  if (given !== undefined && !choices.includes(given))
    throw new RangeError(`${option} must be ${choices.join(" or ")}, not ${String(given)}`);
  return given ?? usual;
}

/**
 * Reads a C header as gcc on x64 Linux does: structs, typedefs, enums, bit-fields, arrays, `#define`, `#pragma pack`;
 * types of C, stdint.h and windows.h. Functions and variables are skipped. The values that you expect can be given as a
 * type: it is believed, not checked.
 * @example
 * const header = "typedef struct { double speed; char name[16]; } Motor;"; // or readFileSync("motor.h", "utf8")
 * const { Motor } = fromCHeader<{ Motor: { speed: number; name: string } }>(header);
 * Motor.view(new ArrayBuffer(Motor.sizeBytes)).speed = 1.5;
 * @throws CHeaderError that names line and construct for what it cannot read; TypeError, RangeError for a wrong option
 */
export function fromCHeader<Values = Readonly<Record<string, Record<string, unknown>>>>(
  text: string,
  options: CHeaderOptions = {},
): HeaderStructs<Values> {
  if (typeof text !== "string") throw new TypeError(`text must be a string, not ${typeof text}`);
  checkOptions(options, OPTIONS);
  const build: BuildOptions = {
    dataModel: oneOf("dataModel", ["LP64", "LLP64"], options.dataModel),
    integers64: oneOf("integers64", ["bigint", "number"], options.integers64),
    charArrays: oneOf("charArrays", ["utf8", "bytes"], options.charArrays),
    enums: oneOf("enums", ["names", "numbers"], options.enums),
    pointers: oneOf("pointers", ["refused", "u64"], options.pointers),
    typedArrays: options.typedArrays ?? false,
  };
  const { only, types = {}, defines = {} } = options;
  const lines = text.split("\n").length;
  const tokens = preprocess(tokensOf(text.replace(/^\ufeff/, "")), defines, build.dataModel === "LLP64");
  const registry = new Registry(rootScope(build, types));
  new Declarations(new TokenCursor(tokens, lines), registry, build).readAll();
  if (only === undefined && registry.lost[0] !== undefined) throw registry.lost[0];
  const found = structsOf(registry);
  const wanted = only?.map((name): [string, StructType] => [name, structNamed(name, found, lines)]);
  const all = [...found].flatMap(([name, { type }]): [string, StructType][] =>
    type === undefined ? [] : [[name, type]],
  );
  return Object.freeze(Object.fromEntries(wanted ?? all)) as HeaderStructs<Values>;
}
