// One random step of a history, whether or not it can be made: what is worth trying is tried more often.
import { threadsOf, type Kind, type Thing } from "./model-state.js";
import type { End, Step } from "./steps.js";
import { PROCESSES, type Actor, type Held, type Story } from "./story.js";

const WAITS_MAX = 7;
const LONG_MS = "infinite";
/** Passes while a step is made: nothing else happens meanwhile. */
const SHORT_MS = 12;

const FAMILY: Readonly<Record<Kind, string>> = {
  auto: "Event",
  manual: "Event",
  mutex: "Mutex",
  semaphore: "Semaphore",
};

function actorOf(story: Story): Actor | undefined {
  const free = story.freeThreads(story.dice.pick(PROCESSES)!);
  // Workers that are there already, and the main thread, more often than one that must be started.
  const known = free.filter(({ p, thread }) =>
    story.state.threads.some((one) => one.process === p && one.number === thread),
  );
  return story.dice.pick(known.length > 0 && story.dice.chance(0.7) ? known : free);
}

function create(story: Story, actor: Actor): Step {
  const { dice } = story;
  const name = dice.chance(0.07) ? null : dice.pick(story.names)!;
  const known: Kind = name === null ? "mutex" : story.kinds.get(name)!;
  const kind = dice.chance(0.93) ? known : dice.pick(["auto", "manual", "mutex", "semaphore"] as const)!;
  const made = { ...actor, op: `create${FAMILY[kind]}`, as: story.nextSlot(), name };
  if (kind === "mutex") return { ...made, initialOwner: dice.chance(0.5) };
  if (kind === "semaphore") return { ...made, initial: dice.between(0, 1), max: dice.between(1, 3) };
  return { ...made, manualReset: kind === "manual", initialState: dice.chance(0.25) };
}

function open(story: Story, actor: Actor): Step {
  const own = story.held([actor.p]).map(({ thing }) => thing.name);
  const missing = story.names.filter((name) => !own.includes(name));
  const name = story.dice.pick(missing.length > 0 && story.dice.chance(0.8) ? missing : story.names)!;
  return { ...actor, op: `open${FAMILY[story.kinds.get(name)!]}`, as: story.nextSlot(), name };
}

/** Handles of different objects, mostly. */
function several(story: Story, held: readonly Held[]): Held[] {
  const chosen: Held[] = [];
  const count = story.dice.between(2, 3);
  for (const one of story.dice.shuffled(held))
    if (chosen.length < count && (chosen.every(({ thing }) => thing !== one.thing) || story.dice.chance(0.05)))
      chosen.push(one);
  return chosen;
}

function wait(story: Story, actor: Actor, begin: boolean): Step | undefined {
  const { dice, state } = story;
  const held = story.held([actor.p]);
  const isFree = ({ thing }: Held): boolean => thing.owner === 0 && (thing.kind === "mutex" || thing.count > 0);
  const many = several(story, held);
  const isMany = many.length > 1 && dice.chance(0.65);
  const all = dice.chance(0.65);
  const one = story.choose(held);
  if (one === undefined || (begin && state.waits.length >= WAITS_MAX)) return undefined;
  const chosen = isMany ? many : [one];
  const isReady = isMany && all ? chosen.every(isFree) : chosen.some(isFree);
  const slots = chosen.map(({ slot }) => slot);
  const what = isMany ? { handles: slots, all } : { handle: one.slot };
  const later = dice.chance(0.45) ? { later: true } : {};
  // Most of the waits that are begun are to stay.
  if (begin && (!isReady || dice.chance(0.25)))
    return { ...actor, op: "waitBegin", ...what, ...later, timeoutMs: LONG_MS };
  const timeoutMs = dice.chance(0.1) ? SHORT_MS : 0;
  return { ...actor, op: isMany ? "waitMany" : "wait", ...what, ...later, timeoutMs };
}

/** A signal to an object: most of them by those who can, to objects that somebody waits for. */
function signal(story: Story, actor: Actor): Step | undefined {
  const { dice } = story;
  const one = story.choose(story.held([actor.p]));
  if (one === undefined) return undefined;
  const { thing, slot: handle } = one;
  if (thing.kind === "semaphore") return { ...actor, op: "releaseSemaphore", handle, count: dice.between(1, 2) };
  if (thing.kind !== "mutex") {
    const op = dice.weighted({ setEvent: 5, pulseEvent: 4, resetEvent: 1 });
    return { ...actor, op, handle };
  }
  const owner = story.ownerOf(thing);
  const by = owner?.p === actor.p && dice.chance(0.9) ? owner : actor;
  return { ...by, op: "releaseMutex", handle };
}

/** An end, most of them of those who own something, above all what somebody waits for. */
function end(story: Story): Step | undefined {
  const { dice, state } = story;
  const ownersOf = (things: Thing[]): Actor[] =>
    things.map((thing) => story.ownerOf(thing)).filter((owner) => owner !== undefined);
  const owners = ownersOf([...state.things.values()]);
  const wanted = ownersOf(state.waits.flatMap(({ things }) => things.map((id) => state.things.get(id)!)));
  const all = state.threads.map(({ process: p, number: thread }) => ({ p, thread }));
  const choice = dice.weighted({ wanted: wanted.length > 0 ? 6 : 0, owners: owners.length > 0 ? 3 : 0, all: 1 });
  const who = dice.pick({ wanted, owners, all }[choice]);
  if (who === undefined) return undefined;
  const isWorker = who.thread > 0 && dice.chance(0.75);
  const how: End = dice.weighted({ exit: 3, terminate: isWorker ? 4 : 0, finish: 2, throw: 1 });
  if (isWorker) return { ...who, op: "endThread", how };
  if (dice.chance(0.5)) {
    const another = dice.pick(PROCESSES.filter((p) => p !== who.p && threadsOf(state, p).length > 0));
    return another === undefined || dice.chance(0.7)
      ? { p: who.p, op: "kill" }
      : { p: who.p, op: "kill", also: another };
  }
  return { ...who, op: "exitProcess", how, code: 0 };
}

function close(story: Story, actor: Actor): Step | undefined {
  const one = story.choose(story.held([actor.p]));
  return one && { ...actor, op: "closeHandle", handle: one.slot };
}

/** Stops a process for a while, most likely one that waits. */
function stop({ dice, state }: Story): Step | undefined {
  const [stopped] = state.stopped;
  if (stopped !== undefined) return { p: stopped, op: "continue" };
  const waiting = state.threads.filter(({ id }) => state.waits.some(({ thread }) => thread === id));
  const p = dice.pick(waiting)?.process;
  return p === undefined ? undefined : { p, op: "stop" };
}

/** What would be a history's next step. */
export function propose(story: Story): Step | undefined {
  const { dice } = story;
  const actor = actorOf(story);
  if (!actor) return end(story);
  const few = story.held([actor.p]).length < 3;
  const op = dice.weighted({
    create: few ? 30 : 3,
    open: few ? 22 : 3,
    close: 8,
    poll: 10,
    wait: 42,
    signal: 24,
    end: 9,
    stop: story.state.stopped.size > 0 ? 12 : 3,
  });
  if (op === "stop") return stop(story);
  if (op === "create") return create(story, actor);
  if (op === "open") return open(story, actor);
  if (op === "close") return close(story, actor);
  if (op === "poll") return wait(story, actor, false);
  if (op === "wait") return wait(story, actor, true);
  return op === "signal" ? signal(story, actor) : end(story);
}
