// A writer is killed at every visit of every step: the last whole value stays, who waits is told of it, the next writer goes on.
import "../support/namespace.js";
import { guard, unguard } from "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { RtError, Snapshot } from "rtshm";
import { SLOT_COUNT } from "#protocol/snapshot-layout";
import { unlessWithoutSlices } from "../support/leans-on-slices.js";
import { projectRoot } from "../support/project.js";
import { Checked, fill, isWhole } from "./checked-value.js";
import { CLAIMS, Large, STRIDE, VALUES } from "./snapshot-victim.js";
import { internalsOf } from "../support/internals.js";

const MAIN = fileURLToPath(new URL("./snapshot-victim.js", import.meta.url));

/** How often a victim comes to a step when it is not killed. */
const VISITS: Readonly<Record<string, number>> = {
  "snapshot.claim": CLAIMS,
  "snapshot.take-over": 1, // where a dead writer is there at its first claim
  "snapshot.claimed": CLAIMS,
  "snapshot.slot": CLAIMS * VALUES,
  "snapshot.copied": CLAIMS * VALUES,
  "snapshot.published": CLAIMS * VALUES,
  "snapshot.release": CLAIMS,
};
const ROUNDS = process.env["RTSHM_LONG"] === "1" ? 200 : 12;
/** Steps after which the value of the version before is the last. */
const BEFORE_PUBLICATION = ["snapshot.slot", "snapshot.copied"];

const leaning = (step: string) => (step === "snapshot.published" ? unlessWithoutSlices("writerKilled") : {});

type CheckedSnapshot = Snapshot<Checked, ReturnType<typeof Checked.view>>;

interface Ending {
  readonly signal: NodeJS.Signals | null;
  /** The last version it said it had written; 0: none. */
  readonly acknowledged: number;
  readonly finished: boolean;
}

function start(t: TestContext, name: string, step: string): { child: ChildProcess; ending: Promise<Ending> } {
  const child = spawn(process.execPath, [MAIN, name], {
    env: { ...process.env, RTSHM_STEP: step },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = child.pid ?? -1;
  guard(pid);
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ending = once(child, "close").then(([, signal]): Ending => {
    unguard(pid);
    const versions = [...output.matchAll(/wrote (\d+)/g)].map(([, version]) => Number(version));
    return {
      signal: signal as NodeJS.Signals | null,
      acknowledged: versions.at(-1) ?? 0,
      finished: output.includes("finished"),
    };
  });
  return { child, ending };
}

const run = (t: TestContext, name: string, step: string): Promise<Ending> => start(t, name, step).ending;

/** Waits for the snapshot to change, again and again, until it is closed. */
class Waiter {
  #heard = 1;

  constructor(snapshot: CheckedSnapshot) {
    void this.#follow(snapshot);
  }

  async #follow(snapshot: CheckedSnapshot): Promise<void> {
    try {
      for (;;) this.#heard = await snapshot.changed({ since: this.#heard });
    } catch (error) {
      if (!(error instanceof RtError) || error.code !== "ERROR_INVALID_HANDLE") throw error;
    }
  }

  /** Resolves when it was told of this version. */
  async hears(version: number): Promise<void> {
    while (this.#heard !== version) await pause(2);
  }
}

/** A snapshot of one value; its writer is dead if it is to be, or has given up the right to write. */
async function prepared(t: TestContext, name: string, isOrphaned: boolean): Promise<CheckedSnapshot> {
  const snapshot = Snapshot.create(name, Checked);
  t.after(() => snapshot.close());
  if (isOrphaned) {
    const ending = await run(t, name, "snapshot.published:kill:1");
    assert.deepEqual(ending, { signal: "SIGKILL", acknowledged: 0, finished: false });
  } else {
    using writer = snapshot.writer();
    writer.update((view) => fill(view, 1));
  }
  assert.equal(snapshot.version, 1);
  return snapshot;
}

function checkWhole(snapshot: CheckedSnapshot): number {
  const { view, version } = snapshot.copy();
  assert.ok(isWhole(view, version), `version ${version} is whole`);
  return version;
}

test("every step of the source is one at which a writer is killed", () => {
  const source = ["data", "objects"]
    .flatMap((layer) =>
      (readdirSync(join(projectRoot, "src", layer), { recursive: true }) as string[])
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(projectRoot, "src", layer, file)),
    )
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const steps = [...source.matchAll(/\bstep\("(snapshot\.[^"]+)"\)/g)].map(([, step]) => step!);
  assert.deepEqual(steps.sort(), Object.keys(VISITS).sort());
});

for (const [step, visits] of Object.entries(VISITS))
  test(
    `a writer killed at ${step} leaves the last whole value to the readers and to the next writer`,
    leaning(step),
    async (t) => {
      for (let visit = 1; visit <= visits + 1; visit++) {
        const name = `${step} ${visit}`;
        const snapshot = await prepared(t, name, step === "snapshot.take-over");
        const waiter = new Waiter(snapshot);
        const { signal, acknowledged, finished } = await run(t, name, `${step}:kill:${visit}`);
        const isExtra: boolean = visit > visits;
        assert.deepEqual(
          [signal, finished],
          isExtra ? [null, true] : ["SIGKILL", false],
          "it came to the step so often",
        );
        const version = checkWhole(snapshot);
        const known: number = Math.max(acknowledged, 1);
        const isPublished: boolean = step === "snapshot.published" && !isExtra;
        assert.equal(version, isPublished ? known + 1 : known, "what was published is there, and nothing else");
        if (BEFORE_PUBLICATION.includes(step) && !isExtra) assert.equal(version, visit);
        await waiter.hears(version); // also when the writer died before it could wake anybody
        using next = snapshot.writer();
        assert.ok(isWhole(next.view, version), "the next writer goes on from it");
        const pending = snapshot.changed({ since: version });
        assert.equal(
          next.update((view) => fill(view, version + 1)),
          version + 1,
        );
        assert.equal(await pending, version + 1);
        assert.equal(checkWhole(snapshot), version + 1);
        next.close();
        snapshot.close();
      }
    },
  );

test("a writer killed at any moment of a large value leaves the last whole one", async (t) => {
  let halfWritten = 0;
  // More rounds where the machine is so busy that no kill fell into a copy.
  for (let round = 0; round < ROUNDS || (halfWritten === 0 && round < 20 * ROUNDS); round++) {
    using snapshot = Snapshot.create(`large ${round}`, Large);
    const victim = start(t, `large ${round}`, "");
    while (snapshot.version < 2) await pause(1);
    await pause((round * 7) % 20);
    victim.child.kill("SIGKILL");
    await victim.ending;
    const { view, version } = snapshot.copy();
    const { words } = view;
    assert.ok(
      words.every((word, i) => i % STRIDE !== 0 || word === version),
      `version ${version} is whole`,
    );
    const unpublished = new Uint32Array(internalsOf(snapshot).memory.slots[(version + 1) % SLOT_COUNT]!.slice().buffer);
    if (unpublished[0] !== unpublished.at(-STRIDE)) halfWritten++;
    using next = snapshot.writer();
    assert.deepEqual([next.view.words[0], next.view.words.at(-STRIDE)], [version, version]);
    assert.equal(next.publish(), version + 1);
  }
  t.diagnostic(`${halfWritten} of ${ROUNDS} were killed inside the copy`);
  assert.ok(halfWritten > 0, "the test is worth something");
});
