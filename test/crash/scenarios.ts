// The scenarios of the crash campaign: together they visit every named step of the source.
import type { Action, Key, Operation, Scenario } from "./script.js";

const create = (key: Key): Operation => ({ do: "create", key });
const open = (key: Key): Operation => ({ do: "open", key });
const close = (key: Key): Operation => ({ do: "close", key });
const sync = (...during: Action[]): Operation => ({ do: "sync", during });
const release: Operation = { do: "release" };
const post = (units: number): Operation => ({ do: "post", units });
const on = (what: "set" | "reset" | "pulse", key: Key): Operation => ({ do: what, key });
const wait = (keys: readonly Key[], ms: number, ...during: Action[]): Operation => ({ do: "wait", keys, ms, during });
const later = (keys: readonly Key[], ms: number, ...during: Action[]): Operation => ({
  do: "wait",
  keys,
  ms,
  during,
  later: true,
});
const all = (keys: readonly Key[], ms: number, ...during: Action[]): Operation => ({
  do: "wait",
  keys,
  ms,
  during,
  all: true,
});
const park = (witness: "first" | "second", ...keys: Key[]): Action => ({ park: witness, keys });
const parkAll = (witness: "first" | "second", ...keys: Key[]): Action => ({ park: witness, keys, all: true });
const sleeping = (witness: "first" | "second", ...keys: Key[]): Action => ({ park: witness, keys, sleeping: true });

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "names come and go",
    operations: [
      create("h"),
      create("m"),
      create("a"),
      open("H"),
      open("S"),
      close("m"),
      close("a"),
      close("h"),
      close("H"),
    ],
  },
  {
    name: "an object is created, opened twice and closed",
    operations: [create("s"), create("s"), create("H"), close("s"), create("n"), close("n"), create("h"), close("H")],
  },
  {
    name: "a free mutex is locked recursively",
    operations: [open("M"), wait(["M"], 0), wait(["M"], 0), release, release, wait(["M"], 0), release, close("M")],
  },
  {
    name: "a mutex is handed to a waiter",
    operations: [
      open("M"),
      wait(["M"], 0),
      sync(sleeping("first", "M"), park("second", "M")),
      release,
      wait(["M"], 3000),
      release,
    ],
  },
  {
    name: "a semaphore is released to waiters",
    operations: [open("S"), sync(sleeping("first", "S"), park("second", "S")), post(1), post(2), wait(["S"], 0)],
  },
  {
    name: "a semaphore is waited for",
    operations: [open("S"), wait(["S"], 20), wait(["S"], 3000, { post: 1 }), wait(["S"], 0), post(1), wait(["S"], 0)],
  },
  {
    name: "events are set for waiters",
    operations: [
      open("A"),
      open("N"),
      sync(sleeping("first", "A"), park("second", "N")),
      on("set", "A"),
      on("set", "N"),
    ],
  },
  {
    name: "events are pulsed for waiters",
    operations: [
      open("N"),
      open("A"),
      sync(sleeping("first", "N"), park("second", "N"), park("second", "A")),
      on("pulse", "N"),
      on("pulse", "A"),
      on("set", "A"),
      on("reset", "A"),
    ],
  },
  {
    name: "any and all of several objects are waited for",
    operations: [
      open("M"),
      open("S"),
      open("A"),
      wait(["M", "S"], 0),
      release,
      wait(["S", "A"], 3000, { set: "A" }),
      all(["S", "A", "M"], 3000, { set: "A" }, { post: 1 }),
      release,
    ],
  },
  {
    name: "a wait for all is satisfied by the last object",
    operations: [
      open("S"),
      open("A"),
      sync(parkAll("first", "S", "A"), parkAll("second", "S", "M"), park("second", "A", "S")),
      on("set", "A"),
      on("set", "A"),
      post(1),
      post(2),
    ],
  },
  {
    name: "waits end in the event loop",
    operations: [
      open("S"),
      open("M"),
      later(["S"], 20),
      later(["S", "M"], 0),
      release,
      later(["S"], 3000, { post: 1 }),
      sync(park("first", "S")),
      later(["M"], 0),
      release,
      post(1),
    ],
  },
  {
    name: "a unit is waited for",
    operations: [open("S"), wait(["S"], 5000, { post: 1 })],
  },
  {
    name: "what a dead waiter was granted is found",
    operations: [
      open("S"),
      open("A"),
      sync({ killGranted: [] }),
      wait(["S"], 0),
      sync({ killGranted: [sleeping("first", "S"), park("second", "S", "A")] }),
      post(1),
      wait(["S", "A"], 20),
    ],
  },
  {
    name: "the mutex of a dead owner is found",
    operations: [
      open("M"),
      open("S"),
      sync({ killOwner: true }, sleeping("first", "S")),
      wait(["S", "M"], 3000),
      release,
      post(1),
    ],
  },
];
