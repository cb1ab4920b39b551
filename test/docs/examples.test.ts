// Every export is documented; every example, in docstrings and in documents, compiles against the built package and runs.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import ts from "typescript";
import { projectRoot } from "../support/project.js";
import { docstringExamples, documentExamples, moduleOf, placeholders } from "./examples.js";

// Inside the project, where "rtshm" is the project itself.
mkdirSync(join(projectRoot, "build"), { recursive: true });
const folder = mkdtempSync(join(projectRoot, "build/examples-of-docs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const examples = [
  ...docstringExamples().map((example) => ({ ...example, code: moduleOf(example) })),
  ...documentExamples("ts").map(({ where, code }) => ({ where, code: `// ${where}\n${code}\nexport {};\n` })),
];
const paths = examples.map(({ code }, i) => {
  const path = join(folder, `example-${String(i)}.ts`);
  writeFileSync(path, code);
  return path;
});
writeFileSync(join(folder, "placeholders.ts"), placeholders);

test("every export of the package is documented", () => {
  const typedoc = join(projectRoot, "node_modules/typedoc/bin/typedoc");
  const { status, stdout, stderr } = spawnSync(process.execPath, [typedoc, "--emit", "none"], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
});

test("every example compiles", () => {
  assert.ok(examples.length > 10);
  const { config } = ts.readConfigFile(join(projectRoot, "tsconfig.base.json"), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, composite: false, declaration: false, noUnusedLocals: false },
    projectRoot,
  );
  const program = ts.createProgram([...paths, join(folder, "placeholders.ts")], options);
  const errors = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line;
    const where = file?.text.split("\n")[0] ?? "";
    return `${where}: ${file?.text.split("\n")[line] ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  program.emit();
  assert.deepEqual(errors, []);
});

function run(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path], { cwd: projectRoot, timeout: 60_000 }, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : stderr),
    );
  });
}

test("every example runs", async () => {
  const left = examples
    .map(({ where }, i) => ({ where, path: paths[i]!.replace(/\.ts$/, ".js") }))
    .filter(({ where }) => !where.startsWith("README.md")); // needs two processes: readme.test.ts
  const failures: string[] = [];
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const failure = await run(next.path);
      if (failure !== undefined) failures.push(`${next.where}: ${failure}`);
    }
  };
  await Promise.all([lane(), lane()]);
  assert.deepEqual(failures, []);
  assert.deepEqual(
    readdirSync(namespaceDirectory).filter((entry) => !entry.startsWith(".")),
    [],
    "names that were left behind",
  );
});

test("programs without types are in the README only, where the two are run together", () => {
  for (const { where } of documentExamples("js")) assert.match(where, /^README\.md:/);
});
