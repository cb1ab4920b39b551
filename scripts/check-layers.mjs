// Fails on an import in src/ that goes against the layers (native.ts <- kernel <- {rtx, objects} <- {cli, viewer}; struct, data and
// inspect beside them), on an import cycle, on a package from outside, and on a .node file loaded anywhere but in native.ts.
//   node scripts/check-layers.mjs [directory instead of src]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import ts from "typescript";
import { root } from "./native-tools.mjs";

/** What a layer (a folder of src, or a file directly in it) may import, besides node:*. "*" is everything but the layers of the tools. */
const allowed = {
  native: [],
  kernel: ["kernel", "native"],
  rtx: ["rtx", "kernel"],
  objects: ["objects", "kernel", "struct", "data"],
  data: ["data", "struct", "kernel/step"],
  struct: ["struct"],
  inspect: ["inspect", "kernel"],
  cli: ["cli", "*"],
  viewer: ["viewer", "*"],
  index: ["objects", "kernel/status", "kernel/rt-error", "kernel/access-violation", "struct"],
  win32: ["rtx"],
  rtss: ["rtx"],
};
const importedByNobody = ["cli", "viewer"];
const longFile = 300;

const src = resolve(process.argv[2] ?? join(root, "src"));
const errors = [];
const imports = new Map(); // module ("kernel/wait") -> modules it imports

function importsOf(source) {
  const found = [];
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
      found.push(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) found.push(node.argument.literal);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText(source) === "require")
    ) {
      if (node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) found.push(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function stringsOf(source) {
  const found = [];
  const visit = (node) => {
    if (ts.isStringLiteralLike(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function mayImport(from, to) {
  const layer = from.split("/")[0];
  const target = to.split("/")[0];
  return allowed[layer].some(
    (entry) => entry === to || entry === target || (entry === "*" && !importedByNobody.includes(target)),
  );
}

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.[mc]?tsx?$/.test(entry.name))
  .map((entry) => relative(src, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"))
  .sort();

for (const file of files) {
  const text = readFileSync(join(src, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const module = file.replace(/\.[mc]?tsx?$/, "");
  const complain = (node, message) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    errors.push(`src/${file}:${line + 1}: ${message}`);
  };
  imports.set(module, []);

  if (!Object.hasOwn(allowed, module.split("/")[0])) {
    errors.push(`src/${file}: belongs to no layer; scripts/check-layers.mjs lists them`);
    continue;
  }
  for (const literal of stringsOf(source)) {
    if (literal.text.endsWith(".node") && module !== "native")
      complain(literal, "only native.ts may load a .node file");
  }
  for (const specifier of importsOf(source)) {
    const name = specifier.text;
    if (name.startsWith("node:") || name.endsWith(".node")) continue;
    if (!name.startsWith(".")) {
      complain(specifier, `imports "${name}": src may import node:* and its own files by relative path, nothing else`);
      continue;
    }
    const target = posix.join(dirname(module), name).replace(/\.[mc]?[jt]sx?$/, "");
    if (target === "../package.json") continue;
    if (!existsSync(join(src, `${target}.ts`))) complain(specifier, `imports "${name}", which is not a file of src`);
    else if (!mayImport(module, target)) complain(specifier, `${module.split("/")[0]} must not import ${target}`);
    else imports.get(module).push(target);
  }
  const lines = text.split("\n").length - 1;
  if (lines > longFile) process.stdout.write(`warning: src/${file} has ${lines} lines; look again at ${longFile}\n`);
}

const done = new Set();
function findCycle(module, path) {
  if (path.includes(module)) {
    const cycle = [...path.slice(path.indexOf(module)), module];
    errors.push(`import cycle: ${cycle.join(" -> ")}`);
  } else if (!done.has(module)) {
    for (const target of imports.get(module) ?? []) findCycle(target, [...path, module]);
    done.add(module);
  }
}
for (const module of imports.keys()) findCycle(module, []);

for (const error of errors) process.stderr.write(`${error}\n`);
process.stdout.write(`layers: ${files.length} files, ${errors.length} errors\n`);
process.exit(errors.length === 0 ? 0 : 1);
