// All the ways in which headers pack structs, as the compilers read them: a struct of a wrong layout would be worse than an error.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromCHeader } from "rtshm/c-header";
import type { StructType } from "rtshm/struct";
import { compilers, runInC } from "./c-compiler.js";

// Microsoft's headers for packing, which gcc does not have.
const include = mkdtempSync(join(tmpdir(), "rtshm-include-"));
after(() => rmSync(include, { recursive: true }));
for (const pack of [1, 2, 4, 8, 16])
  writeFileSync(join(include, `pshpack${String(pack)}.h`), `#pragma pack(push, ${String(pack)})\n`);
writeFileSync(join(include, "poppack.h"), "#pragma pack(pop)\n");

const BODY = "{ char c; short s; int i; long long l; }";
const ways: Readonly<Record<string, string>> = {
  "Microsoft's headers": `
    #include <pshpack1.h>
    struct A ${BODY};
    #include "pshpack2.h"
    struct B ${BODY};
    #include <poppack.h>
    struct C ${BODY};
    #include <poppack.h>
    #include <pshpack4.h>
    struct D ${BODY};
    #include <poppack.h>
    struct E ${BODY};`,
  "the operator _Pragma": `
    _Pragma("pack(push, 1)")
    struct A ${BODY};
    struct B ${BODY};
    _Pragma("pack(pop)")
    struct C ${BODY};
    #define BEGIN_PACKED _Pragma("pack(push, 2)") _Pragma("message(\\"two\\")")
    #define END_PACKED _Pragma("pack(pop)")
    BEGIN_PACKED
    struct D ${BODY};
    END_PACKED
    struct E ${BODY};`,
  "a condition on the compiler": `
    #ifdef _MSC_VER
    #include <pshpack1.h>
    #endif
    struct A ${BODY};
    #ifdef __GNUC__
    #include <pshpack2.h>
    #endif
    struct B ${BODY};
    #ifdef __GNUC__
    #include <poppack.h>
    #endif
    struct C ${BODY};
    __extension__ struct D ${BODY};
    #pragma pack(2)
    struct E ${BODY};`,
};

for (const compiler of compilers)
  for (const [way, header] of Object.entries(ways))
    test(`${compiler} packs as it is read: ${way}`, () => {
      const names = ["A", "B", "C", "D", "E"];
      const read = fromCHeader(header) as Readonly<Record<string, StructType>>;
      const expected = names.map((name) => {
        const type = read[name];
        return [name, type?.sizeBytes, type?.alignmentBytes, type?.offsetOf("i"), type?.offsetOf("l")].join(" ");
      });
      const prints = names.map((name) => {
        const inC = `struct ${name}`;
        const offsets = `offsetof(${inC}, i), offsetof(${inC}, l)`;
        return `printf("${name} %zu %zu %zu %zu\\n", sizeof(${inC}), _Alignof(${inC}), ${offsets});`;
      });
      const source = `#include <stddef.h>\n#include <stdio.h>\n${header}\nint main(void) { ${prints.join("\n")} return 0; }`;
      assert.deepEqual(
        runInC(compiler, source, undefined, ["-w", `-I${include}`])
          .toString()
          .trim()
          .split("\n"),
        expected,
      );
    });

test("Microsoft's own operator packs too", () => {
  const text = `__pragma(pack(push, 1)) struct A ${BODY}; __pragma(pack(pop)) struct B ${BODY}; __pragma(warning(disable: 4200))`;
  const { A, B } = fromCHeader(text, { dataModel: "LLP64" });
  assert.deepEqual([A?.sizeBytes, B?.sizeBytes], [15, 16]);
});
