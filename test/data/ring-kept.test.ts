// A consumer is killed again and again between reading messages and releasing them, whatever the way it takes them. With one consumer
// nothing is lost, whatever the producers are: the ledger is a file that the consumer writes to before it asks for more.
import { namespaceDirectory } from "../support/namespace.js";
import "../support/watchdog.js";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Ring } from "rtshm";
import { guard, unguard } from "../support/watchdog.js";
import { FORMS, KINDS, messageOf, type Kind } from "./ring-kept-consumer.js";

const MAIN = fileURLToPath(new URL("./ring-kept-consumer.js", import.meta.url));
const KILLS = process.env["RTSHM_LONG"] === "1" ? 40 : 4;
const files = mkdtempSync(join(tmpdir(), "rtshm-kept-"));

interface Case {
  readonly producers: "one" | "many";
  readonly whenFull: "wait" | "overwriteOldest";
  readonly kind: Kind;
  readonly form: string;
}

const cases = (["one", "many"] as const).flatMap((producers) =>
  Object.keys(FORMS).flatMap((form, i): Case[] => [
    { producers, whenFull: "wait", kind: i % 2 === 0 ? "bytes" : "records", form },
    { producers, whenFull: "overwriteOldest", kind: i % 2 === 0 ? "records" : "bytes", form },
  ]),
);

/** Starts a consumer that is killed the `visit`th time it is about to release something. */
async function consumeUntilKilled(name: string, { kind, form }: Case, file: string, visit: number): Promise<void> {
  const child = spawn(process.execPath, [MAIN, name, kind, form, file], {
    env: { ...process.env, RTSHM_DIR: namespaceDirectory, RTSHM_STEP: `ring.release:kill:${String(visit)}` },
    stdio: ["ignore", "inherit", "inherit"],
  });
  guard(child.pid!);
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  unguard(child.pid!);
  assert.equal(signal, "SIGKILL");
}

async function run(each: Case, index: number): Promise<void> {
  const name = `kept ${String(index)}`;
  const { producers, whenFull, kind } = each;
  const file = join(files, String(index));
  using ring = Ring.create(name, { ...KINDS[kind], capacity: 8, producers, consumers: "one", whenFull } as never);
  const hands = producers === "one" ? [ring] : [ring, Ring.open(name, KINDS[kind] as never)];
  const sent = hands.map(() => 0);
  let isOver = false;
  // It fills the ring and never overwrites: whatever is missing then, the ring has lost.
  const producing = (async () => {
    while (!isOver) {
      for (const [i, hand] of hands.entries())
        if (ring.length < 6 && hand.tryPush(messageOf(kind, i, sent[i]!) as never)) sent[i]!++;
      await turn();
    }
  })();
  try {
    for (let kill = 0; kill < KILLS; kill++) await consumeUntilKilled(name, each, file, 1 + ((kill * 7) % 11));
  } finally {
    isOver = true;
    await producing;
  }
  const left = (ring.tryPopBatch(8) as unknown[]).map((value) =>
    value instanceof Uint8Array
      ? new TextDecoder().decode(value)
      : Object.values(value as Record<string, number>).join(" "),
  );
  const seen = [...readFileSync(file, "utf8").split("\n").slice(0, -1), ...left];
  const known = new Set(seen);
  const missing = sent.flatMap((count, i) =>
    Array.from({ length: count }, (_, number) => `${String(i)} ${String(number)}`).filter((line) => !known.has(line)),
  );
  assert.deepEqual(missing, [], JSON.stringify(each));
  assert.ok(seen.length > known.size, "what was not released came twice");
  assert.equal(ring.dropped, 0, "nothing was lost, so nothing is counted");
  for (const hand of hands) if (hand !== ring) hand.close();
}

for (const producers of ["one", "many"] as const)
  test(`one consumer, ${producers} on the other side: what a killed consumer had not released is there for the next`, async () => {
    const queue = cases.map((each, i) => [each, i] as const).filter(([each]) => each.producers === producers);
    const next = queue.values();
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (const [each, i] of next) await run(each, i);
      }),
    );
  });
