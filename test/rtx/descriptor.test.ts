// describe and attach: a handle to an object that needs no name, in another thread or process.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { resultOf } from "../support/agent.js";
import {
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  INFINITE,
  UNTOUCHED,
  WAIT_ABANDONED_0,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  bogusHandle,
  type HANDLE,
  type Location,
} from "../support/api.js";
import { gives, outcomeOf, refuses } from "../support/expect.js";
import { event, kinds, make, mutex, semaphore, sharedMemory } from "../support/kinds.js";
import { location } from "../support/protocol.js";
import { freshName, onBothSides } from "../support/sides.js";

onBothSides("descriptors", (side) => {
  const { rt } = side;

  function descriptorOf(handle: HANDLE): string {
    const { value, lastError } = outcomeOf(rt, () => rt.describe(handle));
    assert.equal(typeof value, "string");
    assert.equal(lastError, UNTOUCHED);
    return value!;
  }

  test("an unnamed event is one event for every process that attached to it", async (t) => {
    const agents = [await side.process(t), await side.worker(t)];
    const mine = make(rt, event, null);
    for (const agent of agents) {
      const theirs = await agent.handle("attach", descriptorOf(mine));
      assert.equal(await agent.value("RtSetEvent", theirs), true);
      assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_OBJECT_0);
      const waiting = await agent.block("RtWaitForSingleObject", theirs, INFINITE);
      assert.equal(rt.RtSetEvent(mine), true);
      assert.equal(await resultOf(waiting), WAIT_OBJECT_0);
    }
  });

  test("an unnamed mutex excludes every process that attached to it, and is abandoned by one that is killed", async (t) => {
    const other = await side.process(t);
    const mine = make(rt, mutex, null);
    const theirs = await other.handle("attach", descriptorOf(mine));
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_TIMEOUT);
    await other.kill();
    assert.equal(rt.RtWaitForSingleObject(mine, INFINITE), WAIT_ABANDONED_0);
  });

  test("an unnamed semaphore has one count", async (t) => {
    const other = await side.process(t);
    const mine = make(rt, semaphore, null); // 1 of 2
    const theirs = await other.handle("attach", descriptorOf(mine));
    assert.equal(await other.value("RtWaitForSingleObject", theirs, 0), WAIT_OBJECT_0);
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_TIMEOUT);
  });

  test("unnamed memory is the same bytes, and attaching sets the location", async (t) => {
    const other = await side.process(t);
    const out: Location = { value: null };
    const mine = make(rt, sharedMemory, null, out);
    await other.handle("attach", descriptorOf(mine), location("m"));
    assert.equal(await other.value("byteLength", "m"), 100);
    await other.value("write", "m", 99, 5);
    assert.equal(new Uint8Array(out.value!)[99], 5);
  });

  for (const kind of kinds) {
    test(`a named ${kind.name} can be attached to as well, and is the object of that name`, async (t) => {
      const other = await side.process(t);
      const name = freshName();
      const mine = make(rt, kind, name);
      const text = descriptorOf(mine);
      const theirs = await other.handle("attach", text, location("m"));
      assert.equal(rt.RtCloseHandle(mine), true);
      const again = gives(rt, UNTOUCHED, () => kind.open(rt, name), "the name lives by the attached handle");
      assert.equal(rt.RtCloseHandle(again), true);
      assert.equal(await other.value("RtCloseHandle", theirs), true);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, name));
    });

    test(`attaching to a ${kind.name} in its own process gives another handle and leaves last error alone`, () => {
      const mine = make(rt, kind, null);
      const text = descriptorOf(mine);
      const again = gives(rt, UNTOUCHED, () => rt.attach(text, { value: null }));
      assert.notEqual(again, mine);
      assert.equal(rt.RtCloseHandle(mine), true);
      assert.equal(typeof rt.describe(again), "string", "the object lives on");
      assert.equal(rt.RtCloseHandle(again), true);
    });

    test(`an unnamed ${kind.name} that nobody holds any more cannot be attached to`, async (t) => {
      const other = await side.process(t);
      const mine = make(rt, kind, null);
      const text = descriptorOf(mine);
      assert.equal(rt.RtCloseHandle(mine), true);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.attach(text, { value: null }));
      const { value, lastError } = await other.call("attach", text, location("m"));
      assert.deepEqual([value, lastError], [null, ERROR_FILE_NOT_FOUND]);
    });

    test(`a ${kind.name} of a killed process cannot be attached to`, async (t) => {
      const other = await side.process(t);
      const text = (await other.value("describe", await other.handle(...kind.createCall(null)))) as string;
      await other.kill();
      refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.attach(text, { value: null }));
    });
  }

  test("a descriptor stays good for other objects of its process only if it is theirs", () => {
    const first = make(rt, event, null);
    const text = descriptorOf(first);
    assert.equal(rt.RtCloseHandle(first), true);
    const others = Array.from({ length: 50 }, () => make(rt, event, null)); // one of them may get what the first one had
    refuses(rt, ERROR_FILE_NOT_FOUND, () => rt.attach(text));
    for (const handle of others) assert.notEqual(descriptorOf(handle), text);
  });

  test("a descriptor that is none is a bad argument", () => {
    const text = descriptorOf(make(rt, event, null));
    for (const bad of [
      "",
      " ",
      "x",
      "\0",
      "..",
      "/etc/passwd",
      "1:2:3",
      "{}",
      `${text}x`,
      ` ${text}`,
      `${text}\n`,
      text.slice(1),
      "9".repeat(5000),
    ]) {
      refuses(rt, ERROR_INVALID_PARAMETER, () => rt.attach(bad), JSON.stringify(bad));
    }
  });

  test("what is no open handle has no descriptor", () => {
    const closed = make(rt, event, null);
    assert.equal(rt.RtCloseHandle(closed), true);
    for (const bad of [closed, bogusHandle(null), bogusHandle(-1), bogusHandle(0x7abc_def0)]) {
      refuses(rt, ERROR_INVALID_HANDLE, () => rt.describe(bad));
    }
  });

  test("an attached handle can be described and passed on, and outlives the first holder", async (t) => {
    const [first, second] = [await side.process(t), await side.process(t)];
    const original = (await first.value(
      "describe",
      await first.handle("RtCreateEvent", null, true, false, null),
    )) as string;
    const inSecond = await second.handle("attach", original);
    const passedOn = (await second.value("describe", inSecond)) as string;
    await first.kill();
    const mine = gives(rt, UNTOUCHED, () => rt.attach(passedOn));
    await second.value("RtSetEvent", inSecond);
    assert.equal(rt.RtWaitForSingleObject(mine, 0), WAIT_OBJECT_0);
  });
});
