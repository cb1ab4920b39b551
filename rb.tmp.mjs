import { Ring } from "rtshm";
import { struct, u32, f64 } from "rtshm/struct";
import { fork } from "node:child_process";
const M = struct("M", { id: u32, kind: u32, a: f64, b: f64, c: f64 });
const opts = (n, p) => ({ item: M, capacity: 4096, producers: p, consumers: p });
const [,, role, mode, side, nn] = process.argv;
const N = Number(nn ?? 4e6);
const BATCH = 64;
function produce(ring, mode) {
  if (mode === "claim") {
    let i = 0;
    while (i < N) {
      const claim = ring.tryClaim(Math.min(BATCH, N - i));
      if (claim === undefined) continue;
      const n = claim.length;
      for (let j = 0; j < n; j++) { const v = claim.at(j); v.id = i + j; v.kind = 1; v.a = i; v.b = j; v.c = 2; }
      claim.commit(); i += n;
    }
  } else if (mode === "batch") {
    const values = Array.from({ length: BATCH }, (_, i) => ({ id: i, kind: 1, a: 1, b: 2, c: 3 }));
    let i = 0;
    while (i < N) i += ring.tryPushBatch(values);
  } else {
    const value = { id: 0, kind: 1, a: 1, b: 2, c: 3 };
    for (let i = 0; i < N;) { value.id = i; if (ring.tryPush(value)) i++; }
  }
}
function consume(ring, mode) {
  let sum = 0;
  if (mode === "claim") {
    let i = 0;
    while (i < N) {
      const peek = ring.tryPeek(BATCH);
      if (peek === undefined) continue;
      const n = peek.length;
      for (let j = 0; j < n; j++) { const v = peek.at(j); sum += v.id + v.a + v.c; }
      peek.release(); i += n;
    }
  } else if (mode === "batch") {
    let i = 0; while (i < N) { const vs = ring.tryPopBatch(BATCH); i += vs.length; }
  } else for (let i = 0; i < N;) { const v = ring.tryPop(); if (v !== undefined) { sum += v.id; i++; } }
  return sum;
}
if (role === "peer") {
  const ring = Ring.open("r", { item: M });
  process.send("ready");
  process.on("message", () => { const t = process.hrtime.bigint(); consume(ring, mode); process.send(Number(process.hrtime.bigint() - t)); });
} else {
  for (const p of ["one", "many"]) for (const mode of ["claim", "batch", "single"]) {
    const ring = Ring.create("r", opts("r", p));
    const child = fork(process.argv[1], ["peer", mode, p, String(N)]);
    await new Promise(r => child.once("message", r));
    const r = [];
    for (let k = 0; k < 4; k++) {
      const done = new Promise(r => child.once("message", r));
      child.send("go");
      const t = process.hrtime.bigint();
      produce(ring, mode);
      const ns = Number(process.hrtime.bigint() - t);
      await done;
      r.push((ns / N).toFixed(1));
    }
    console.log(p, mode, r.join(" "), "ns/message");
    child.kill(); ring.close();
    await new Promise(r => child.once("exit", r));
  }
}
