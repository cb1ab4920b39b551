// What happens to a process that stores through a read-only view: one scenario a run, named by the first argument.
import { readFileSync, writeSync } from "node:fs";
import { isMainThread, workerData } from "node:worker_threads";
import { addon, makeObject, makePair, nextTurn } from "./read-only-view.js";

class AccessViolation extends Error {
  override readonly name = "EXCEPTION_ACCESS_VIOLATION";
}

function throwOnFault(): void {
  addon.setFaultCallback((_address, _base, offsetBytes, stores) => {
    throw new AccessViolation(`${stores} stores at offset ${offsetBytes}`);
  });
}

const say = (text: string): void => void writeSync(1, `${text}\n`);

function faultAtAddressNearNull(): void {
  addon.memoryUnmap(new ArrayBuffer(8), 8); // the addon believes its callers: a token that is none is dereferenced
}

const scenarios: Record<string, () => void | Promise<void>> = {
  lastStatement() {
    throwOnFault();
    makePair(4096).view[70] = 1;
  },
  listener() {
    throwOnFault();
    process.on("uncaughtException", (error, origin) => say(`${error.name} ${error.message} ${origin}`));
    const { view } = makePair(4096);
    view[70] = 1;
    setTimeout(() => say("goes on"), 20);
  },
  killedBySignal() {
    makePair(4096).view[0] = 1;
    addon.takeFaults();
    process.kill(process.pid, "SIGSEGV");
    setTimeout(() => say("survived"), 2000);
  },
  killedByTrap() {
    makePair(4096).view[0] = 1;
    addon.takeFaults();
    process.kill(process.pid, "SIGTRAP");
    setTimeout(() => say("survived"), 2000);
  },
  crash() {
    makePair(4096).view[0] = 1;
    addon.takeFaults();
    faultAtAddressNearNull();
    say("survived");
  },
  crashWithoutViews() {
    faultAtAddressNearNull();
    say("survived");
  },
  async trapListener() {
    const { view, object } = makePair(4096);
    process.on("SIGTRAP", () => say("user's"));
    view[0] = view[1] = 1;
    const [fault] = addon.takeFaults();
    say(`${fault![3] >= 1} exact ${fault![4]} object ${object[0]} view ${view[0]}`);
    process.kill(process.pid, "SIGTRAP");
    await new Promise((resolve) => setTimeout(resolve, 50));
  },
  mappingLimit() {
    const { view } = makePair(1 << 20);
    function storeAll(): string {
      view[5] = 1;
      for (let page = 0; page < 400; page++) view[(page * 4096) % view.length] = 2;
      view.fill(7);
      return `${addon.takeFaults().length} report, view ${view[5]}`;
    }
    storeAll(); // compiled now: V8 cannot get memory for it later
    const fd = makeObject(4096);
    const out = new Float64Array(2);
    const kept: [ArrayBuffer, number][] = [];
    for (;;) {
      const buffer = addon.memoryMap(fd, 0, 4096, (kept.length & 1) as 0 | 1, out);
      if (typeof buffer === "number") break;
      kept.push([buffer, out[1]!]);
      if (kept.length === 20_000) globalThis.gc?.();
    }
    const result = storeAll();
    for (const [buffer, token] of kept.splice(0, 2000)) addon.memoryUnmap(buffer, token);
    say(result);
    process.exit(0);
  },
  async collected() {
    throwOnFault();
    process.on("uncaughtException", (error) => say(error.message));
    (() => void (makePair(4096).view[12] = 1))();
    for (let round = 0; round < 10; round++) {
      globalThis.gc?.();
      await nextTurn();
    }
    const left = readFileSync("/proc/self/maps", "utf8").split("rtshm-test:fault").length - 1;
    say(`${left} mappings left`);
  },
};

if (isMainThread) {
  await scenarios[process.argv[2]!]!();
} else if (workerData === "store") {
  makePair(4096).view[0] = 1;
} else if (workerData === "throw") {
  throwOnFault();
  makePair(4096).view[70] = 1;
} else if (workerData === "spin") {
  const { view } = makePair(4 << 20);
  for (let at = 0; ; at = (at + 1) % view.length) view[at] = 1;
}
