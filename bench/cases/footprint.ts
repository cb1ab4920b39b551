// Memory: what an object, a further handle and the library itself add to a process and to the system.
import { count, interleave, report, smoke, type Figures } from "../case.js";
import { runC } from "../c-programs.js";
import { startPeer } from "../peer.js";

const OBJECTS = count(10_000, 50);
const TIMES = smoke ? 1 : 3;

/** Each figure comes from a fresh process: memory that was once used is not given back. */
async function inFreshProcess(what: string): Promise<Figures> {
  const peer = await startPeer("footprint", null, what);
  const figures = await peer.ask<Figures>({ objects: OBJECTS });
  await peer.end();
  return Object.fromEntries(Object.entries(figures).map(([name, bytes]) => [`${what} ${name}`, bytes]));
}

const kinds = ["shared memory", "event", "mutex", "further handle"] as const;
const figures = await interleave(
  TIMES,
  () => {
    const c = runC("footprint", "objects", OBJECTS, 4096);
    return { "C resident": c.resident ?? Number.NaN, "C shared": c.shared ?? Number.NaN };
  },
  ...kinds.map((kind) => () => inFreshProcess(kind)),
  () => inFreshProcess("nothing"),
  () => inFreshProcess("library"),
);

const bytes = { unit: "bytes", against: "C memfd of 4 KB, mapped and touched" } as const;
for (const kind of kinds) {
  const name =
    kind === "shared memory" ? "4 KB shared memory" : kind === "further handle" ? "further handle of one event" : kind;
  report(figures, { name: `${name}: resident, each`, ...bytes, theirs: "C resident", ours: `${kind} resident` });
  report(figures, {
    name: `${name}: shared memory of the system, each`,
    ...bytes,
    theirs: "C shared",
    ours: `${kind} shared`,
  });
}
report(figures, {
  name: "process with the library and one object: resident",
  unit: "bytes",
  against: "Node.js alone",
  theirs: "nothing process",
  ours: "library process",
});
