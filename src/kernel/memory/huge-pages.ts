// Whether to ask for huge pages: on a system that gives none, asking costs a second pass over all pages.
import { readFileSync } from "node:fs";
import { environment } from "../../environment.js";

const SETTING = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
const SMALLEST_BYTES = 2 << 20;

function areGiven(): boolean {
  try {
    return !/\[(never|deny)\]/.test(readFileSync(SETTING, "utf8"));
  } catch {
    return false; // the system does not have transparent huge pages
  }
}

/** Whether a new object of this size asks for huge pages. `isWanted` undefined: `RTSHM_HUGE_PAGES` decides. */
export function askForHugePages(isWanted: boolean | undefined, sizeBytes: number): boolean {
  return (isWanted ?? environment().hugePages) && sizeBytes >= SMALLEST_BYTES && areGiven();
}
