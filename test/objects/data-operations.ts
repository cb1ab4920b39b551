// The operations of rings and snapshots: part of operations.ts.
import { waitAnySync } from "rtshm";
import { WAIT, type Operation } from "./operations.js";

const seven = { count: 7 };
const eight = { count: 8 };
const none = undefined;

export const dataOperations: readonly Operation[] = [
  { name: "ring.tryPush", act: ({ ring }) => ring.tryPush(eight), ready: true, idle: true, satisfies: "ring" },
  { name: "ring.pushSync", act: ({ ring }) => ring.pushSync(eight, WAIT), ready: true, idle: true, satisfies: "ring" },
  {
    name: "ring.push",
    awaits: true,
    act: ({ ring }) => ring.push(eight, WAIT),
    ready: true,
    idle: true,
    satisfies: "ring",
  },
  {
    name: "ring.tryPushBatch",
    act: ({ ring }) => ring.tryPushBatch([eight, eight]),
    ready: 2,
    idle: 2,
    satisfies: "ring",
  },
  {
    name: "ring.pushBatch",
    awaits: true,
    act: ({ ring }) => ring.pushBatch([eight, eight], WAIT),
    ready: 2,
    idle: 2,
    satisfies: "ring",
  },
  {
    name: "ring.tryClaim",
    act: ({ ring }) => {
      const claim = ring.tryClaim();
      if (claim === undefined) return "full";
      claim.view.count = 8;
      claim.commit();
      return "committed";
    },
    ready: "committed",
    idle: "committed",
    satisfies: "ring",
  },
  { name: "ring.tryPop", act: ({ ring }) => ring.tryPop(), ready: seven, idle: none },
  { name: "ring.popSync", act: ({ ring }) => ring.popSync(WAIT), ready: seven, idle: none },
  { name: "ring.pop", awaits: true, act: ({ ring }) => ring.pop(WAIT), ready: seven, idle: none },
  { name: "ring.tryPopBatch", act: ({ ring }) => ring.tryPopBatch(), ready: [seven], idle: [] },
  { name: "ring.popBatch", awaits: true, act: ({ ring }) => ring.popBatch(2, WAIT), ready: [seven], idle: [] },
  {
    name: "ring.tryPeek",
    act: ({ ring }) => {
      using peek = ring.tryPeek();
      return peek?.view.count;
    },
    ready: 7,
    idle: none,
  },
  {
    name: "ring.items",
    awaits: true,
    act: async ({ ring }) => {
      for await (const message of ring.items({ signal: AbortSignal.timeout(30) })) return message;
      return "end";
    },
    ready: seven,
    idle: "TimeoutError",
  },
  {
    name: "ring.waitReadable",
    awaits: true,
    act: ({ ring }) => ring.waitReadable(WAIT),
    ready: true,
    idle: false,
  },
  { name: "ring.waitReadableSync", act: ({ ring }) => ring.waitReadableSync(WAIT), ready: true, idle: false },
  { name: "ring.waitWritable", awaits: true, act: ({ ring }) => ring.waitWritable(WAIT), ready: true, idle: true },
  { name: "ring.waitWritableSync", act: ({ ring }) => ring.waitWritableSync(WAIT), ready: true, idle: true },
  { name: "ring.capacity", act: ({ ring }) => ring.capacity, ready: 4, idle: 4, closed: 4 },
  { name: "waitAnySync of a ring", act: ({ ring }) => waitAnySync([ring], WAIT).index, ready: 0, idle: -1 },
  { name: "snapshot.read", act: ({ snapshot }) => snapshot.read(), ready: seven, idle: seven },
  { name: "snapshot.readInto", act: ({ snapshot }) => snapshot.readInto(new Uint8Array(4)), ready: 1, idle: 1 },
  { name: "snapshot.copy", act: ({ snapshot }) => snapshot.copy().view.count, ready: 7, idle: 7 },
  { name: "snapshot.version", act: ({ snapshot }) => snapshot.version, ready: 1, idle: 1 },
  { name: "snapshot.changed", awaits: true, act: ({ snapshot }) => snapshot.changed(WAIT), ready: 1, idle: none },
  { name: "snapshot.changedSync", act: ({ snapshot }) => snapshot.changedSync(WAIT), ready: 1, idle: none },
  {
    name: "snapshot.changes",
    awaits: true,
    act: async ({ snapshot }) => {
      for await (const value of snapshot.changes({ signal: AbortSignal.timeout(30) })) return value;
      return "end";
    },
    ready: seven,
    idle: "TimeoutError",
  },
  {
    name: "snapshot.write",
    act: ({ snapshot }) => snapshot.write(eight),
    ready: 2,
    idle: 2,
    satisfies: "snapshot",
  },
  {
    name: "snapshot.update",
    act: ({ snapshot }) => snapshot.update((view) => void (view.count += 1)),
    ready: 2,
    idle: 2,
    satisfies: "snapshot",
  },
  {
    name: "waitAnySync of a snapshot",
    act: ({ snapshot }) => waitAnySync([snapshot], WAIT).index,
    ready: 0,
    idle: -1,
  },
];
