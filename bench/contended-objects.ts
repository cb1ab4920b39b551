// The objects of the case that watches the dispatcher's lock. One process waits for all of them, so that every use
// of them by another process goes through the dispatcher.
import { Event, Mutex, Semaphore } from "rtshm";

export function openContended(): { semaphore: Semaphore; event: Event; mutex: Mutex; never: Event } {
  return {
    semaphore: Semaphore.openOrCreate("contended semaphore"),
    event: Event.openOrCreate("contended event"),
    mutex: Mutex.openOrCreate("contended mutex"),
    never: Event.openOrCreate("never set"),
  };
}
