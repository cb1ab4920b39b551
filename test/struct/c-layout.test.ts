// The layout is that of the C compilers of this machine, offset by offset, and so are the values.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toCHeader, type BitsType, type EnumType } from "rtshm/struct";
import { compilers, runInC } from "./c-compiler.js";
import { Values, picked, randomStruct, type AnyStruct, type AnyType } from "./random-struct.js";

const STRUCTS = 300;
const INCLUDES = "#include <stdio.h>\n#include <string.h>\n";

const samples = (seed: number, count: number): AnyStruct[] => fc.sample(randomStruct, { seed, numRuns: count });
/** Fields that have an offset in C. */
const addressable = ({ fields }: AnyStruct) => fields.filter(({ bits }) => bits === undefined);
const valueOf = (type: AnyStruct, seed: number) => new Values(seed).of(type) as Record<string, unknown>;

function programOf(structs: readonly AnyStruct[], body: readonly string[]): string {
  const header = toCHeader(...structs).replace("#pragma once", "");
  return `${header}\n${INCLUDES}int main(void) { ${body.join("\n")} return 0; }`;
}

test("this machine has a C compiler to compare with", () => {
  assert.ok(compilers.length > 0);
});

for (const compiler of compilers) {
  test(`${compiler} agrees on each size and offset of ${STRUCTS} random structs, packed or not, nested and repeated`, () => {
    const structs = samples(1, STRUCTS);
    const prints = structs.flatMap((type) => [
      `printf("%zu %zu", sizeof(${type.name}), _Alignof(${type.name}));`,
      ...addressable(type).map((field) => `printf(" %zu", offsetof(${type.name}, ${field.name}));`),
      `printf("\\n");`,
    ]);
    assert.deepEqual(
      runInC(compiler, programOf(structs, prints)).toString().trim().split("\n"),
      structs.map((s) => [s.sizeBytes, s.alignmentBytes, ...addressable(s).map((f) => f.offsetBytes)].join(" ")),
    );
  });

  test(`${compiler} refuses a header with another size or offset than its own`, () => {
    const structs = samples(2, 1);
    const program = programOf(structs, []);
    assert.doesNotThrow(() => runInC(compiler, program));
    for (const [pattern, message] of [
      [/(sizeof\(\w+\) == )(\d+)/, /has another size/],
      [/(offsetof\(\w+, \w+\) == )(\d+)/, /is elsewhere/],
    ] as const) {
      const wrong = program.replace(pattern, (_all, head: string, n: string) => `${head}${Number(n) + 1}`);
      assert.throws(() => runInC(compiler, wrong), message);
    }
  });

  test(`values that were stored are in ${compiler}'s fields, and values that it stored are read`, () => {
    const structs = samples(3, 60);
    // Field by field, so that a wrong offset loses a value and the padding is lost.
    const copies = structs.map(({ name, fields }) => {
      const members = fields
        .map(({ name: f, bits }) =>
          bits === undefined ? `memcpy(&out.${f}, &in.${f}, sizeof out.${f});` : `out.${f} = in.${f};`,
        )
        .join(" ");
      return `{ ${name} in, out; memset(&out, 0, sizeof out); if (fread(&in, sizeof in, 1, stdin) != 1) return 1; ${members} fwrite(&out, sizeof out, 1, stdout); }`;
    });
    const inputs = structs.map((s, i) => {
      const bytes = new Uint8Array(s.sizeBytes).fill(0xee);
      s.write(bytes.buffer, 0, valueOf(s, i));
      return bytes;
    });
    const output = runInC(compiler, programOf(structs, copies), Buffer.concat(inputs));
    let offset = 0;
    for (const [i, s] of structs.entries()) {
      const bytes = new Uint8Array(output.subarray(offset, offset + s.sizeBytes));
      assert.deepEqual(picked(s.read(bytes.buffer), valueOf(s, i)), valueOf(s, i), s.declaration);
      offset += s.sizeBytes;
    }
  });

  test(`${compiler} has each bit-field of ${STRUCTS} random structs in the same bits, and changes no other`, () => {
    const structs = samples(4, STRUCTS);
    const fields = structs.flatMap((type) =>
      type.fields.filter(({ bits }) => bits !== undefined).map((field) => ({ type, field })),
    );
    assert.ok(fields.length > STRUCTS, "enough of them");
    const dumps = fields.flatMap(({ type: { name }, field }) =>
      ["0x00", "0xff"].map(
        (fill) =>
          `{ ${name} s; memset(&s, ${fill}, sizeof s); s.${field.name} = ${onesOrZeros(field.type, fill)}; fwrite(&s, sizeof s, 1, stdout); }`,
      ),
    );
    const expected = fields.flatMap(({ type, field: { name, type: fieldType } }) =>
      [0x00, 0xff].map((fill) => {
        const bytes = new Uint8Array(type.sizeBytes).fill(fill);
        type.view(bytes.buffer)[name] = filled(fieldType, fill);
        return bytes;
      }),
    );
    const output = runInC(compiler, programOf(structs, dumps));
    let offset = 0;
    for (const [i, bytes] of expected.entries()) {
      const there = output.subarray(offset, (offset += bytes.length));
      const { type, field } = fields[i >> 1] as (typeof fields)[0];
      assert.deepEqual(new Uint8Array(there), bytes, `${field.name} of ${toCHeader(type)}`);
    }
    assert.equal(offset, output.length);
  });
}

/** What is stored into a bit-field among zeros, and among ones, in C. */
function onesOrZeros(type: AnyType, fill: string): string {
  const { base } = (type as unknown as { bits: BitsType }).bits;
  if ("values" in base) return `${(base as EnumType).prefix}${fill === "0x00" ? "Two" : "Zero"}`;
  return fill === "0x00" ? (base.typeName === "bool" ? "1" : "-1") : "0";
}

function filled(type: AnyType, fill: number): unknown {
  const { base } = (type as unknown as { bits: BitsType }).bits;
  if ("values" in base) return fill === 0 ? "Two" : "Zero";
  if (base.typeName === "bool") return fill === 0;
  return base.sizeBytes === 8 ? (fill === 0 ? -1n : 0n) : fill === 0 ? -1 : 0;
}
