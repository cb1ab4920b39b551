// Creating and opening, as far as it is the same for all four types: new, existing, missing, held by another type, raced for.
import "../support/namespace.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  UNTOUCHED,
  type Location,
} from "../support/api.js";
import { gives, refuses } from "../support/expect.js";
import { clashes, kinds, make, makeIn, sharedMemory } from "../support/kinds.js";
import { freshName, onBothSides, rtssSide, win32Side } from "../support/sides.js";

onBothSides("create and open", (side) => {
  const { rt } = side;

  for (const kind of kinds) {
    test(`a new ${kind.name} leaves last error 0, whatever it was before`, () => {
      for (const before of [0, 5, UNTOUCHED, 0xffffffff]) {
        rt.SetLastError(before);
        assert.notEqual(kind.create(rt, freshName()), null);
        assert.equal(rt.GetLastError(), 0);
      }
    });

    test(`create of an existing ${kind.name} gives another handle and already exists`, () => {
      const name = freshName();
      const first = gives(rt, 0, () => kind.create(rt, name));
      const second = gives(rt, ERROR_ALREADY_EXISTS, () => kind.create(rt, name));
      const third = gives(rt, ERROR_ALREADY_EXISTS, () => kind.create(rt, name));
      assert.equal(new Set([first, second, third]).size, 3);
    });

    test(`open of an existing ${kind.name} gives a handle of its own and leaves last error alone`, () => {
      const name = freshName();
      const first = gives(rt, 0, () => kind.create(rt, name));
      const second = gives(rt, UNTOUCHED, () => kind.open(rt, name));
      const third = gives(rt, UNTOUCHED, () => kind.open(rt, name));
      assert.equal(new Set([first, second, third]).size, 3);
    });

    test(`open of a ${kind.name} that nobody holds is file not found`, () => {
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, freshName()));
    });

    test(`the name of a ${kind.name} lives as long as its last handle`, () => {
      const name = freshName();
      const handles = [make(rt, kind, name), make(rt, kind, name), gives(rt, UNTOUCHED, () => kind.open(rt, name))];
      for (const handle of handles) {
        gives(rt, UNTOUCHED, () => {
          const probe = kind.open(rt, name);
          if (probe !== null) rt.RtCloseHandle(probe);
          return probe;
        });
        assert.equal(rt.RtCloseHandle(handle), true);
      }
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, name));
      gives(rt, 0, () => kind.create(rt, name), "and the next create makes a new object");
    });

    test(`after the last close the name of a ${kind.name} is free for every type`, () => {
      const name = freshName();
      for (const next of kinds) {
        assert.equal(rt.RtCloseHandle(make(rt, kind, name)), true);
        assert.equal(rt.RtCloseHandle(gives(rt, 0, () => next.create(rt, name), next.name)), true);
      }
    });

    test(`a ${kind.name} of one process is found, and its name held, by another`, async (t) => {
      const other = await side.process(t);
      const name = freshName();
      const mine = make(rt, kind, name);
      const again = await other.call(...kind.createCall(name));
      assert.deepEqual([typeof again.value, again.lastError], ["number", ERROR_ALREADY_EXISTS]);
      await other.call("SetLastError", UNTOUCHED);
      const opened = await other.call(...kind.openCall(name));
      assert.deepEqual([typeof opened.value, opened.lastError], ["number", UNTOUCHED]);

      assert.equal(rt.RtCloseHandle(mine), true);
      gives(
        rt,
        UNTOUCHED,
        () => {
          const probe = kind.open(rt, name);
          if (probe !== null) rt.RtCloseHandle(probe);
          return probe;
        },
        "the other process holds it",
      );
      assert.equal(await other.value("RtCloseHandle", again.value as number), true);
      assert.equal(await other.value("RtCloseHandle", opened.value as number), true);
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, name));
    });

    test(`SIGKILL of the only holder of a ${kind.name} frees its name at once`, async (t) => {
      const other = await side.process(t);
      const name = freshName();
      await makeIn(other, kind, name);
      await makeIn(other, kind, name);
      assert.equal(rt.RtCloseHandle(gives(rt, UNTOUCHED, () => kind.open(rt, name))), true);
      await other.kill();
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, name));
      gives(rt, 0, () => kind.create(rt, name));
    });

    test(`a ${kind.name} survives the SIGKILL of one of its holders`, async (t) => {
      const [one, two] = [await side.process(t), await side.process(t)];
      const name = freshName();
      await makeIn(one, kind, name);
      await makeIn(two, kind, name);
      await one.kill();
      const mine = gives(rt, ERROR_ALREADY_EXISTS, () => kind.create(rt, name));
      await two.kill();
      gives(rt, UNTOUCHED, () => kind.open(rt, name));
      assert.equal(rt.RtCloseHandle(mine), true);
    });

    const { createBadly } = kind;
    if (createBadly) {
      test(`bad arguments for a ${kind.name} win over an existing one and over a name held by another type`, () => {
        const [missing, existing] = [freshName(), freshName()];
        make(rt, kind, existing);
        refuses(rt, ERROR_INVALID_PARAMETER, () => createBadly(rt, missing), "nobody holds it");
        refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, missing), "and nothing was made");
        refuses(rt, ERROR_INVALID_PARAMETER, () => createBadly(rt, existing), "183 loses");
        for (const other of kinds.filter((one) => one !== kind)) {
          const held = freshName();
          make(rt, other, held);
          refuses(rt, ERROR_INVALID_PARAMETER, () => createBadly(rt, held), `6 loses, ${other.name}`);
        }
      });
    }
  }

  for (const [holder, asked] of clashes) {
    test(`the name of a ${holder.name} is an invalid handle for a ${asked.name}`, async (t) => {
      const other = await side.process(t);
      const name = freshName();
      const held = make(rt, holder, name);
      const untouched: Location = { value: null };
      refuses(rt, ERROR_INVALID_HANDLE, () => asked.create(rt, name, untouched));
      refuses(rt, ERROR_INVALID_HANDLE, () => asked.open(rt, name, untouched));
      assert.equal(untouched.value, null);
      for (const call of [asked.createCall(name), asked.openCall(name)]) {
        const { value, lastError } = await other.call(...call);
        assert.deepEqual([value, lastError], [null, ERROR_INVALID_HANDLE], "in another process");
      }
      gives(
        rt,
        ERROR_ALREADY_EXISTS,
        () => {
          const probe = holder.create(rt, name);
          if (probe !== null) rt.RtCloseHandle(probe);
          return probe;
        },
        "the holder is unharmed",
      );
      assert.equal(rt.RtCloseHandle(held), true);
      gives(rt, 0, () => asked.create(rt, name), "and the refused attempts do not hold the name");
    });
  }

  test("of processes that create one name at the same time exactly one is told that it is new", async (t) => {
    const racers = await Promise.all([side.process(t), side.process(t), side.process(t), side.process(t)]);
    for (let round = 0; round < 25; round++) {
      const kind = kinds[round % kinds.length]!;
      const name = freshName();
      const replies = await Promise.all(racers.map((racer) => racer.call(...kind.createCall(name))));
      assert.deepEqual(
        replies.map(({ lastError }) => lastError).sort((a, b) => a - b),
        [0, ERROR_ALREADY_EXISTS, ERROR_ALREADY_EXISTS, ERROR_ALREADY_EXISTS],
        kind.name,
      );
      for (const [i, reply] of replies.entries()) {
        assert.equal(await racers[i]!.value("RtCloseHandle", reply.value as number), true);
      }
      refuses(rt, ERROR_FILE_NOT_FOUND, () => kind.open(rt, name));
    }
  });

  test("of processes that create one name as different types exactly one type wins", async (t) => {
    const racers = await Promise.all(kinds.map(() => side.process(t)));
    for (let round = 0; round < 15; round++) {
      const name = freshName();
      const replies = await Promise.all(racers.map((racer, i) => racer.call(...kinds[i]!.createCall(name))));
      const winners = replies.filter(({ lastError }) => lastError === 0);
      const losers = replies.filter(({ value, lastError }) => value === null && lastError === ERROR_INVALID_HANDLE);
      assert.deepEqual([winners.length, losers.length], [1, kinds.length - 1]);
    }
  });

  test("create and close of one name in several processes at once never fails and never leaves it behind", async (t) => {
    const racers = await Promise.all([side.process(t), side.process(t), side.process(t)]);
    const name = freshName();
    await Promise.all(
      racers.map(async (racer) => {
        for (let i = 0; i < 60; i++) {
          const { value, lastError } = await racer.call(...sharedMemory.createCall(name));
          assert.ok(value !== null && (lastError === 0 || lastError === ERROR_ALREADY_EXISTS), `${lastError}`);
          assert.equal(await racer.value("RtCloseHandle", value as number), true);
        }
      }),
    );
    refuses(rt, ERROR_FILE_NOT_FOUND, () => sharedMemory.open(rt, name));
  });
});

for (const kind of kinds) {
  test(`a ${kind.name} of one side is the same object on the other`, async (t) => {
    const name = freshName();
    const onRtss = make(rtssSide.rt, kind, name);
    gives(win32Side.rt, ERROR_ALREADY_EXISTS, () => kind.create(win32Side.rt, name), "in one process");
    const other = await win32Side.process(t);
    const reply = await other.call(...kind.createCall(name));
    assert.deepEqual([typeof reply.value, reply.lastError], ["number", ERROR_ALREADY_EXISTS], "in another process");
    assert.equal(win32Side.rt.RtCloseHandle(onRtss), true, "a handle is a handle on both sides of one process");
    refuses(rtssSide.rt, ERROR_INVALID_HANDLE, () =>
      kinds[(kinds.indexOf(kind) + 1) % kinds.length]!.open(rtssSide.rt, name),
    );
  });
}
