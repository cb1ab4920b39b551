// One of the two processes that share a batch of objects: acquires it or closes it, and says what that took.
import { acquireBatch, closeBatch, kinds } from "../object-batches.js";
import { answerRequests } from "../peer.js";

export interface BatchRequest {
  readonly phase: "create" | "open" | "close";
  readonly kind: string;
  readonly objects: number;
}

answerRequests(({ phase, kind, objects }: BatchRequest) => {
  if (phase === "close") return closeBatch();
  const ways = kinds[kind];
  if (ways === undefined) throw new Error(`no such kind: ${kind}`);
  return acquireBatch(objects, phase === "create" ? ways.create : ways.open);
});
