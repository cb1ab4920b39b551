// What happens when an AbortSignal is aborted: one listener a signal, however many waits of this thread it ends. With
// one for each wait, Node warns of a leak from the eleventh on.

const actionsOf = new WeakMap<AbortSignal, Set<() => void>>();

function runAll({ target }: Event): void {
  const actions = actionsOf.get(target as AbortSignal);
  if (actions === undefined) return;
  const now = [...actions];
  actions.clear();
  for (const action of now) action();
}

/** Calls `action` once when the signal is aborted. It must not throw. */
export function onAbort(signal: AbortSignal, action: () => void): void {
  let actions = actionsOf.get(signal);
  if (actions === undefined) actionsOf.set(signal, (actions = new Set()));
  if (actions.size === 0) signal.addEventListener("abort", runAll, { once: true });
  actions.add(action);
}

/** Takes that back; the last one takes the listener along, so a signal that lives long collects nothing. */
export function offAbort(signal: AbortSignal, action: () => void): void {
  const actions = actionsOf.get(signal);
  if (actions?.delete(action) === true && actions.size === 0) signal.removeEventListener("abort", runAll);
}
