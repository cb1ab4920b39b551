// What a link of a holder says: which thread of which process has the object under which descriptor.
import { Errno, native } from "../../native/load.js";

const BAR = "!";
const TARGET = /^\/proc\/([1-9]\d{0,9})\/fd\/(\d{1,9})$/;

const pid = native.processId();

/** A holder as its link names it. */
export interface Target {
  /** A process, or one of its threads: both lead to the same descriptors. */
  readonly tid: number;
  readonly fd: number;
}

/** Where a link of this process points to. */
export const ownTarget = (fd: number): string => `/proc/${String(pid)}/fd/${String(fd)}`;

/**
 * A bar: the link of a holder whose object must not be opened by this name, because another object has it as well. It leads
 * nowhere, so nobody follows it by mistake; while it is there, the name opens nothing.
 */
export const barOf = (target: string): string => BAR + target;
export const isBar = (target: string): boolean => target.startsWith(BAR);

/** The holder that a link names, barred or not; undefined when it is not a link of a holder. */
export function parseTarget(target: string): Target | undefined {
  const [, tid, fd] = TARGET.exec(isBar(target) ? target.slice(BAR.length) : target) ?? [];
  return tid === undefined || fd === undefined ? undefined : { tid: Number(tid), fd: Number(fd) };
}

/** Whether this is an id of this process or of one of its threads. */
export function isOwnThread(tid: number): boolean {
  return tid === pid || native.threadIsOwn(tid) === 1;
}

/** This process's descriptor, if the link is one of its own. */
export function ownDescriptorIn(target: string): number | undefined {
  const holder = parseTarget(target);
  return holder !== undefined && isOwnThread(holder.tid) ? holder.fd : undefined;
}

/**
 * Whether nobody holds an object through this link any more. What this process cannot see it does not take for gone: the answer
 * is true only when the thread does not exist, or when its descriptors can be seen and this one is not among them.
 * @param refusal the negated errno with which the link could not be followed
 */
export function isProvenGone(target: string, refusal: number): boolean {
  if (refusal === -Errno.ENXIO) return true; // it leads to something that is not an object
  const holder = parseTarget(target);
  return holder === undefined || native.holderState(holder.tid, holder.fd) === 0;
}
