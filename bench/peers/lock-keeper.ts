// Keeps objects in the dispatcher: waits for all of them at once, one of which is never signalled.
import { waitAll } from "rtshm";
import { openContended } from "../contended-objects.js";
import { answerRequests } from "../peer.js";

const { semaphore, event, mutex, never } = openContended();
void waitAll([semaphore, event, mutex, never]);

answerRequests(() => null);
