// The declaration in C, with assertions that the compiler has the same layout.
import { isBits } from "./bits.js";
import type { EnumType } from "./enumeration.js";
import type { BitsType, FieldType } from "./field-type.js";
import type { Member } from "./layout.js";
import { isAligned, isAnonymous } from "./member-types.js";
import { i32, u32 } from "./scalars.js";
import { isStruct, type StructType } from "./struct-type.js";

interface Declared {
  readonly pack?: number;
  readonly align?: number;
  readonly members: readonly Member[];
}

type Named = StructType | EnumType;

const isEnum = (type: FieldType): type is EnumType => "values" in type;
const elementOf = (type: FieldType): FieldType | undefined => (type as { element?: FieldType }).element;

/**
 * The structs, unions and enumerations that a type is made of, inner ones first; those without a name are in others.
 */
function collect(type: FieldType, into: Set<Named>): void {
  const element = elementOf(type);
  const { bits } = type as { bits?: BitsType };
  const part = element ?? bits?.base;
  if (part !== undefined) collect(part, into);
  if (isEnum(type)) into.add(type);
  if (!isStruct(type)) return;
  for (const field of type.fields) collect(field.type, into);
  into.add(type);
}

// A compiler chooses the integer of an enumeration by its values. Where another one is wanted a typedef beside it has
// its size.
function enumText({ name, base, values, prefix }: EnumType): string[] {
  const entries = Object.entries(values);
  const constants = entries.map(
    ([key, value]) => `  ${prefix}${key} = ${String(value)}${value > 0x7fff_ffff ? "u" : ""},`,
  );
  const isOwnChoice = base === (entries.some(([, value]) => value < 0) ? i32 : u32);
  const body = isOwnChoice
    ? [`typedef enum ${name} {`, ...constants, `} ${name};`]
    : [`enum ${name} {`, ...constants, "};", `typedef ${base.cDeclaration(name)};`];
  return [...body, `_Static_assert(sizeof(${name}) == ${String(base.sizeBytes)}, "${name} has another size");`, ""];
}

/**
 * A struct or a union from its keyword to what follows its }, in the `#pragma pack` that it needs where `around` holds.
 */
function bodyOf(type: StructType, around: number | undefined, before: string, tag: string, after: string): string[] {
  const { pack, align, members } = type as unknown as Declared;
  const attribute = align === undefined ? "" : ` __attribute__((aligned(${String(align)})))`;
  const inner = members.flatMap((member) => memberText(member, pack)).map((line) => `  ${line}`);
  const lines = [`${before}${type.kind}${attribute}${tag} {`, ...inner, `}${after};`];
  if (pack === around) return lines;
  const push = pack === undefined ? ["#pragma pack(push)", "#pragma pack()"] : [`#pragma pack(push, ${String(pack)})`];
  return [...push, ...lines, "#pragma pack(pop)"];
}

function memberText([name, type]: Member, pack: number | undefined): string[] {
  if (isBits(type)) return [`${type.base.cDeclaration(type.isUnnamed ? "" : name)} : ${String(type.width)};`];
  if (isAnonymous(type)) return bodyOf(type.anonymous as StructType, pack, "", "", "");
  if (!isAligned(type)) return [`${type.cDeclaration(name)};`];
  const { aligned, alignBytes } = type;
  const bytes = String(alignBytes);
  if (isAnonymous(aligned)) return bodyOf(aligned.anonymous as StructType, pack, `_Alignas(${bytes}) `, "", "");
  const text = aligned.cDeclaration(name);
  if (alignBytes >= aligned.alignmentBytes) return [`_Alignas(${bytes}) ${text};`];
  return [`${text} __attribute__((packed, aligned(${bytes})));`];
}

function structText(type: StructType): string[] {
  const { name, fields } = type;
  // C takes no offset of a bit-field.
  const checks = fields
    .filter(({ bits }) => bits === undefined)
    .map(
      (field) =>
        `_Static_assert(offsetof(${name}, ${field.name}) == ${String(field.offsetBytes)}, "${name}.${field.name} is elsewhere");`,
    );
  return [
    ...bodyOf(type, undefined, "typedef ", ` ${name}`, ` ${name}`),
    `_Static_assert(sizeof(${name}) == ${String(type.sizeBytes)}, "${name} has another size");`,
    ...checks,
    "",
  ];
}

/**
 * A C header (C11) that declares the structs and unions and all that they are made of, with a static assertion for each
 * size and offset.
 * @throws TypeError for what is no struct; RangeError when two different structs, enumerations or constants have one
 *   name
 */
export function toCHeader(...structs: readonly StructType[]): string {
  const all = new Set<Named>();
  for (const type of structs) {
    if (!isStruct(type)) throw new TypeError("a header is made of structs, as struct(…) makes them");
    collect(type, all);
  }
  const names = new Set<string>();
  const take = (name: string, what: string): void => {
    if (names.has(name)) throw new RangeError(`two ${what} are called ${name}: C needs a name for each`);
    names.add(name);
  };
  for (const type of all) {
    take(type.name, isEnum(type) ? "types" : "structs");
    if (isEnum(type)) for (const key of Object.keys(type.values)) take(`${type.prefix}${key}`, "constants");
  }
  return [
    "#pragma once",
    "",
    "#include <stdbool.h>",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "#include <uchar.h>",
    "",
    ...[...all].flatMap((type) => (isEnum(type) ? enumText(type) : structText(type))),
  ].join("\n");
}
