// The struct of 256 bytes that the snapshot case and its writer share.
import { struct, u32Array } from "rtshm/struct";

export const BLOCK_BYTES = 256;
export const Block = struct("Block", { words: u32Array(BLOCK_BYTES / 4) });
