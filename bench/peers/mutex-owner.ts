// Owns mutexes, as many as its argument says, until it is killed.
import { Mutex } from "rtshm";
import { WAIT_LIMIT_MS } from "../adapter.js";
import { mutexName } from "../mutex-names.js";
import { answerRequests } from "../peer.js";

for (let i = 0; i < Number(process.argv[2]); i++)
  if (Mutex.openOrCreate(mutexName(i)).acquireSync({ timeoutMs: WAIT_LIMIT_MS }) === undefined)
    throw new Error(`somebody else owns ${mutexName(i)}`);

answerRequests(() => null);
