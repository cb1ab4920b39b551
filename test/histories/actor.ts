// A thread under test, main thread or worker: makes the calls it is told to make, and ends as it is told to.
//   node actor.js SOCKET
import { readlinkSync } from "node:fs";
import { connect } from "node:net";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import * as rt from "rtshm/win32";
import type { HANDLE, WaitResult } from "rtshm/win32";
import type { Answer } from "../conformance/protocol.js";
import type { Step } from "./steps.js";
import { listen, say, type Order, type Report } from "./talk.js";

const EVERY_RIGHT = 0x1f0003;
const path = process.argv[2]!;
const socket = connect(path);
const workers = new Map<number, Worker>();

function start(id: number, thread: number): void {
  const worker = new Worker(new URL(import.meta.url), { argv: [path], workerData: thread });
  worker.on("error", () => undefined); // an exception that nobody catches is one of the ends
  workers.set(thread, worker);
  say(socket, { id, answer: {} });
}

function create({ op, name = null, ...step }: Step): HANDLE | null {
  switch (op) {
    case "createEvent":
      return rt.RtCreateEvent(null, Boolean(step.manualReset), Boolean(step.initialState), name);
    case "createMutex":
      return rt.RtCreateMutex(null, Boolean(step.initialOwner), name);
    case "createSemaphore":
      return rt.RtCreateSemaphore(null, step.initial ?? 0, step.max ?? 1, name);
    case "openEvent":
      return rt.RtOpenEvent(EVERY_RIGHT, false, name);
    case "openMutex":
      return rt.RtOpenMutex(EVERY_RIGHT, false, name);
    default:
      return rt.RtOpenSemaphore(EVERY_RIGHT, false, name);
  }
}

const milliseconds = ({ timeoutMs }: Step): number => (timeoutMs === "infinite" ? rt.INFINITE : (timeoutMs ?? 0));

function wait(step: Step, handles: HANDLE[]): Answer {
  const ret = step.handles
    ? rt.RtWaitForMultipleObjects(handles.length, handles, step.all ?? false, milliseconds(step))
    : rt.RtWaitForSingleObject(handles[0]!, milliseconds(step));
  return { ret, lastError: rt.GetLastError() };
}

function waitLater(step: Step, handles: HANDLE[]): Promise<WaitResult> {
  return step.handles
    ? rt.RtWaitForMultipleObjectsAsync(handles.length, handles, step.all ?? false, milliseconds(step))
    : rt.RtWaitForSingleObjectAsync(handles[0]!, milliseconds(step));
}

const outcome = (result: object): Answer => ({ ...result, lastError: rt.GetLastError() });

function call(step: Step, handles: HANDLE[]): Answer {
  const handle = handles[0]!;
  switch (step.op) {
    case "setEvent":
      return outcome({ ok: rt.RtSetEvent(handle) });
    case "resetEvent":
      return outcome({ ok: rt.RtResetEvent(handle) });
    case "pulseEvent":
      return outcome({ ok: rt.RtPulseEvent(handle) });
    case "releaseMutex":
      return outcome({ ok: rt.RtReleaseMutex(handle) });
    case "releaseSemaphore": {
      const NOT_WRITTEN = -1;
      const previous = { value: NOT_WRITTEN };
      const ok = rt.RtReleaseSemaphore(handle, step.count ?? 1, previous);
      return outcome({ ok, previous: previous.value === NOT_WRITTEN ? null : previous.value });
    }
    case "closeHandle":
      return outcome({ ok: rt.RtCloseHandle(handle) });
    case "wait":
    case "waitMany":
    case "waitBegin":
      return wait(step, handles);
    case "turn":
      return {};
    default:
      return { error: `unknown operation ${step.op}` };
  }
}

function end({ op, how, code }: Step): void {
  if (how === "finish") socket.destroy();
  else if (how === "throw")
    setImmediate(() => {
      throw new Error("as told");
    });
  else if (op === "exitProcess") rt.ExitProcess(code ?? 0);
  else process.exit(0); // in a worker the end of the worker
}

async function perform(id: number, step: Step, handles: HANDLE[]): Promise<Report> {
  if (step.op.startsWith("create") || step.op.startsWith("open")) {
    const handle = create(step);
    const lastError = rt.GetLastError();
    return { id, handle, answer: { handle: handle === null ? null : step.as, lastError } };
  }
  if (step.later !== true) return { id, answer: call(step, handles) };
  const promise = waitLater(step, handles);
  say(socket, { id, pending: true });
  const { result, lastError } = await promise;
  return { id, answer: { ret: result, lastError } };
}

async function obey(order: Order): Promise<void> {
  if ("start" in order) return start(order.id, order.start);
  if ("terminate" in order) {
    await workers.get(order.terminate)?.terminate();
    return say(socket, { id: order.id, answer: { ended: true } });
  }
  const { id, step, handles, lastError } = order;
  if (step.op === "endThread" || step.op === "exitProcess") return end(step);
  rt.SetLastError(lastError);
  try {
    say(socket, await perform(id, step, handles as HANDLE[]));
  } catch (error) {
    say(socket, { id, answer: { error: String(error) } });
  }
}

const [, tid] = /task\/(\d+)/.exec(readlinkSync("/proc/thread-self"))!;
socket.once("connect", () => {
  say(socket, { thread: isMainThread ? 0 : (workerData as number), tid: Number(tid) });
});
listen(socket, (order: Order) => void obey(order));
// The driver is gone, or has given this world up: nobody needs this process any more.
socket.once("end", () => process.kill(process.pid, "SIGKILL"));
