// Asks the C library what its printf makes of a list of calls: one small program, compiled once, reading calls from stdin.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PrintfCall {
  /** In the words of the C library here, which has a 64-bit `long` and no `I64`. */
  readonly format: string;
  /** The arguments of the `*`s, in order. */
  readonly stars: readonly number[];
  readonly value: { readonly int: bigint } | { readonly double: number } | { readonly text: string };
}

const PROGRAM = String.raw`
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRINT(value)                                                                   \
  (count == 0 ? asprintf(&text, format, value) : count == 1 ? asprintf(&text, format, a, value) : asprintf(&text, format, a, b, value))

int main(void) {
  char kind, format[64], argument[512], *text;
  int count, a, b;
  while (scanf("%c\t%d\t%d\t%d\t%63[^\t]\t%511[^\n]\n", &kind, &count, &a, &b, format, argument) == 6) {
    int length = 0;
    if (kind == 's') {
      length = PRINT(argument + 1);
    } else {
      unsigned long long bits = strtoull(argument, NULL, 16);
      double number;
      memcpy(&number, &bits, sizeof number);
      length = kind == 'f' ? PRINT(number) : PRINT(bits);
    }
    fwrite(text, 1, length, stdout);
    putchar('\0');
    free(text);
  }
}
`;

export function printfOfC(calls: readonly PrintfCall[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), "rtshm-printf-"));
  try {
    writeFileSync(join(directory, "oracle.c"), PROGRAM);
    execFileSync("cc", ["-D_GNU_SOURCE", "-w", "-O1", "-o", "oracle", "oracle.c"], { cwd: directory });
    const input = calls.map(line).join("");
    const output = execFileSync(join(directory, "oracle"), { input, encoding: "utf8", maxBuffer: 1 << 28 });
    return output.split("\0").slice(0, -1);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function line({ format, stars, value }: PrintfCall): string {
  const [kind, argument] =
    "text" in value
      ? ["s", `=${value.text}`]
      : "double" in value
        ? ["f", bitsOf(value.double).toString(16)]
        : ["i", BigInt.asUintN(64, value.int).toString(16)];
  return `${kind}\t${stars.length}\t${stars[0] ?? 0}\t${stars[1] ?? 0}\t${format}\t${argument}\n`;
}

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}
