// What loading the library adds to a program: time from start to end, and memory. Each figure comes from processes of
// its own.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { interleave, nowNs, report, rounds, type Figures, type Source } from "../case.js";

/** `rtshm` is found from here, as from a project that has it installed. */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const NS_PER_MS = 1e6;

const readMemory = `const text = (file) => require("node:fs").readFileSync("/proc/self/" + file, "utf8");
const bytes = (file, field) => 1024 * Number(new RegExp("^" + field + ":\\\\s+(\\\\d+) kB", "m").exec(text(file))[1]);
const figures = () => ({ resident: bytes("status", "VmRSS"), share: bytes("smaps_rollup", "Pss") });
const say = () => console.log(JSON.stringify(figures()));`;

function run(...args: string[]): string {
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`node ${args.join(" ")}: ended with ${String(status)}`);
  return stdout;
}

const timed =
  (name: string, ...args: string[]): Source =>
  () => {
    const start = nowNs();
    run(...args);
    return { [name]: Number(nowNs() - start) / NS_PER_MS };
  };

function memoryOf(script: string): { resident: number; share: number } {
  return JSON.parse(run("-e", `${readMemory} ${script}`)) as { resident: number; share: number };
}

const times: Source = async (): Promise<Figures> => {
  const bare = await timed("bare", "-e", "0")();
  const module = await timed("module", "--input-type=module", "-e", "0")();
  const library = await timed("library", "--input-type=module", "-e", 'import "rtshm";')();
  const over = (library["library"] ?? NaN) - (bare["bare"] ?? NaN);
  return { ...bare, ...module, ...library, over };
};

const memory: Source = () => {
  const bare = memoryOf("say();");
  const library = memoryOf('import("rtshm").then(say);');
  return {
    "bare resident": bare.resident,
    "library resident": library.resident,
    "resident over": library.resident - bare.resident,
    "share over": library.share - bare.share,
  };
};

const figures = await interleave(rounds(21), times, memory);

const whole = { name: 'a process that does import "rtshm" and nothing else', ours: "library", unit: "ms" } as const;
report(figures, { ...whole, against: "node -e 0", theirs: "bare" });
report(figures, { ...whole, against: "node --input-type=module -e 0", theirs: "module" });
report(figures, { name: 'import "rtshm", over node -e 0', ours: "over", unit: "ms" });
report(figures, {
  name: 'process after import "rtshm": resident',
  against: "Node.js alone",
  theirs: "bare resident",
  ours: "library resident",
  unit: "bytes",
});
report(figures, { name: 'import "rtshm", over Node.js alone: resident', ours: "resident over", unit: "bytes" });
report(figures, {
  name: 'import "rtshm", over Node.js alone: proportional share (Pss)',
  ours: "share over",
  unit: "bytes",
});
