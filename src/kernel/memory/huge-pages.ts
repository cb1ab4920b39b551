// Whether huge pages are worth asking for: where the system gives none, asking costs a second pass over all pages.
import { readFileSync } from "node:fs";
import { environment } from "../../environment.js";

const SETTING = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
const SMALLEST_BYTES = 2 << 20;

function areGiven(): boolean {
  try {
    return !/\[(never|deny)\]/.test(readFileSync(SETTING, "utf8"));
  } catch {
    return false; // a system without transparent huge pages
  }
}

/** Whether a new object of this size asks for huge pages; `isWanted` undefined: as `RTSHM_HUGE_PAGES` says. */
export function askForHugePages(isWanted: boolean | undefined, sizeBytes: number): boolean {
  return (isWanted ?? environment().hugePages) && sizeBytes >= SMALLEST_BYTES && areGiven();
}
