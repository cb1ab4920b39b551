// What producer and consumer of the ring benchmark do, on either side of it: the same in the case and in its peer.
import { Ring } from "rtshm";
import { f64, struct, u32 } from "rtshm/struct";

export const Small = struct("Small", { id: u32, kind: u32, a: f64, b: f64, c: f64 });
export const BATCH = 64;
export const LARGE_BYTES = 65536;
export const HUGE_BYTES = 1 << 20;
export const LARGE_SLOTS = 16;

const ONE = { producers: "one", consumers: "one" } as const;
const small = (name: string, sides: "one" | "many") =>
  Ring.openOrCreate(name, { item: Small, capacity: 4096, producers: sides, consumers: sides });

export const rings = {
  one: small("small one", "one"),
  many: small("small many", "many"),
  there: small("there", "one"),
  back: small("back", "one"),
  large: Ring.openOrCreate("large", { messageBytes: LARGE_BYTES, capacity: LARGE_SLOTS, ...ONE }),
  huge: Ring.openOrCreate("huge", { messageBytes: HUGE_BYTES, capacity: LARGE_SLOTS, ...ONE }),
};

type SmallRing = (typeof rings)["one"];
type ByteRing = (typeof rings)["large"];

interface Work {
  produce(count: number): void;
  consume(count: number): number;
}

const inPlace = (ring: SmallRing): Work => ({
  produce(count) {
    for (let done = 0; done < count;) {
      const claim = ring.tryClaim(Math.min(BATCH, count - done));
      if (claim === undefined) continue;
      const { length } = claim;
      for (let i = 0; i < length; i++) {
        const slot = claim.at(i);
        slot.id = done + i;
        slot.kind = 1;
        slot.a = done;
        slot.b = i;
        slot.c = 2;
      }
      claim.commit();
      done += length;
    }
  },
  consume(count) {
    let sum = 0;
    for (let done = 0; done < count;) {
      const peek = ring.tryPeek(BATCH);
      if (peek === undefined) continue;
      const { length } = peek;
      for (let i = 0; i < length; i++) {
        const slot = peek.at(i);
        sum += slot.id + slot.a + slot.c;
      }
      peek.release();
      done += length;
    }
    return sum;
  },
});

const value = { id: 0, kind: 1, a: 1, b: 2, c: 3 };
const values = Array.from({ length: BATCH }, (_, id) => ({ ...value, id }));

const batches: Work = {
  produce(count) {
    for (let done = 0; done < count;) done += rings.one.tryPushBatch(values, Math.max(0, BATCH - (count - done)));
  },
  consume(count) {
    let sum = 0;
    for (let done = 0; done < count;) {
      const taken = rings.one.tryPopBatch(BATCH);
      for (const each of taken) sum += each.id;
      done += taken.length;
    }
    return sum;
  },
};

const singles: Work = {
  produce(count) {
    for (let done = 0; done < count;) {
      value.id = done;
      if (rings.one.tryPush(value)) done++;
    }
  },
  consume(count) {
    let sum = 0;
    for (let done = 0; done < count;) {
      const taken = rings.one.tryPop();
      if (taken === undefined) continue;
      sum += taken.id;
      done++;
    }
    return sum;
  },
};

const message = new Uint8Array(LARGE_BYTES).fill(1);

const copies: Work = {
  produce(count) {
    for (let done = 0; done < count;) if (rings.large.tryPush(message)) done++;
  },
  consume(count) {
    for (let done = 0; done < count;) if (rings.large.tryPopInto(message) !== undefined) done++;
    return message[0] ?? 0;
  },
};

const touches = (ring: ByteRing): Work => ({
  produce(count) {
    for (let done = 0; done < count;) {
      const claim = ring.tryClaim();
      if (claim === undefined) continue;
      claim.view[0] = done;
      claim.commit();
      done++;
    }
  },
  consume(count) {
    let sum = 0;
    for (let done = 0; done < count;) {
      const peek = ring.tryPeek();
      if (peek === undefined) continue;
      sum += peek.view[0] ?? 0;
      peek.release();
      done++;
    }
    return sum;
  },
});

export const works = {
  inPlace: inPlace(rings.one),
  inPlaceMany: inPlace(rings.many),
  batches,
  singles,
  copies,
  touchLarge: touches(rings.large),
  touchHuge: touches(rings.huge),
} as const satisfies Record<string, Work>;

export type WorkName = keyof typeof works;
