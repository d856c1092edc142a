/**
 * Matrix products, C <- A B or C <- C + A B: in plain JavaScript, or in WebAssembly,
 * which computes C tile by tile (docs/products.md). With WebAssembly, the inner
 * dimension l is divided into blocks, so that a block of B stays in the first-level
 * cache.
 */

const ROWS = 4;
const COLUMNS = 8; // of a tile
const BLOCK = 256; // values of l in a block
const PAGE = 1 << 16; // bytes; the unit of WebAssembly's memory

/** tools/make_wasm.py writes the module of the tile in base64, made with LLVM 22.1. */
const TILE =
  "AGFzbQEAAAABDQFgCX9/f39/f39/fwACGAEDZW52D19fbGluZWFyX21lbW9yeQIAAAMCAQAHCAEEdGlsZQAACqEEAZ4EAwh7An8GewJAAkAgB0EBTg0A/QwAAAAAAAAAAAAAAAAAAAAAIgkhCiAJIQsgCSEMIAkhDSAJIQ4gCSEPIAkhEAwBCyABQQNsIREgAUEBdCES/QwAAAAAAAAAAAAAAAAAAAAAIhAhDyAQIQ4gECENIBAhDCAQIQsgECEKIBAhCQNAIBAgA0EQav0AAgAiEyARIABq/QkCACIU/eYB/eQBIRAgDiATIBIgAGr9CQIAIhX95gH95AEhDiAMIBMgASAAav0JAgAiFv3mAf3kASEMIAkgA/0AAgAiFyAA/QkCACIY/eYB/eQBIQkgDyAXIBT95gH95AEhDyANIBcgFf3mAf3kASENIAsgFyAW/eYB/eQBIQsgCiATIBj95gH95AEhCiADIARqIQMgACACaiEAIAdBf2oiBw0ACwsgBiAFaiEAIAZBA2wgBWohAyAGQQF0IAVqIQcCQCAIRQ0AIA8gA/0AAgD95AEhDyANIAf9AAIA/eQBIQ0gCyAA/QACAP3kASELIAkgBf0AAgD95AEhCSAQIANBEGr9AAIA/eQBIRAgDiAHQRBq/QACAP3kASEOIAwgAEEQav0AAgD95AEhDCAKIAVBEGr9AAIA/eQBIQoLIAUgCf0LAgAgBUEQaiAK/QsCACAAQRBqIAz9CwIAIAAgC/0LAgAgB0EQaiAO/QsCACAHIA39CwIAIANBEGogEP0LAgAgAyAP/QsCAAs=";

/**
 * Multiply in plain JavaScript. Compute only the rows of C from r0 and the columns from
 * k0. The rows of B and C must be contiguous.
 */
export function multiply(A, B, C, add, r0 = 0, k0 = 0) {
  for (let r = r0; r < C.rows; r++) {
    const c = r * C.row;
    if (!add) C.data.fill(0, c + k0, c + C.columns);
    for (let l = 0; l < A.columns; l++) {
      const a = A.data[r * A.row + l * A.step];
      const b = l * B.row;
      for (let k = k0; k < C.columns; k++) C.data[c + k] += a * B.data[b + k];
    }
  }
}

/**
 * Return a buffer of at least `bytes`, and a function that multiplies float32 matrices
 * in it. Throw if the browser lacks WebAssembly's SIMD.
 */
export async function tiles(bytes) {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = Uint8Array.from(atob(TILE), (one) => one.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(module, {
    env: { __linear_memory: memory },
  });
  return { buffer: memory.buffer, multiply: tiled(instance.exports.tile) };
}

/** Return a function that multiplies matrices in tiles of ROWS x COLUMNS numbers. */
function tiled(tile) {
  const last = (M) => ({
    ...M,
    data: M.data.subarray((M.rows - ROWS) * M.row),
    rows: ROWS,
  });
  return function product(A, B, C, add) {
    const rows = C.rows - C.rows % ROWS;
    const columns = C.columns - C.columns % COLUMNS;
    const size = A.data.BYTES_PER_ELEMENT;
    const at = ({ data }, index) => data.byteOffset + size * index;
    for (let l = 0; l < A.columns; l += BLOCK) {
      const L = Math.min(BLOCK, A.columns - l);
      const more = add || l > 0 ? 1 : 0;
      for (let k = 0; k < columns; k += COLUMNS) {
        const b = at(B, l * B.row + k);
        for (let r = 0; r < rows; r += ROWS) {
          tile(
            at(A, r * A.row + l * A.step),
            size * A.row,
            size * A.step,
            b,
            size * B.row,
            at(C, r * C.row + k),
            size * C.row,
            L,
            more,
          );
        }
      }
    }
    // For the rows that are left, compute the last ROWS rows, although some of them are
    // already known: tiles are faster than `multiply`.
    if (rows < C.rows && rows && !add) product(last(A), B, last(C), add);
    else if (rows < C.rows) multiply(A, B, C, add, rows, 0);
    if (columns < C.columns) multiply(A, B, { ...C, rows }, add, 0, columns);
  };
}
