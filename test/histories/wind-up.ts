// The last part of a history: a judge looks at every object through handles of its own, what is pending is satisfied where
// somebody can, everything is closed, and the judge finds no name left.
import type { Step } from "./steps.js";
import { JUDGE, PROCESSES, type Actor, type Held, type Story } from "./story.js";

/** Satisfying one wait can take from another: it need not come to an end. */
const TRIES = 40;
const EVERYBODY = [...PROCESSES, JUDGE];

function openAll(story: Story): void {
  for (const name of story.dice.shuffled(story.names)) {
    const kind = story.kinds.get(name)!;
    const family = kind === "mutex" ? "Mutex" : kind === "semaphore" ? "Semaphore" : "Event";
    story.add({ p: JUDGE, thread: 0, op: `open${family}`, as: story.nextSlot(), name });
  }
}

/** Polls until there is nothing to take; a mutex is given back. */
function lookAt(story: Story, actor: Actor, { slot: handle, thing }: Held): void {
  const before = thing.count;
  story.add({ ...actor, op: "wait", handle, timeoutMs: 0 });
  if (thing.kind === "mutex" && story.state.things.get(thing.id)?.count !== before)
    story.add({ ...actor, op: "releaseMutex", handle });
  if (thing.kind === "semaphore" && thing.count < before) lookAt(story, actor, { p: actor.p, slot: handle, thing });
}

function lookAtAll(story: Story): void {
  for (const held of story.held([JUDGE])) lookAt(story, { p: JUDGE, thread: 0 }, held);
  for (const held of story.held(PROCESSES)) {
    const actor = story.dice.pick(story.freeThreads(held.p));
    // Objects with a name the judge has seen.
    if (actor && (held.thing.name === null || story.dice.chance(0.2))) lookAt(story, actor, held);
  }
}

/** Steps of which each may bring a pending wait nearer to its end. */
function helpful(story: Story): Step[] {
  const steps: Step[] = [];
  for (const { p, slot: handle, thing } of story.held(EVERYBODY)) {
    if (!story.state.waits.some(({ things }) => things.includes(thing.id))) continue;
    const actor = story.dice.pick(story.freeThreads(p));
    const owner = story.ownerOf(thing);
    if (thing.kind === "mutex") {
      if (owner?.p === p) steps.push({ ...owner, op: "releaseMutex", handle });
    } else if (actor && thing.count < thing.maximum)
      steps.push(
        thing.kind === "semaphore"
          ? { ...actor, op: "releaseSemaphore", handle, count: 1 }
          : { ...actor, op: "setEvent", handle },
      );
  }
  return steps;
}

function satisfyAll(story: Story): void {
  for (let i = 0; i < TRIES && story.state.waits.length > 0; i++) {
    const step = story.dice.pick(helpful(story));
    if (!step) return;
    story.add(story.dice.chance(0.5) ? { ...step, hurry: true } : step);
  }
}

function closeAll(story: Story): void {
  for (const { p, slot: handle } of story.dice.shuffled(story.held(EVERYBODY))) {
    const actor = story.dice.pick(story.freeThreads(p));
    if (actor) story.add({ ...actor, op: "closeHandle", handle });
  }
  for (const p of PROCESSES) {
    const isLeft = story.held([p]).length > 0 || story.state.waits.some(({ thread }) => story.processOf(thread) === p);
    if (isLeft) story.add({ p, op: "kill" });
  }
}

/** Adds it to the story. */
export function windUp(story: Story): void {
  if (story.rules.slices && story.state.waits.length > 0 && story.dice.chance(0.25)) story.add({ op: "settle" });
  for (const p of PROCESSES) story.add({ p, op: "continue" });
  openAll(story);
  lookAtAll(story);
  satisfyAll(story);
  lookAtAll(story);
  closeAll(story);
  openAll(story);
}
