// At the limits of the process and the machine: an error code, nothing lost, and no signal.
import { isLong, runChild, saidBy } from "./child.js";
import assert from "node:assert/strict";
import { test } from "node:test";

const FILL = `
const held = [];
let made, kinds = Object.keys(makers);
for (let i = 0; i < 5000; i++) { const [kind] = [kinds[i % 4]]; const h = makers[kind]("n" + i); if (h === null) break; held.push(h); }
const code = rt.GetLastError();
`;

test("without descriptors left, every create and open answers 4, and after closing all is as before", async () => {
  const said = await saidBy(
    `rt.RtCloseHandle(makers.event("warm-up"));
const before = fds();
${FILL}
say([held.length > 20, code]);
for (const kind of kinds) say([...did(() => makers[kind]("more")), ...did(() => makers[kind](null))]);
const first = held[0];
say([did(() => rt.RtCloseHandle(first)), did(() => makers.memory("n0"))]);
for (const h of held.slice(1)) if (!rt.RtCloseHandle(h)) say("not closed");
rt.RtCloseHandle(openers.memory("n0"));
say(did(() => openers.event("n1")));
const again = makers.event("again");
rt.RtSetEvent(again);
say(rt.RtWaitForSingleObject(again, 0));
say(readdirSync(process.env.RTSHM_DIR).filter((f) => f.startsWith("n")).length);`,
    { shell: "ulimit -n 80" },
  );
  const none = [null, 4, null, 4];
  assert.deepEqual(said, [
    [true, 4],
    none,
    none,
    none,
    none,
    [
      [true, 0xabc],
      ["handle", 0],
    ],
    [null, 2],
    0,
    1,
  ]);
});

test("an object of another process that cannot be opened for want of descriptors still exists afterwards", async () => {
  const said = await saidBy(
    `
import { spawn } from "node:child_process";
const child = spawn(process.execPath, ["--input-type=module", "-e", 'import * as rt from "rtshm/win32"; rt.RtCreateEvent(null, true, true, "theirs"); console.log(1); setInterval(() => 0, 1000);'], { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((resolve) => child.stdout.once("data", resolve));
const mine = makers.event("mine");
${FILL}
say(code);
say(did(() => openers.event("theirs")));
for (const h of held) rt.RtCloseHandle(h);
const theirs = openers.event("theirs");
say(rt.RtWaitForSingleObject(theirs, 0));
child.kill("SIGKILL");
process.exit(0);`,
    { shell: "ulimit -n 80" },
  );
  assert.deepEqual(said, [4, [null, 4], 0]);
});

test("with a limit on file sizes, a larger object is refused with 8 or 1455 and no signal comes", async () => {
  const said = await saidBy(
    `const outcome = did(() => rt.RtCreateSharedMemory(4, 0, 50 << 20, "big", location()));
say(outcome); say(did(() => rt.RtCreateSharedMemory(4, 0, 100, "small", location())));`,
    { shell: "ulimit -f 20000" },
  );
  assert.equal((said[0] as unknown[])[0], null);
  assert.ok([8, 1455].includes((said[0] as number[])[1]!), String(said[0]));
  assert.deepEqual(said[1], ["handle", 0]);
});

test("a limit on file sizes below the dispatcher's gives a code for every type and no signal", async () => {
  const said = await saidBy(`for (const kind of Object.keys(makers)) say(did(() => makers[kind]("x")));`, {
    shell: "ulimit -f 0",
  });
  assert.equal(said.length, 4);
  for (const [value, code] of said as [unknown, number][])
    assert.ok(value === null && [8, 1455].includes(code), JSON.stringify(said));
});

test("with a limit on address space, mapping more than is left is refused with 8 or 1455, and less still works", async () => {
  const said = await saidBy(
    `const limit = Number(/VmSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) + 200_000;
const { execFileSync } = await import("node:child_process");
execFileSync("prlimit", ["--pid", String(process.pid), "--as=" + limit * 1024]);
say(did(() => rt.RtCreateSharedMemory(4, 0, 400 << 20, "big", location())));
say(did(() => rt.RtOpenSharedMemory(2, false, "big", location())));
const small = location();
say(did(() => rt.RtCreateSharedMemory(4, 0, 1 << 20, "small", small)));
say(small.value.byteLength);`,
  );
  assert.equal((said[0] as unknown[])[0], null);
  assert.ok([8, 1455].includes((said[0] as number[])[1]!), String(said[0]));
  assert.deepEqual(said.slice(1), [[null, 2], ["handle", 0], 1 << 20]);
});

test("sizes beyond the machine are refused at once, and nothing of them stays", async () => {
  const said = await saidBy(
    `
for (const [high, low] of [[256, 0], [1 << 20, 0], [0x7fffffff, 0], [0x7fffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x200000, 1], [0x4000, 0], [0x3fff, 0xffffffff]])
  say([...did(() => rt.RtCreateSharedMemory(4, high, low, "huge", location())), ...did(() => rt.RtCreateSharedMemory(0, high, low, null, location())), ...did(() => openers.memory("huge"))]);
say(did(() => makers.memory("huge")));`,
    { limitMs: 15_000 },
  );
  const last = said.pop();
  assert.equal(said.length, 8);
  for (const [one, code, two, code2, three, absent] of said as [null, number, null, number, null, number][]) {
    assert.deepEqual([one, two, three, absent], [null, null, null, 2]);
    assert.ok([8, 1455].includes(code) && [8, 1455].includes(code2), `${code} ${code2}`);
  }
  assert.deepEqual(last, ["handle", 0]);
});

test("ten thousand handles to one object and to many, in one process, all work and all close", async () => {
  const n = isLong ? 30_000 : 10_000;
  const said = await saidBy(
    `const event = rt.RtCreateEvent(null, true, false, "one");
const before = fds();
const same = Array.from({ length: ${n / 2} }, () => rt.RtOpenEvent(0, false, "one"));
say([fds() - before, new Set(same).size, rt.RtSetEvent(same.at(-1)), rt.RtWaitForSingleObject(same[0], 0)]);
const many = Array.from({ length: ${n / 2} }, (_, i) => makers.semaphore("s" + i));
say([new Set(many).size, many.includes(null), rt.GetLastError(), rt.RtReleaseSemaphore(many[77], 1, null), rt.RtWaitForMultipleObjects(2, [many[76], many[77]], false, 0)]);
for (const h of [...same, ...many]) if (!rt.RtCloseHandle(h)) say("not closed");
say([fds() - before, rt.RtWaitForSingleObject(event, 0), readdirSync(process.env.RTSHM_DIR).filter((f) => /^s\\d+~/.test(f)).length]);`,
    { shell: "ulimit -n $(ulimit -Hn)" },
  );
  assert.deepEqual(said, [
    [0, n / 2, true, 0],
    [n / 2, false, 0, true, 1],
    [0, 0, 0],
  ]);
});

test("the limit on mappings is answered with 8, not with a crash", { skip: !isLong && "long form only" }, async () => {
  const said = await saidBy(`const event = rt.RtCreateEvent(null, true, true, "one");
const held = [];
for (;;) { const h = rt.RtOpenEvent(0, false, "one"); if (h === null) break; held.push(h); if (held.length > 70000) break; }
say(rt.GetLastError());
for (const h of held) rt.RtCloseHandle(h);
say(rt.RtWaitForSingleObject(event, 0));`);
  assert.deepEqual(said, [8, 0]);
});

const CGROUP = "/sys/fs/cgroup/memory";
test(
  "a control group's limit is answered with 1455 before its killer comes",
  { skip: !isLong && "long form only" },
  async (t) => {
    const shell = `d=${CGROUP}/$(awk -F: '$2=="memory"{print $3}' /proc/self/cgroup)/rtshm-test-$$; mkdir -p $d && echo 400M > $d/memory.limit_in_bytes && echo $$ > $d/cgroup.procs || exit 99`;
    const { code, signal, said } = await runChild(
      `say(did(() => rt.RtCreateSharedMemory(4, 0, 800 << 20, "big", location()))); say(did(() => rt.RtCreateSharedMemory(4, 0, 100 << 20, "fits", location())));`,
      { shell },
    );
    if (code === 99) return t.skip("no control group to write to");
    assert.deepEqual(
      { code, signal, said },
      {
        code: 0,
        signal: null,
        said: [
          [null, 1455],
          ["handle", 0],
        ],
      },
    );
  },
);
