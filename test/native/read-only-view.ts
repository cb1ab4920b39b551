// An object mapped twice straight through the addon, writable and read-only, and what the addon reports about stores into it.
import { readFileSync } from "node:fs";
import { native } from "#native/load";

export type FaultValues = [address: number, base: number, offsetBytes: number, stores: number, exact: boolean];

interface FaultExports {
  setFaultCallback(callback: (...fault: FaultValues) => void): void;
  takeFaults(): FaultValues[];
}

/** The addon, with the whole of what fault.c exports. */
export const addon = native as Omit<typeof native, keyof FaultExports> & FaultExports;

export interface Pair {
  object: Uint8Array<ArrayBuffer>;
  view: Uint8Array<ArrayBuffer>;
  base: number;
  close(): void;
}

export function mapBytes(fd: number, sizeBytes: number, writable: 0 | 1): { buffer: ArrayBuffer; out: Float64Array } {
  const out = new Float64Array(2);
  const buffer = addon.memoryMap(fd, 0, sizeBytes, writable, out);
  if (typeof buffer === "number") throw new Error(`memoryMap: ${buffer}`);
  return { buffer, out };
}

export function makeObject(sizeBytes: number): number {
  const fd = addon.memoryCreate("rtshm-test:fault", sizeBytes, sizeBytes, new Uint8Array(0), 0, -1);
  if (fd < 0) throw new Error(`memoryCreate: ${fd}`);
  return fd;
}

export function makePair(sizeBytes: number): Pair {
  const fd = makeObject(sizeBytes);
  const writable = mapBytes(fd, sizeBytes, 1);
  const readOnly = mapBytes(fd, sizeBytes, 0);
  addon.descriptorClose(fd);
  return {
    object: new Uint8Array(writable.buffer),
    view: new Uint8Array(readOnly.buffer),
    base: readOnly.out[0]!,
    close() {
      addon.memoryUnmap(readOnly.buffer, readOnly.out[1]!);
      addon.memoryUnmap(writable.buffer, writable.out[1]!);
    },
  };
}

/** How many mappings of this test's objects the process has: a decoy or a page kept aside that was left behind shows here. */
export function countMappings(): number {
  return readFileSync("/proc/self/maps", "utf8").split("rtshm-test:fault").length - 1;
}

/** Until a report can have come: the event loop has polled. Seen from a poll, the first immediate runs before the next one. */
export async function nextTurn(): Promise<void> {
  for (let immediate = 0; immediate < 2; immediate++) await new Promise((resolve) => setImmediate(resolve));
}
