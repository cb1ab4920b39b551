// The dispatcher's memory holds random words: waits end with a code, and nobody crashes or spins for ever.
import { isLong, runChild } from "./child.js";
import assert from "node:assert/strict";
import { test } from "node:test";

const CODES = [0, 5, 6, 8, 87, 170, 258, 288, 298, 1392, 0xabc];

const USE = (seed: number, damage: string): string => `
import { words } from "#kernel/dispatcher/words";
import { BLOCK_WORDS, EntryWord, NodeWord, Word, blockWord } from "#protocol/dispatcher-layout";
let state = ${seed};
const random = (n) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % n; };
const event = rt.RtCreateEvent(null, false, false, "e");
const mutex = rt.RtCreateMutex(null, false, "m");
const semaphore = rt.RtCreateSemaphore(null, 0, 9, "s");
const pending = [rt.RtWaitForSingleObjectAsync(event, 30), rt.RtWaitForSingleObjectAsync(semaphore, 30), rt.RtWaitForMultipleObjectsAsync(2, [event, semaphore], true, 30)];
const memory = words();
${damage}
const calls = [() => rt.RtSetEvent(event), () => rt.RtReleaseSemaphore(semaphore, 2, null), () => rt.RtWaitForMultipleObjects(2, [event, mutex], false, 0), () => rt.RtPulseEvent(event),
  () => rt.RtWaitForSingleObject(event, 5), () => rt.RtReleaseMutex(mutex), () => rt.RtCloseHandle(event)];
for (const call of calls) { try { say(did(call)[1]); } catch (error) { say(String(error)); } }
for (const wait of pending) wait.then((r) => say(r.lastError), (error) => say(String(error)));
setTimeout(() => process.exit(0), 200);
process.on("uncaughtException", (error) => { say(error.code ?? String(error)); });
`;

async function assertOrderly(seed: number, damage: string): Promise<string[]> {
  const { code, signal, said, stderr } = await runChild(USE(seed, damage), { limitMs: 12_000 });
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `seed ${seed}: ${stderr}`);
  assert.ok(said.length >= 7, JSON.stringify(said));
  for (const outcome of said) {
    const isCode = typeof outcome === "number" ? CODES.includes(outcome) : outcome === "ERROR_FILE_CORRUPT";
    assert.ok(isCode, `seed ${seed}: ${JSON.stringify(said)}`);
  }
  return said.map(String);
}

test("random words in the blocks of entries and waits give codes, not crashes or endless loops", async () => {
  const outcomes: string[] = [];
  for (let seed = 1; seed <= (isLong ? 200 : 8); seed++)
    outcomes.push(
      ...(await assertOrderly(
        seed,
        `for (let i = 0; i < 40; i++) memory[blockWord(1) + random(10 * BLOCK_WORDS)] = random(2) ? random(20) : random(0x7fffffff);`,
      )),
    );
  assert.ok(outcomes.includes("1392"), "no damage was noticed");
});

test("random words in the head of the dispatcher give codes, not crashes or endless loops", async () => {
  for (let seed = 1; seed <= (isLong ? 100 : 5); seed++)
    await assertOrderly(
      seed,
      `for (const word of [Word.pendingEntry, Word.freeBlock, Word.usedBlocks, Word.owed, Word.firstOrphan, Word.lastOrphan, Word.orphans, Word.holder]) memory[word] = random(2) ? random(30) : random(0x7fffffff);`,
    );
});

test("queues and lists that lead back to themselves are noticed", async () => {
  await assertOrderly(
    1,
    `for (let block = 1; block < 8; block++) for (const word of [EntryWord.head, EntryWord.taken, NodeWord.next, NodeWord.previous, NodeWord.sibling, NodeWord.takenNext, NodeWord.threadNext]) memory[blockWord(block) + word] = block;`,
  );
});
