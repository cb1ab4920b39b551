// A process that is killed or stopped at a step of a ring: node ring-victim.js NAME MODE SCENARIO. Says on stdout, synchronously, what it begins and
// what it has done: so that its killer knows what was in its hands.
import { writeSync } from "node:fs";
import { Ring } from "rtshm";
import { struct, u32 } from "rtshm/struct";

export const CAPACITY = 8;
export const Item = struct("Item", { number: u32, copy: u32 });
export type ItemRing = Ring<{ number: number; copy: number }, ReturnType<(typeof Item)["view"]>>;

export const MODES = {
  one: { producers: "one", consumers: "one", whenFull: "wait" },
  "one, overwriting": { producers: "one", consumers: "one", whenFull: "overwriteOldest" },
  many: { producers: "many", consumers: "many", whenFull: "wait" },
  "many to one": { producers: "many", consumers: "one", whenFull: "wait" },
  "many to one, overwriting": { producers: "many", consumers: "one", whenFull: "overwriteOldest" },
  "many, overwriting": { producers: "many", consumers: "many", whenFull: "overwriteOldest" },
} as const;
export type Mode = keyof typeof MODES;

export const ringOptions = (mode: Mode) => ({ item: Item, capacity: CAPACITY, ...MODES[mode] });

const itemOf = (number: number): { number: number; copy: number } => ({ number, copy: number });

/** Messages in one operation at the most. */
export const IN_HANDS = 3;

type Say = (begins: readonly number[]) => void;

interface Scenario {
  readonly role: "produce" | "consume";
  /** Does its operations. `begin` says which messages are in its hands from now on, `end` which have been published or taken. */
  readonly run: (ring: ItemRing, begin: Say, end: Say) => void;
}

function produceBy(push: (ring: ItemRing, numbers: readonly number[]) => number) {
  return (ring: ItemRing, begin: Say, end: Say): void => {
    for (let number = 0; number < 12;) {
      const numbers = [number, number + 1, number + 2];
      begin(numbers);
      const count = push(ring, numbers);
      end(numbers.slice(0, count));
      if (count === 0) return;
      number += count;
    }
  };
}

/** `pop` says what it has read before it takes it out of the ring, if it can. */
function consumeBy(pop: (ring: ItemRing, noted: Say) => readonly number[]) {
  return (ring: ItemRing, begin: Say, end: Say): void => {
    for (;;) {
      begin([]);
      const numbers = pop(ring, begin);
      end(numbers);
      if (numbers.length === 0) return;
    }
  };
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  push: { role: "produce", run: produceBy((ring, [number]) => (ring.tryPush(itemOf(number!)) ? 1 : 0)) },
  "push a batch": { role: "produce", run: produceBy((ring, numbers) => ring.tryPushBatch(numbers.map(itemOf))) },
  "claim and commit some": {
    role: "produce",
    run: produceBy((ring, numbers) => {
      const claim = ring.tryClaim(IN_HANDS);
      if (claim === undefined) return 0;
      for (let i = 0; i < claim.length; i++) claim.at(i).set(itemOf(numbers[i]!));
      const count = Math.min(2, claim.length);
      claim.commit(count);
      return count;
    }),
  },
  pop: {
    role: "consume",
    run: consumeBy((ring) => {
      const value = ring.tryPop();
      return value === undefined ? [] : [value.number];
    }),
  },
  "pop a batch": { role: "consume", run: consumeBy((ring) => ring.tryPopBatch(IN_HANDS).map(({ number }) => number)) },
  "peek and release": {
    role: "consume",
    run: consumeBy((ring, noted) => {
      const peek = ring.tryPeek(IN_HANDS);
      if (peek === undefined) return [];
      const numbers = Array.from({ length: peek.length }, (_, i) => peek.at(i).number);
      noted(numbers);
      peek.release();
      return numbers;
    }),
  },
};

const [, main, name, mode, scenario] = process.argv;
if (main?.endsWith("ring-victim.js") === true) {
  const say =
    (what: string) =>
    (numbers: readonly number[]): void =>
      void writeSync(1, `${JSON.stringify({ [what]: numbers })}\n`);
  const ring = Ring.open(name!, ringOptions(mode as Mode));
  SCENARIOS[scenario!]!.run(ring, say("begins"), say("ends"));
  ring.close();
  say("finished")([]);
}
