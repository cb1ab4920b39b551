// RtPrintf and RtWprintf as exported: they write to standard output, at once, and say how much. Formats: test/rtx-printf.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { onBothSides } from "../support/sides.js";

const PROGRAM = fileURLToPath(new URL("../support/printf-program.js", import.meta.url));

type Argument = string | number | { readonly big: string };
type Call = readonly [format: string, ...args: Argument[]];

const calls: readonly (readonly [Call, string])[] = [
  [["plain\n"], "plain\n"],
  [[""], ""],
  [["100%%"], "100%"],
  [["%d and %i", -5, 7], "-5 and 7"],
  [["%u", 4294967295], "4294967295"],
  [["%x %X", 48879, 48879], "beef BEEF"],
  [["%08x|%-6d|%6d|%+d", 255, 42, 42, 42], "000000ff|42    |    42|+42"],
  [["%s|%10s|%-10s|%.2s", "abc", "abc", "abc", "abc"], "abc|       abc|abc       |ab"],
  [["%c%c", 72, 105], "Hi"],
  [["%f %.2f %e %g", 1.5, 2.345, 12345.678, 0.0001], "1.500000 2.35 1.234568e+04 0.0001"],
  [
    ["%lld %llu", { big: "-9007199254740993" }, { big: "18446744073709551615" }],
    "-9007199254740993 18446744073709551615",
  ],
  [["%I64x", { big: "1311768467463790320" }], "123456789abcdef0"],
  [["%*d|%.*f", 5, 42, 1, 2.25], "   42|2.2"],
];

onBothSides("printf", (side) => {
  const run = (program: readonly Call[], name: "RtPrintf" | "RtWprintf", end: string) => {
    const args = [PROGRAM, `rtshm/${side.name}`, name, JSON.stringify(program), end];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { stdout, counts: stderr.trim().split(" ").filter(Boolean).map(Number), status, stderr };
  };

  test("text that nobody can read any more is answered with -1, as by printf in C", () => {
    const command = 'exec 4> >(true); wait $!; "$0" "$@" 2>&1 1>&4'; // the reader has ended before the program starts
    const program = JSON.stringify([["lost\n"], ["lost too"]]);
    const args = ["-c", command, process.execPath, PROGRAM, `rtshm/${side.name}`, "RtPrintf", program, "end"];
    assert.equal(spawnSync("bash", args, { encoding: "utf8" }).stdout.trim(), "-1 -1");
  });

  for (const name of ["RtPrintf", "RtWprintf"] as const) {
    test(`${name} writes to standard output and returns the number of characters`, () => {
      const { stdout, counts, status, stderr } = run(
        calls.map(([call]) => call),
        name,
        "end",
      );
      assert.equal(status, 0, stderr);
      assert.equal(stdout, calls.map(([, text]) => text).join(""));
      assert.deepEqual(
        counts,
        calls.map(([, text]) => text.length),
      );
    });
  }

  test("what was printed is out even if the process is killed right after", () => {
    const line = "x".repeat(1000);
    const { stdout } = run(
      Array.from({ length: 20 }, () => [`${line}\n`] as Call),
      "RtPrintf",
      "kill",
    );
    assert.equal(stdout, `${line}\n`.repeat(20));
  });
});
