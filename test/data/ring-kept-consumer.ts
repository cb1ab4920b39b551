// The only consumer of a ring, which writes what it got to a file before it asks for more: node ring-kept-consumer.js NAME KIND FORM FILE
import { openSync, writeSync } from "node:fs";
import { Ring } from "rtshm";
import { struct, u32 } from "rtshm/struct";

export const Item = struct("Item", { producer: u32, number: u32 });

export const KINDS = {
  records: { item: Item },
  bytes: { messageBytes: 16 },
} as const;
export type Kind = keyof typeof KINDS;

/** Message `number` of a producer, as the ring has it. */
export function messageOf(kind: Kind, producer: number, number: number): unknown {
  return kind === "records" ? { producer, number } : Buffer.from(`${String(producer)} ${String(number)}`);
}

function lineOf(message: unknown): string {
  if (message instanceof Uint8Array) return new TextDecoder().decode(message);
  const { producer, number } = message as { producer: number; number: number };
  return `${String(producer)} ${String(number)}`;
}

type AnyRing = Ring<unknown, object>;
type Note = (text: string) => void;

async function peeked(ring: AnyRing, most: number, note: Note): Promise<never> {
  for (;;) {
    await ring.waitReadable();
    using peek = ring.tryPeek(most);
    // Each in its turn: of structs, `at` gives one view that the next `at` moves.
    if (peek !== undefined) note(Array.from({ length: peek.length }, (_, i) => lineOf(peek.at(i))).join("\n"));
  }
}

async function noteEach(messages: AsyncIterable<unknown>, note: Note): Promise<void> {
  for await (const message of messages) note(lineOf(message));
}

/** The ways to take messages of which none is gone before the program is done with it. */
export const FORMS: Readonly<Record<string, (ring: AnyRing, note: Note) => Promise<void>>> = {
  "a peek": (ring, note) => peeked(ring, 1, note),
  "a batch": (ring, note) => peeked(ring, 5, note),
  "the iterator": (ring, note) => noteEach(ring, note),
  "a stream": (ring, note) => noteEach(ring.toReadable(), note),
  "a web stream": (ring, note) => noteEach(ring.toReadableStream(), note),
};

const [, main, name, kind, form, file] = process.argv;
if (main?.endsWith("ring-kept-consumer.js") === true) {
  const ring = Ring.open(name!, KINDS[kind as Kind] as never) as unknown as AnyRing;
  const fd = openSync(file!, "a");
  await FORMS[form!]!(ring, (text) => writeSync(fd, `${text}\n`));
}
