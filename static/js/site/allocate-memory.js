/** Allocates the memory of a run in the page. */

import { Memory } from "../nn/arrays.js";
import { multiply, tiles } from "../nn/products.js";

// networks 8 MB, real images 19 MB, classifier 5 MB, the rest for one iteration
const BYTES = 96 << 20;

/**
 * Return a memory, and whether its products are fast, which needs WebAssembly's SIMD.
 * @returns {Promise<{memory: Memory, isFast: boolean}>}
 */
export async function allocateMemory() {
  try {
    const { buffer, multiply: fast } = await tiles(BYTES);
    return { memory: new Memory(buffer, Float32Array, fast), isFast: true };
  } catch {
    const buffer = new ArrayBuffer(BYTES);
    return { memory: new Memory(buffer, Float32Array, multiply), isFast: false };
  }
}
