/**
 * The convolution with kernel 4, stride 2 and padding 1, which halves an even side, and
 * its transpose, which doubles it. nnet/conv.py derives both: y = M x is a product of
 * patches and filters, and its transpose adds patches to an image.
 *
 * W is (4, 4, channels of the large image, channels of the small image).
 */

import { matrix, reshaped, transposed } from "./arrays.js";
import { Affine } from "./dense.js";

const KERNEL = 4;
const STRIDE = 2;
const PADDING = 1;

/**
 * Copy images (N, H, W, C) to their patches (N H/2 W/2, 16 C), or with `add`, add the
 * patches to the images. Skip pixels of patches outside of the image.
 */
function transfer({ data: x, shape: [N, H, W, C] }, { data: patch }, add) {
  let place = 0;
  for (let n = 0; n < N; n++) {
    for (let top = -PADDING; top < H - PADDING; top += STRIDE) {
      for (let left = -PADDING; left < W - PADDING; left += STRIDE) {
        const from = Math.max(0, left);
        const count = (Math.min(W, left + KERNEL) - from) * C;
        const skip = (from - left) * C;
        for (let p = 0; p < KERNEL; p++, place += KERNEL * C) {
          const y = top + p;
          if (y < 0 || y >= H) continue;
          const to = place + skip;
          const at = ((n * H + y) * W + from) * C;
          for (let i = 0; i < count; i++) {
            if (add) x[at + i] += patch[to + i];
            else patch[to + i] = x[at + i];
          }
        }
      }
    }
  }
}

/** Return all patches of x (N, H, W, C) as a matrix. */
function patches(memory, x) {
  const [N, H, W, C] = x.shape;
  const cols = memory.array(N * H * W / STRIDE ** 2, KERNEL * KERNEL * C);
  transfer(x, cols, false);
  return matrix(cols);
}

/** Return the convolution M x, (N, H/2, W/2, K), of x (N, H, W, C). */
function convolve({ memory, params: { W } }, x) {
  const [N, H, width] = x.shape;
  return reshaped(
    memory.product(patches(memory, x), matrix(W)),
    N,
    H / STRIDE,
    width / STRIDE,
    W.shape[3],
  );
}

/** Return the transpose M^T dy, (N, 2I, 2J, C), of dy (N, I, J, K). */
function convolveBack({ memory, params: { W } }, dy) {
  const [N, I, J] = dy.shape;
  const dx = memory.array(N, I * STRIDE, J * STRIDE, W.shape[2]);
  transfer(dx, memory.product(matrix(dy), transposed(matrix(W))), true);
  return dx;
}

/** Add the sum of patch times dy over all patches of x to dW, (16 C, K). */
function addFilterGradient({ memory }, x, dy, dW) {
  memory.multiply(transposed(patches(memory, x)), matrix(dy), dW, true);
}

export class Conv2D extends Affine {
  constructor(memory, inputs, outputs, normal, activation) {
    super(
      memory,
      [KERNEL, KERNEL, inputs, outputs],
      outputs,
      KERNEL ** 2 * inputs,
      normal,
      activation,
    );
  }

  /** @override */
  linear = (x) => convolve(this, x);
  /** @override */
  transposed = (dz) => convolveBack(this, dz);
  /** @override */
  weightGradient = (dz, x, dW) => addFilterGradient(this, x, dz, dW);
}

export class ConvTranspose2D extends Affine {
  constructor(memory, inputs, outputs, normal, activation) {
    super(
      memory,
      [KERNEL, KERNEL, outputs, inputs],
      outputs,
      (KERNEL / STRIDE) ** 2 * inputs,
      normal,
      activation,
    );
  }

  /** @override */
  linear = (x) => convolveBack(this, x);
  /** @override */
  transposed = (dz) => convolve(this, dz);
  /** @override */
  weightGradient = (dz, x, dW) => addFilterGradient(this, dz, x, dW);
}
