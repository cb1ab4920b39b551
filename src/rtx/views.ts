import type { Mapping } from "../kernel/index.js";
// The views of shared memory that this thread has: by handle, and by the buffer that the user holds.

/** The views through one handle. */
export type Views = Set<Mapping>;

// Not weak: a view lives as long as its handle in this thread, and weak keys are most of a small object's cost in V8's
// collector.
const known = new Map<ArrayBuffer, { readonly view: Mapping; readonly views: Views }>();

/** A new view through a handle. */
export function addView(views: Views, view: Mapping): void {
  views.add(view);
  known.set(view.buffer, { view, views });
}

/** Drops one view and detaches its buffer. @returns false if the buffer is no view of this thread, or no more */
export function dropView(buffer: ArrayBuffer): boolean {
  const found = known.get(buffer);
  if (found === undefined || buffer.byteLength === 0) return false;
  known.delete(buffer);
  found.views.delete(found.view);
  found.view.unmap();
  return true;
}

/** Drops all views through a handle. */
export function dropViews(views: Views): void {
  for (const view of views) {
    known.delete(view.buffer);
    view.unmap();
  }
  views.clear();
}
