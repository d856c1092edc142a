/**
 * The elementwise activations, whose derivatives follow from the OUTPUT y, and Reshape
 * (nnet/activations.py).
 */

import { reshaped } from "./arrays.js";
import { Layer } from "./layer.js";

/** LeakyReLU with a slope below 0; a slope of 1 gives the identity. */
export class LeakyReLU {
  constructor(slope = 0.2) {
    this.slope = slope;
  }

  /** Replace z by f(z). */
  apply(z) {
    // a table is faster than a branch, which is mispredicted half of the time
    const factors = [this.slope, 1];
    for (let i = 0; i < z.length; i++) z[i] *= factors[+(z[i] > 0)];
  }

  /** Write dz = dy f'(z) for y = f(z). */
  mask(dz, dy, y) {
    const factors = [this.slope, 1];
    for (let i = 0; i < y.length; i++) dz[i] = dy[i] * factors[+(y[i] > 0)];
  }
}

export class Tanh {
  slope = 1; // at 0, for the variance of initial weights

  apply(z) {
    for (let i = 0; i < z.length; i++) z[i] = Math.tanh(z[i]);
  }

  mask(dz, dy, y) {
    for (let i = 0; i < y.length; i++) dz[i] = dy[i] * (1 - y[i] * y[i]);
  }
}

export class Reshape extends Layer {
  constructor(...shape) {
    super();
    this.shape = shape;
  }

  /** @override */
  apply(x) {
    return reshaped(x, x.shape[0], ...this.shape);
  }

  /** @override */
  backward(dy, { x }, needDx = true) {
    return needDx ? reshaped(dy, ...x.shape) : null;
  }
}
