// Asynchronous waits that are answered at once must not keep the event loop from everything else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "./child.js";

const TRIPS = 5000;

test("while two threads answer each other as fast as they can, the event loop has its turns", async () => {
  const { code, said, stderr } = await runChild(`
    const there = rt.RtCreateEvent(null, false, false, null);
    const back = rt.RtCreateEvent(null, false, false, null);
    const worker = new Worker(\`
      import { workerData, parentPort } from "node:worker_threads";
      import("rtshm/win32").then((rt) => {
        parentPort.postMessage("ready");
        for (let i = 0; i < ${TRIPS}; i++) {
          rt.RtWaitForSingleObject(workerData.there, rt.INFINITE);
          rt.RtSetEvent(workerData.back);
        }
      });
    \`, { eval: true, workerData: { there, back } });
    await new Promise((resolve) => worker.once("message", resolve));
    let turns = 0;
    let longest = 0;
    let sinceTurn = 0;
    let isOver = false;
    const turn = () => { turns++; sinceTurn = 0; if (!isOver) setImmediate(turn); };
    setImmediate(turn);
    for (let i = 0; i < ${TRIPS}; i++) {
      rt.RtSetEvent(there);
      await rt.RtWaitForSingleObjectAsync(back, rt.INFINITE);
      longest = Math.max(longest, ++sinceTurn);
    }
    isOver = true;
    say({ turns, longest });
  `);
  assert.equal(code, 0, stderr);
  const { turns, longest } = said[0] as { turns: number; longest: number };
  assert.ok(turns >= TRIPS / 20, `${turns} turns in ${TRIPS} round trips`);
  assert.ok(longest <= 20, `${longest} round trips without a turn`);
});
