// Checks that look at what a call returned and at the last error it left, together.
import assert from "node:assert/strict";
import { UNTOUCHED, WAIT_FAILED, type HANDLE, type RtApi } from "./api.js";
import type { Reply } from "./protocol.js";

interface Outcome<T> {
  readonly value: T;
  readonly lastError: number;
}

/** Makes the call with a last error that no function sets, so that it shows whether the call set one. */
export function outcomeOf<T>(rt: RtApi, call: () => T): Outcome<T> {
  rt.SetLastError(UNTOUCHED);
  const value = call();
  return { value, lastError: rt.GetLastError() };
}

/** The call returns this value and does not touch the last error. */
export function succeeds<T>(rt: RtApi, expected: T, call: () => T, message?: string): void {
  assert.deepEqual(outcomeOf(rt, call), { value: expected, lastError: UNTOUCHED }, message);
}

/** A create, an open or a map refuses. */
export function refuses(rt: RtApi, lastError: number, call: () => unknown, message?: string): void {
  assert.deepEqual(outcomeOf(rt, call), { value: null, lastError }, message);
}

/** An operation answers false. */
export function fails(rt: RtApi, lastError: number, call: () => boolean, message?: string): void {
  assert.deepEqual(outcomeOf(rt, call), { value: false, lastError }, message);
}

/** A wait answers WAIT_FAILED. */
export function waitFails(rt: RtApi, lastError: number, call: () => number, message?: string): void {
  assert.deepEqual(outcomeOf(rt, call), { value: WAIT_FAILED, lastError }, message);
}

/** A create or an open gives a handle and leaves this last error. */
export function gives(rt: RtApi, lastError: number, call: () => HANDLE | null, message?: string): HANDLE {
  const outcome = outcomeOf(rt, call);
  assert.equal(typeof outcome.value, "number", message ?? `no handle: ${outcome.lastError}`);
  assert.equal(outcome.lastError, lastError, message);
  return outcome.value!;
}

/** An answer of an agent without its number. */
export function answered(reply: Reply): { value: Reply["value"]; lastError: number } {
  return { value: reply.value, lastError: reply.lastError };
}

export function handleOf(value: HANDLE | null): HANDLE {
  assert.notEqual(value, null, "no handle");
  return value!;
}
