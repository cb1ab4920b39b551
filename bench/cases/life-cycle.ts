// Creating, opening and closing named objects, with 1 to 100 000 others held by ten further processes. One process
// creates a batch; another opens it, opens and closes it a second time, and closes it; then the first closes it. The
// namespace is in memory, as the names of shm_open are; what it costs on the file system of the default directory is
// measured at the end.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count, interleave, report, rounds, smoke, type Figures } from "../case.js";
import { runC } from "../c-programs.js";
import { startPeer, type Peer } from "../peer.js";
import type { BatchRequest } from "../peers/batch.js";

const POPULATIONS = smoke ? [1, 20] : [1, 1000, 10_000, 100_000];
const HOLDERS = 10;
const BATCH = count(200, 5);
/** Until V8 has compiled everything: the first population must not be measured with colder code than the last. */
const WARM_UP_BATCHES = count(30, 1);
const SIZE_BYTES = 4096;
const KINDS = ["4 KB shared memory", "mutex"];
const CREATE = ["create", "shm_open+ftruncate+mmap"] as const;
const REMOVE = ["remove", "munmap+close+shm_unlink"] as const;
const GOAL = { ratioAtMost: 2.5 };
/** Ours, what the goal is set against in C, and the least that C could do for the same. */
const PHASES = [
  { words: "create", phase: "create", judge: CREATE, least: CREATE },
  { words: "open existing", phase: "open", judge: CREATE, least: ["open", "shm_open+fstat+mmap"] },
  { words: "close, another process holds it", phase: "close", judge: REMOVE, least: ["close", "munmap+close"] },
  { words: "last close", phase: "remove", judge: REMOVE, least: REMOVE },
] as const;
const isEntry = (phase: string): boolean => phase === "create" || phase === "open";

let creator = await startPeer("batch", null);
let opener = await startPeer("batch", null);
const holders: Peer[] = [];
for (let i = 0; i < HOLDERS; i++) holders.push(await startPeer("holder", null, String(i)));

async function populate(total: number): Promise<void> {
  await Promise.all(holders.map((holder, i) => holder.ask({ hold: Math.floor((total + HOLDERS - 1 - i) / HOLDERS) })));
}

async function batch(kind: string, population: number): Promise<Figures> {
  const ask = (peer: Peer, phase: BatchRequest["phase"]): Promise<number> => peer.ask({ phase, kind, objects: BATCH });
  const create = await ask(creator, "create");
  const open = await ask(opener, "open");
  const again = (await ask(opener, "open")) + (await ask(opener, "close"));
  const close = await ask(opener, "close");
  const remove = await ask(creator, "close");
  return named(kind, population, { create, open, again, close, remove });
}

function named(prefix: string, population: number, figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).map(([phase, ns]) => [`${prefix} ${phase} ${String(population)}`, ns]),
  );
}

const everything = new Map<string, number[]>();
for (const kind of KINDS) for (let i = 0; i < WARM_UP_BATCHES; i++) await batch(kind, 0);
for (const population of POPULATIONS) {
  await populate(population);
  const figures = await interleave(
    rounds(11),
    () => named("C", population, runC("life-cycle", "named", BATCH, SIZE_BYTES)),
    ...KINDS.map((kind) => () => batch(kind, population)),
  );
  for (const [name, values] of figures) everything.set(name, values);
}
for (const peer of [creator, opener, ...holders]) await peer.end();

const onDisk = mkdtempSync(join(tmpdir(), "rtshm-bench-disk-"));
const linkDirectory = mkdtempSync(join(tmpdir(), "rtshm-bench-links-"));
process.env["RTSHM_DIR"] = onDisk;
creator = await startPeer("batch", null);
opener = await startPeer("batch", null);
for (const kind of KINDS) for (let i = 0; i < WARM_UP_BATCHES; i++) await batch(kind, 0);
const disk = await interleave(
  rounds(11),
  () => named("C", 0, runC("life-cycle", "named", BATCH, SIZE_BYTES, linkDirectory)),
  ...KINDS.map((kind) => () => batch(kind, 0)),
);
for (const peer of [creator, opener]) await peer.end();
for (const directory of [onDisk, linkDirectory]) rmSync(directory, { recursive: true });
const fileSystem = spawnSync("stat", ["-f", "-c", "%T", tmpdir()], { encoding: "utf8" }).stdout.trim();

const [fewest = 1, most = 1] = [POPULATIONS[0], POPULATIONS.at(-1)];
for (const kind of KINDS) {
  for (const { words, phase, judge, least } of PHASES) {
    const touched = isEntry(phase) ? "+touch" : " after a touch";
    for (const population of POPULATIONS) {
      const row = { name: `${words}: ${kind}, ${population} held`, ours: `${kind} ${phase} ${population}` };
      report(everything, {
        ...row,
        against: `C ${judge[1]}${touched}`,
        theirs: `C ${judge[0]}Touch ${population}`,
        goal: GOAL,
      });
      if (population !== fewest) continue;
      report(everything, { ...row, against: `C ${least[1]}${touched}`, theirs: `C ${least[0]}Touch ${population}` });
      report(everything, { ...row, against: `C ${least[1]}`, theirs: `C ${least[0]} ${population}` });
    }
    report(everything, {
      name: `${words}: ${kind}, ${most} held`,
      against: `us, ${fewest} held`,
      theirs: `${kind} ${phase} ${fewest}`,
      ours: `${kind} ${phase} ${most}`,
      goal: { ratioAtMost: 1.25 },
    });
  }
  report(everything, {
    name: `open + close what the process already holds: ${kind}`,
    against: "C mmap+touch+munmap of what it has open",
    theirs: `C againTouch ${fewest}`,
    ours: `${kind} again ${fewest}`,
    goal: GOAL,
  });
}
for (const kind of KINDS) {
  for (const { words, phase, least } of PHASES) {
    report(disk, {
      name: `${words}: ${kind}, namespace on ${fileSystem}`,
      against: `C ${least[1]}, touched, and a symbolic link there`,
      theirs: `C ${phase}Touch 0`,
      ours: `${kind} ${phase} 0`,
      goal: GOAL,
    });
  }
}
