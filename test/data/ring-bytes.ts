// The words of an open ring's data, as a peer could write them.
import { descriptorFd } from "#kernel/process/descriptor-table";
import { HEADER_BYTES, type Header } from "#protocol/object-header";
import { Mapping } from "#kernel/memory/mapping";
import { SlotState, TURN_SHIFT, turnMask } from "#data/ring/slots";
import { RingWord, type RingLayout } from "#protocol/ring-layout";

interface Insides {
  readonly opened: { readonly descriptor: number; readonly header: Header };
}

interface Words {
  readonly words: Int32Array;
  readonly unmap: () => void;
}

function mapped(ring: unknown, offsetBytes: number, sizeBytes: number): Words {
  const { descriptor, header } = (ring as Insides).opened;
  const mapping = Mapping.create(descriptorFd(descriptor), offsetBytes, sizeBytes, true, header.name);
  return { words: new Int32Array(mapping.buffer, 0, sizeBytes >> 2), unmap: () => mapping.unmap() };
}

/** Maps them once more; `unmap` lets go of them. */
export const wordsOf = (ring: unknown): Words => mapped(ring, HEADER_BYTES, (ring as Insides).opened.header.sizeBytes);

/** The same of its header page. */
export const headerOf = (ring: unknown): Words => mapped(ring, 0, HEADER_BYTES);

/** Puts a ring that nobody has used yet to where its next message is at `position`. */
export function startAt(words: Int32Array, layout: RingLayout, position: number): void {
  words[RingWord.tail] = words[RingWord.head] = position;
  const { capacity, firstSlotBytes, slotBytes, hasStates } = layout;
  if (!hasStates) return;
  for (let i = 0; i < capacity; i++) {
    const turn = ((position + i) >>> Math.log2(capacity)) & turnMask(capacity);
    words[(firstSlotBytes + ((position + i) & (capacity - 1)) * slotBytes) / 4] = (turn << TURN_SHIFT) | SlotState.free;
  }
}
