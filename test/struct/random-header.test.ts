// Random declarations of C and of C++, read and compared with the layout that each compiler of this machine gives them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHeaderError, fromCHeader } from "rtshm/c-header";
import type { FieldPlace, StructType } from "rtshm/struct";
import { cppCompilers, compilers, missing, runInC, runInCpp } from "./c-compiler.js";
import { HeaderMaker, type RandomHeader } from "./random-header.js";

const HEADERS = process.env.RTSHM_LONG === "1" ? 5000 : 500;

/** What is refused because compilers differ, or because it is too rare to be worth while; each says so. */
const REFUSED =
  /compilers differ|packs in another way than its base|has bit-fields, and aligned members or bases|packed or aligned itself|aligned to more than their size|two fields that are called|no field that can be reached|must lie at a multiple/;

interface Read {
  readonly header: RandomHeader;
  readonly structs: readonly { readonly inC: string; readonly type: StructType }[];
}

function readAll(language: "c" | "c++", seed: number): { read: Read[]; refused: string[] } {
  const maker = new HeaderMaker(seed, language);
  const read: Read[] = [];
  const refused: string[] = [];
  for (let i = 0; i < HEADERS; i++) {
    const header = maker.make();
    try {
      const structs = fromCHeader(header.text) as Readonly<Record<string, StructType>>;
      const named = header.names.map((inC) => ({ inC, type: structs[inC.replace(/^\w+ /, "")] as StructType }));
      assert.ok(
        named.every(({ type }) => (type as unknown) !== undefined),
        header.text,
      );
      read.push({ header, structs: named });
    } catch (error) {
      assert.ok(
        error instanceof CHeaderError && REFUSED.test(error.message),
        `${(error as Error).message}\n${header.text}`,
      );
      refused.push(error.message);
    }
  }
  return { read, refused };
}

const plain = ({ fields }: StructType): FieldPlace[] => fields.filter(({ bits }) => bits === undefined);
const inNamespace = (i: number, { header: { text, isGlobal } }: Read): string =>
  isGlobal ? text : `namespace header${String(i)} {\n${text}\n}`;

/** A program that prints what the compiler makes of each struct, and what the bytes are when a bit-field of it is all ones. */
function programOf(all: readonly Read[], language: "c" | "c++"): string {
  const isCpp = language === "c++";
  const alignOf = isCpp ? "alignof" : "_Alignof";
  const texts = all.map((one, i) => inNamespace(i, one));
  const numbers = all.flatMap((one, i) =>
    one.structs.map(({ inC, type }) => {
      const name = one.header.isGlobal ? inC : `header${String(i)}::${inC}`;
      return [
        `sizeof(${name})`,
        `${alignOf}(${name})`,
        ...plain(type).map((field) => `offsetof(${name}, ${field.name})`),
      ].join(", ");
    }),
  );
  const dumps = all.flatMap((one, i) =>
    one.structs.flatMap(({ inC, type }) => {
      const name = one.header.isGlobal ? inC : `header${String(i)}::${inC}`;
      return type.fields
        .filter(({ bits }) => bits !== undefined)
        .map(
          (field) =>
            `{ memset(bytes, 0, sizeof bytes); ((${name} *)bytes)->${field.name} = -1; fwrite(bytes, sizeof(${name}), 1, stdout); }`,
        );
    }),
  );
  return `${isCpp ? "#include <array>\n#include <atomic>\n#include <cstddef>\n#include <cstdint>\n#include <cstdio>\n#include <cstring>" : "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <string.h>"}
${texts.join("\n")}
static const unsigned long numbers[] = { ${numbers.join(",\n")} };
static unsigned char bytes[65536] __attribute__((aligned(64)));
int main(void) { fwrite(numbers, sizeof numbers, 1, stdout); ${dumps.join("\n")} return 0; }`;
}

function expectedOf(all: readonly Read[]): { where: string; bytes: Uint8Array }[] {
  const structs = all.flatMap(({ structs: each, header }) => each.map((one) => ({ ...one, header })));
  const numbers = structs.map(({ type, inC, header }) => {
    const found = [type.sizeBytes, type.alignmentBytes, ...plain(type).map(({ offsetBytes }) => offsetBytes)];
    return { where: `${inC} of ${header.text}`, bytes: new Uint8Array(BigUint64Array.from(found, BigInt).buffer) };
  });
  const dumps = structs.flatMap(({ type, inC, header }) =>
    type.fields
      .filter(({ bits }) => bits !== undefined)
      .map((field) => {
        const bytes = new Uint8Array(type.sizeBytes);
        const view = type.view(bytes.buffer) as Record<string, unknown>;
        view[field.name] = field.type.typeName.startsWith("u64") ? -1n : -1;
        return { where: `${inC}.${field.name} of ${header.text}`, bytes };
      }),
  );
  return [...numbers, ...dumps];
}

function compare(language: "c" | "c++", seed: number, run: (source: string) => Buffer): void {
  const { read, refused } = readAll(language, seed);
  assert.ok(read.length > HEADERS * 0.8, `${String(refused.length)} are refused`);
  const output = run(programOf(read, language));
  let offset = 0;
  for (const { where, bytes } of expectedOf(read)) {
    const there = new Uint8Array(output.subarray(offset, (offset += bytes.length)));
    assert.deepEqual(there, bytes, where);
  }
  assert.equal(offset, output.length);
}

for (const compiler of compilers)
  test(`${compiler} lays out the structs of ${String(HEADERS)} random headers of C as they are read`, () => {
    compare("c", 7, (source) => runInC(compiler, source, undefined, ["-std=gnu11", "-w"]));
  });

for (const compiler of cppCompilers)
  test(`${compiler} lays out the structs of ${String(HEADERS)} random headers of C++ as they are read`, () => {
    compare("c++", 11, (source) => runInCpp(compiler, source));
  });

for (const compiler of missing)
  test(
    `${compiler} lays them out as they are read`,
    { skip: `${compiler} is not on this machine: nothing was compared with it` },
    () => undefined,
  );
