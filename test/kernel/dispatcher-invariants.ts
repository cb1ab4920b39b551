// What must hold of the dispatcher's memory whenever its lock is free: read straight from the words, not through the code.
import assert from "node:assert/strict";
import {
  BlockKind,
  EntryPhase,
  EntryWord,
  FUTEX_OWNER_DIED,
  NodeWord,
  ThreadWord,
  Word,
  blockWord,
  generationOf,
  threadIndexOf,
  threadWord,
} from "#protocol/dispatcher-layout";
import { ObjectType, StateWord } from "#protocol/object-header";
import { ABANDONED, isSignalled } from "#protocol/state-machines";
import type { Snapshot } from "./recorded-memory.js";

export interface ObjectSeed {
  readonly type: ObjectType;
  readonly id0: number;
  readonly id1: number;
}

/** One wait as seen from outside: who, on which objects, and what it was given (0: nothing yet). */
export interface WaitView {
  readonly thread: number;
  readonly objects: readonly number[];
  readonly all: boolean;
  readonly granted: number;
}

/** A picture without block numbers: what the objects are and who waits, in the order of each queue. */
export interface Picture {
  readonly states: readonly number[];
  readonly queues: readonly (readonly number[])[];
  readonly waits: readonly WaitView[];
}

export class Reader {
  readonly #memory: Int32Array;
  readonly #pages: readonly Int32Array[];

  constructor(
    snapshot: Snapshot,
    readonly seeds: readonly ObjectSeed[],
    readonly threads: number,
  ) {
    const [memory, ...pages] = snapshot;
    this.#memory = memory!;
    this.#pages = pages;
  }

  at(index: number): number {
    const value = this.#memory[index];
    assert.ok(value !== undefined, `word ${index} is outside the memory`);
    return value;
  }

  node(block: number, field: keyof typeof NodeWord): number {
    return this.at(blockWord(block) + NodeWord[field]);
  }

  entry(block: number, field: keyof typeof EntryWord): number {
    return this.at(blockWord(block) + EntryWord[field]);
  }

  isAlive(thread: number): boolean {
    const record = threadWord(threadIndexOf(thread));
    const life = this.at(record + ThreadWord.life);
    return (
      this.at(record + ThreadWord.generation) === generationOf(thread) && life !== 0 && (life & FUTEX_OWNER_DIED) === 0
    );
  }

  /** The entry that holds an object's state, or 0 while its own word does. */
  liveEntry(object: number): number {
    const words = this.#pages[object]!;
    const block = words[StateWord.entry]!;
    const seed = this.seeds[object]!;
    if (words[StateWord.state]! >= 0 || block === 0 || this.entry(block, "kind") !== BlockKind.Entry) return 0;
    const isOwn = this.entry(block, "id0") === seed.id0 && this.entry(block, "id1") === seed.id1;
    return isOwn && this.entry(block, "phase") !== EntryPhase.Opening ? block : 0;
  }

  /** The state, with an owner that is dead shown as abandoned. */
  state(object: number): number {
    const entry = this.liveEntry(object);
    const word = this.#pages[object]![StateWord.state]! & 0x7fff_ffff;
    const state = entry === 0 ? word : this.entry(entry, "state");
    const isOwner = this.seeds[object]!.type === ObjectType.Mutex && state !== 0 && state !== ABANDONED;
    return isOwner && !this.isAlive(state) ? ABANDONED : state;
  }

  queue(block: number): number[] {
    const nodes: number[] = [];
    let previous = 0;
    for (let node = this.entry(block, "head"); node !== 0; node = this.node(node, "next")) {
      assert.ok(nodes.length < 1000, "a queue has no end");
      assert.equal(this.node(node, "kind"), BlockKind.Node, `block ${node} is in a queue and no node`);
      assert.equal(this.node(node, "previous"), previous, `node ${node} has a wrong predecessor`);
      assert.equal(this.node(node, "entry"), block, `node ${node} is in a queue that it does not know`);
      nodes.push(node);
      previous = node;
    }
    assert.equal(this.entry(block, "tail"), previous, "the tail is not the last");
    return nodes;
  }

  nodesOf(wait: number): number[] {
    const nodes: number[] = [];
    for (let node = wait; node !== 0; node = this.node(node, "sibling")) nodes.push(node);
    return nodes;
  }

  waitsOf(index: number): number[] {
    const waits: number[] = [];
    let previous = 0;
    for (let wait = this.at(threadWord(index) + ThreadWord.waits); wait !== 0; wait = this.node(wait, "threadNext")) {
      assert.ok(waits.length < 1000, "a thread's list of waits has no end");
      assert.equal(this.node(wait, "threadPrevious"), previous, "a thread's list of waits is broken");
      waits.push(wait);
      previous = wait;
    }
    return waits;
  }

  readonly #objectOfNode = (node: number): number => {
    const entry = this.node(node, "entry");
    return entry === 0
      ? -1
      : this.seeds.findIndex((seed) => seed.id0 === this.entry(entry, "id0") && seed.id1 === this.entry(entry, "id1"));
  };

  /** The nodes of an entry that took a unit or a signal which their threads have not acknowledged. */
  taken(block: number): number[] {
    const nodes: number[] = [];
    let previous = 0;
    for (let node = this.entry(block, "taken"); node !== 0; node = this.node(node, "takenNext")) {
      assert.ok(nodes.length < 1000, "a list of grants has no end");
      assert.equal(this.node(node, "takenPrevious"), previous, "a list of grants is broken");
      assert.equal(this.node(node, "taken"), 1, "a node among the grants has taken nothing");
      assert.equal(this.node(node, "entry"), block, `node ${node} is among grants that it does not know`);
      assert.notEqual(this.node(this.node(node, "wait"), "granted"), 0, "a wait among the grants was granted nothing");
      nodes.push(node);
      previous = node;
    }
    return nodes;
  }

  /** What was taken of an object for threads that have not acknowledged it; of the dead among them only, if asked so. */
  granted(object: number, ofTheDead = false): number {
    const entry = this.liveEntry(object);
    if (entry === 0) return 0;
    return this.taken(entry).filter((node) => !ofTheDead || !this.isAlive(this.node(this.node(node, "wait"), "thread")))
      .length;
  }

  /** Entries in which nobody waits, that a thread without the object left. */
  orphans(): number[] {
    const blocks: number[] = [];
    let previous = 0;
    for (let block = this.at(Word.firstOrphan); block !== 0; block = this.entry(block, "orphanNext")) {
      assert.ok(blocks.length < 1000, "the list of orphans has no end");
      assert.equal(this.entry(block, "orphanPrevious"), previous, "the list of orphans is broken");
      assert.equal(this.entry(block, "orphan"), 1, "an entry among the orphans does not know it");
      assert.equal(this.entry(block, "head"), 0, "somebody waits in an orphan");
      blocks.push(block);
      previous = block;
    }
    assert.equal(this.at(Word.lastOrphan), previous, "the last orphan is not the last");
    assert.equal(this.at(Word.orphans), blocks.length, "the orphans are counted wrong");
    return blocks;
  }

  viewOf(wait: number): WaitView {
    return {
      thread: this.node(wait, "thread"),
      objects: this.nodesOf(wait).map(this.#objectOfNode),
      all: this.node(wait, "all") === 1,
      granted: this.node(wait, "granted"),
    };
  }

  picture(): Picture {
    const indices = Array.from({ length: this.threads }, (_, index) => index);
    return {
      states: this.seeds.map((_, object) => this.state(object)),
      queues: this.seeds.map((_, object) => {
        const entry = this.liveEntry(object);
        return entry === 0 ? [] : this.queue(entry).map((node) => this.node(this.node(node, "wait"), "thread"));
      }),
      waits: indices.flatMap((index) => this.waitsOf(index).map((wait) => this.viewOf(wait))),
    };
  }

  /** Fails unless every block is used exactly once and nobody waits for what he could have. */
  check(): void {
    assert.equal(this.at(Word.lock), 0, "the lock is held");
    assert.equal(this.at(Word.logLength), 0, "a change is half done");
    assert.equal(this.at(Word.pendingEntry), 0, "a queue was not looked through");
    const uses = new Map<number, string>();
    const use = (block: number, as: string): void => {
      assert.ok(block > 0 && block <= this.at(Word.usedBlocks), `block ${block} was never given out`);
      assert.equal(uses.get(block), undefined, `block ${block} is ${uses.get(block)} and ${as}`);
      uses.set(block, as);
    };
    for (let block = this.at(Word.freeBlock); block !== 0; block = this.node(block, "freeNext")) {
      use(block, "free");
      assert.equal(this.node(block, "kind"), BlockKind.Free);
    }
    for (let index = 0; index < this.threads; index++)
      for (const wait of this.waitsOf(index)) for (const node of this.nodesOf(wait)) use(node, "a node");
    this.orphans();
    this.seeds.forEach((_, object) => {
      const block = this.#pages[object]![StateWord.entry]!;
      if (block === 0 || this.entry(block, "kind") !== BlockKind.Entry) return;
      if (this.entry(block, "id0") === this.seeds[object]!.id0) use(block, "an entry");
    });
    for (let block = 1; block <= this.at(Word.usedBlocks); block++)
      assert.ok(uses.has(block), `block ${block} is lost`);
    this.seeds.forEach((_, object) => this.#checkObject(object));
  }

  #checkObject(object: number): void {
    const entry = this.liveEntry(object);
    if (entry === 0) return;
    assert.equal(this.entry(entry, "pulsing"), 0, "a pulse is half done");
    this.taken(entry);
    const alls = this.queue(entry).filter((node) => this.node(this.node(node, "wait"), "all") === 1);
    assert.equal(this.entry(entry, "alls"), alls.length, "the waits for all are counted wrong");
    const isEmpty = this.entry(entry, "head") === 0 && this.entry(entry, "taken") === 0;
    assert.ok(!isEmpty || this.entry(entry, "orphan") === 1, "an entry in which nobody waits is not among the orphans");
    for (const node of this.queue(entry)) {
      const wait = this.node(node, "wait");
      const { thread, all, granted, objects } = this.viewOf(wait);
      assert.equal(granted, 0, "a granted wait is still in a queue");
      if (!this.isAlive(thread)) continue;
      // An owner's death is noticed by the thread at the head, which watches it, even if others saw it: not the dispatcher's affair.
      const has = (o: number): boolean => {
        const { type } = this.seeds[o]!;
        const state = this.entry(this.liveEntry(o), "state");
        const recursiveFor = this.node(wait, "exclusive") === 1 ? 0 : thread;
        return isSignalled(type, state, recursiveFor) && (type !== ObjectType.Mutex || state !== ABANDONED);
      };
      assert.ok(all || !has(object), `object ${object} is signalled and thread ${thread} waits`);
      assert.ok(!all || !objects.every(has), `all objects of a wait of thread ${thread} are signalled`);
    }
  }
}
