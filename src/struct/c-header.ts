// The declaration in C, with assertions that the compiler has the same layout.
import type { FieldType } from "./field-type.js";
import type { StructType } from "./struct-type.js";

interface Packed {
  readonly pack?: number;
}

const isStruct = (type: FieldType): type is StructType => "fields" in type;
const elementOf = (type: FieldType): FieldType | undefined => (type as { element?: FieldType }).element;

/** The structs that a type is made of, inner ones first. */
function collect(type: FieldType, into: Set<StructType>): void {
  const element = elementOf(type);
  if (element !== undefined) collect(element, into);
  if (!isStruct(type)) return;
  for (const field of type.fields) collect(field.type, into);
  into.add(type);
}

function structText(type: StructType & Packed): string[] {
  const { name } = type;
  const members = type.fields.map((field) => `  ${field.type.cDeclaration(field.name)};`);
  const body = [`typedef struct ${name} {`, ...members, `} ${name};`];
  const packed =
    type.pack === undefined ? body : [`#pragma pack(push, ${String(type.pack)})`, ...body, "#pragma pack(pop)"];
  const checks = type.fields.map(
    (field) =>
      `_Static_assert(offsetof(${name}, ${field.name}) == ${String(field.offsetBytes)}, "${name}.${field.name} is elsewhere");`,
  );
  return [
    ...packed,
    `_Static_assert(sizeof(${name}) == ${String(type.sizeBytes)}, "${name} has another size");`,
    ...checks,
    "",
  ];
}

/**
 * A C header (C11) that declares the structs and all that they are made of, with a static assertion for each size and offset.
 * @throws RangeError when two different structs have one name
 */
export function toCHeader(...structs: readonly StructType[]): string {
  const all = new Set<StructType>();
  for (const type of structs) collect(type, all);
  const names = new Map<string, string>();
  for (const { name, declaration } of all) {
    if (names.has(name)) throw new RangeError(`two structs are called ${name}: C needs a name for each`);
    names.set(name, declaration);
  }
  return [
    "#pragma once",
    "",
    "#include <stdbool.h>",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "",
    ...[...all].flatMap(structText),
  ].join("\n");
}
