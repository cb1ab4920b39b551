// A further Node process of a case, on a core of its own: requests go there by message, figures come back.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const canPin = spawnSync("taskset", ["-c", "0", "true"], { stdio: "ignore" }).status === 0;

export interface Peer {
  readonly process: ChildProcess;
  /** Sends a request; resolves with the answer, rejects when the peer dies before it has given one. */
  ask<Answer>(request: unknown): Promise<Answer>;
  /** Ends the peer and waits until it is gone. */
  end(): Promise<void>;
}

/**
 * Starts `build/bench/peers/<module>.js`, on a core of its own where `taskset` is there. It is pinned once it has loaded its
 * modules: a process that is pinned from its start takes the machine for one with a single core.
 */
export async function startPeer(module: string, core: number | null, ...args: string[]): Promise<Peer> {
  const file = fileURLToPath(new URL(`./peers/${module}.js`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, file, ...args], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const answer = async <Answer>(): Promise<Answer> => {
    const gone = exited.then(([code, signal]) => {
      throw new Error(`${module}: ended (${code ?? signal}) before it answered`);
    });
    const [message] = (await Promise.race([once(child, "message"), gone])) as [Answer];
    return message;
  };
  await answer();
  if (core !== null && child.pid !== undefined) pin(child.pid, core);
  return {
    process: child,
    ask<Answer>(request: unknown): Promise<Answer> {
      child.send(request as object);
      return answer<Answer>();
    },
    async end(): Promise<void> {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Puts a process on one core, with all its threads. */
export function pin(pid: number, core: number): void {
  if (canPin) spawnSync("taskset", ["-acp", String(core), String(pid)], { stdio: "ignore" });
}

/** In the peer: answers every request by `serve`, and ends the process when the case lets go of it. */
export function answerRequests<Request>(serve: (request: Request) => unknown): void {
  process.on("message", (request) => {
    void Promise.resolve(serve(request as Request)).then((answer) => process.send?.(answer ?? null));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");
}
