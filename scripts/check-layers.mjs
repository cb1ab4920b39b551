// Fails on an import in src/ that goes upward or sideways between rooms or around a door, on an import cycle, on a room of the kernel
// with too many files, on a module-level `let` that is exported, on a package from outside, and on a .node file loaded anywhere but in
// native/load.ts.
//   node scripts/check-layers.mjs [directory instead of src]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import ts from "typescript";
import { root } from "./native-tools.mjs";

/**
 * What a room may import, besides node:* and itself. A room is a folder of src, a folder of src/kernel, or a file directly in one of
 * these. A name stands for the room and all that is in it.
 */
const allowed = {
  environment: [],
  native: [],
  step: ["native", "environment"],
  errors: ["native"],
  protocol: ["errors"],
  struct: [],
  data: ["protocol", "step", "struct"],
  "kernel/memory": ["native", "environment", "errors", "protocol"],
  "kernel/process": ["native", "errors"],
  "kernel/namespace": ["native", "environment", "step", "errors", "protocol", "kernel/memory", "kernel/process"],
  "kernel/registry": [
    "native",
    "environment",
    "step",
    "errors",
    "protocol",
    "kernel/memory",
    "kernel/process",
    "kernel/namespace",
  ],
  "kernel/dispatcher": ["native", "environment", "step", "errors", "protocol", "kernel/process"],
  "kernel/queues": ["step", "errors", "protocol", "kernel/dispatcher"],
  "kernel/thread": [
    "native",
    "environment",
    "step",
    "errors",
    "protocol",
    "kernel/process",
    "kernel/namespace",
    "kernel/registry",
    "kernel/dispatcher",
    "kernel/queues",
  ],
  "kernel/waits": [
    "native",
    "environment",
    "step",
    "errors",
    "protocol",
    "kernel/memory",
    "kernel/process",
    "kernel/dispatcher",
    "kernel/queues",
    "kernel/thread",
  ],
  "kernel/primitives": [
    "protocol",
    "kernel/process",
    "kernel/dispatcher",
    "kernel/queues",
    "kernel/thread",
    "kernel/waits",
  ],
  kernel: ["native", "environment", "step", "errors", "protocol", "kernel"],
  rtx: ["native", "errors", "protocol", "kernel"],
  objects: ["native", "environment", "errors", "protocol", "step", "kernel", "struct", "data"],
  // A picture of a namespace for tools: without the kernel it cannot lock, attach a thread or keep an object alive.
  inspect: ["native", "errors", "protocol"],
  index: ["objects", "errors", "kernel", "struct"],
  win32: ["rtx"],
  rtss: ["rtx"],
};
/** Folders that are entered by their door only. The rooms inside do not use it: they would make a circle. */
const doors = { kernel: "kernel/index" };
/** Files of a room of the kernel. */
const mostFiles = 12;
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

function roomOf(module) {
  const parts = module.split("/");
  const room = parts[0] === "kernel" && parts.length > 2 ? `kernel/${parts[1]}` : parts[0];
  return Object.hasOwn(allowed, room) ? room : undefined;
}

/** The door that an import goes around, if any. */
function doorMissed(from, to) {
  return Object.entries(doors).find(
    ([folder, door]) => to.startsWith(`${folder}/`) && !from.startsWith(`${folder}/`) && to !== door,
  )?.[1];
}

function mayImport(from, to) {
  const room = roomOf(from);
  return [room, ...allowed[room]].some((entry) => entry === to || to.startsWith(`${entry}/`));
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

  if (roomOf(module) === undefined) {
    errors.push(`src/${file}: belongs to no room; scripts/check-layers.mjs lists them`);
    continue;
  }
  for (const statement of source.statements)
    if (
      ts.isVariableStatement(statement) &&
      statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) &&
      (statement.declarationList.flags & ts.NodeFlags.Const) === 0
    )
      complain(statement, "exports a variable: a thread's state is reached through functions");
  for (const literal of stringsOf(source)) {
    if (literal.text.endsWith(".node") && module !== "native/load")
      complain(literal, "only native/load.ts may load a .node file");
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
    else if (!mayImport(module, target)) complain(specifier, `${roomOf(module)} must not import ${target}`);
    else if (doorMissed(module, target) !== undefined)
      complain(specifier, `imports ${target} around the door ${doorMissed(module, target)}`);
    else imports.get(module).push(target);
  }
  const lines = text.split("\n").length - 1;
  if (lines > longFile) process.stdout.write(`warning: src/${file} has ${lines} lines; look again at ${longFile}\n`);
}

for (const room of Object.keys(allowed)) {
  const modules = [...imports.keys()].filter((module) => roomOf(module) === room);
  if (room.startsWith("kernel") && modules.length > mostFiles)
    errors.push(`src/${room} has ${modules.length} files, more than ${mostFiles}: it is two rooms`);
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
