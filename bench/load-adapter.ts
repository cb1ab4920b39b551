// Picks the adapter of a layer. Apart from adapter.ts, which the adapters import.
import type { Adapter } from "./adapter.js";

/** `kernel` or `rt`: only the modules of that layer are loaded. */
export async function loadAdapter(layer: string): Promise<Adapter> {
  if (layer === "kernel") return await import("./kernel-adapter.js");
  if (layer === "rt") return await import("./rt-adapter.js");
  throw new Error(`no such layer: ${layer}`);
}
