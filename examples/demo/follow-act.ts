// The first act: one side samples, the other follows, and after a while both are told to go home.
import { once } from "node:events";
import { GetLastError, RtCloseHandle, RtOpenEvent, RtSetEvent } from "rtshm/win32";
import { STOP_NAME } from "./layout.js";
import { Side } from "./side.js";

/** Returns the exit code of the demo: 0, 1 if another demo is running, 2 if something went wrong. */
export async function followAct(seconds: number, interrupted: AbortSignal): Promise<number> {
  const rtss = new Side("./rtss-side.js", { capture: true });
  if (!(await rtss.says(/ created /))) return (await rtss.ends()) === 1 ? 1 : 2;

  const stop = RtOpenEvent(0, false, STOP_NAME);
  if (stop === null) {
    console.error(`demo:  cannot open "${STOP_NAME}": error ${GetLastError()}`);
    rtss.kill();
    await rtss.ends();
    return 2;
  }

  const win32 = new Side("./win32-side.js", { capture: false, args: [String(seconds)] });
  const interruption = interrupted.aborted ? undefined : once(interrupted, "abort");
  await Promise.race([rtss.ended, win32.ended, interruption]);
  RtSetEvent(stop);
  const win32End = await win32.ends();
  const rtssEnd = await rtss.ends();
  RtCloseHandle(stop);

  if (win32End === 0 && rtssEnd === 0) return 0;
  console.error(`demo:  the RTSS side ended with ${rtssEnd}, the Win32 side with ${win32End}; both should with 0`);
  return 2;
}
