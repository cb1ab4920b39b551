// What the types of rings allow, and what they do not. Compiled, never run.
/* eslint-disable @typescript-eslint/no-unsafe-call -- what does not compile has no type */
import { Ring } from "rtshm";
import { array, atomicU32, bytes, f64, struct, u32 } from "rtshm/struct";

const Point = struct("Point", { id: u32, x: f64 });
const points = Ring.create("points", { item: Point, capacity: 8 });
const texts = Ring.openOrCreate("bytes", {
  messageBytes: 100,
  capacity: 8,
  producers: "one",
  whenFull: "overwriteOldest",
});

points.tryPush({ id: 1, x: 2 }) satisfies boolean;
points.tryPop()?.x satisfies number | undefined;
const claim = points.tryClaim(3);
if (claim !== undefined) claim.at(1).x = claim.view.id;
points.tryPeek()?.view.id satisfies number | undefined;
(await points.pop()).id satisfies number;
(await points.pop({ timeoutMs: 5 }))?.id satisfies number | undefined;
(await points.push({ id: 1, x: 1 })) satisfies true;
points.popSync().x satisfies number;
for await (const point of points) point.x satisfies number;
texts.tryPush(Buffer.from("text")) satisfies boolean;
texts.tryPop() satisfies Uint8Array | undefined;
Ring.open("bytes").tryPop() satisfies Uint8Array | undefined;
Ring.open("points", { item: Point }).tryPop()?.id satisfies number | undefined;

// @ts-expect-error -- a new ring needs a capacity
Ring.create("ring", { item: Point });
// @ts-expect-error -- and messages
Ring.create("ring", { capacity: 8 });
// @ts-expect-error -- of one kind
Ring.create("ring", { item: Point, messageBytes: 8, capacity: 8 });
// @ts-expect-error -- two ways of using a side
Ring.create("ring", { item: Point, capacity: 8, producers: 2 });
// @ts-expect-error -- a field is missing
points.tryPush({ id: 1 });
// @ts-expect-error -- a field is of another type
points.tryPush({ id: "1", x: 2 });
// @ts-expect-error -- text is no message
texts.tryPush("text");
// @ts-expect-error -- what is peeked at belongs to the ring
points.tryPeek()!.view.id = 7;

const Nested = struct("Nested", {
  at: Point,
  path: array(Point, 4),
  ids: array(u32, 2),
  hits: atomicU32,
  raw: bytes(8),
});
const nested = Ring.open("nested", { item: Nested });
const { view: seen } = nested.tryPeek()!;
[seen.at.x, seen.path.at(1).x, seen.ids.at(0), seen.hits.load(), seen.raw[0] ?? 0] satisfies number[];
seen.get() satisfies { ids: number[] };
new TextDecoder().decode(texts.tryPeek()!.view) satisfies string;
// @ts-expect-error -- nor does a struct in it,
seen.at.x = 7;
// @ts-expect-error -- an element,
seen.path.at(1).x = 7;
// @ts-expect-error -- one that is a number,
seen.ids.put(0, 7);
// @ts-expect-error -- an atomic field,
seen.hits.add(1);
// @ts-expect-error -- the whole,
seen.set({});
// @ts-expect-error -- a byte of a field,
seen.raw[0] = 7;
// @ts-expect-error -- or of a message
texts.tryPeek()!.view[0] = 7;
nested.tryClaim()!.view.path.at(1).x = 7;

// @ts-expect-error -- it can time out
(await points.pop({ timeoutMs: 5 })).id satisfies number;
