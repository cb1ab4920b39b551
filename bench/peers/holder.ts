// Holds named events, so that a namespace is populated; a request says how many to hold from now on.
import { GetLastError, RtCreateEvent } from "rtshm/win32";
import { answerRequests } from "../peer.js";

const number = process.argv[2] ?? "";
let held = 0;

answerRequests(({ hold }: { hold: number }) => {
  for (; held < hold; held++) {
    const handle = RtCreateEvent(null, true, false, `held ${number} ${held}`);
    if (handle === null) throw new Error(`object ${held} of ${hold}: error ${GetLastError()}`);
  }
  return held;
});
