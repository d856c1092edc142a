/**
 * The dense layer, and the base class of every layer of the form y = f(A x + b)
 * (nnet/dense.py).
 */

import { LeakyReLU } from "./activations.js";
import { matrix, transposed } from "./arrays.js";
import { Layer } from "./layer.js";

/**
 * @typedef {import("./arrays.js").Matrix} Matrix
 * @typedef {import("./arrays.js").Memory} Memory
 * @typedef {import("./arrays.js").Tensor} Tensor
 */

/** The base class: a subclass defines A by its weights W. */
export class Affine extends Layer {
  /** Return A x. @type {(x: Tensor) => Tensor} */
  linear;
  /** Return A^T dz. @type {(dz: Tensor) => Tensor} */
  transposed;
  /**
   * Add the gradient of W to dW.
   * @type {(dz: Tensor, x: Tensor, dW: Matrix) => void}
   */
  weightGradient;

  /**
   * Draw weights with He's variance (nnet/initializers.py).
   * @param {Memory} memory for weights, gradients and results
   * @param {number[]} shape of W
   * @param {number} outputs the length of b
   * @param {number} fanIn number of inputs that an output depends on
   * @param {() => number} normal draws a number from the normal distribution
   * @param {LeakyReLU|import("./activations.js").Tanh} activation
   */
  constructor(memory, shape, outputs, fanIn, normal, activation = new LeakyReLU(1)) {
    super();
    this.memory = memory;
    this.activation = activation;
    this.params = { W: memory.array(...shape), b: memory.array(outputs) };
    this.grads = { W: memory.array(...shape), b: memory.array(outputs) };
    const { W: { data } } = this.params;
    const std = Math.sqrt(2 / (1 + activation.slope ** 2) / fanIn);
    for (let i = 0; i < data.length; i++) data[i] = std * normal();
  }

  /** @override @param {Tensor} x */
  apply(x) {
    const y = this.linear(x);
    const b = this.params.b.data;
    for (let i = 0; i < y.data.length;) {
      for (let k = 0; k < b.length; k++) y.data[i++] += b[k];
    }
    this.activation.apply(y.data);
    return y;
  }

  /** Return dz = dy f'(z) for y = f(z). */
  masked(dy, y) {
    const dz = this.memory.array(...y.shape);
    this.activation.mask(dz.data, dy.data, y.data);
    return dz;
  }

  /** @override */
  backward(dy, { x, y }, needDx = true) {
    const dz = this.masked(dy, y);
    if (this.trainable) {
      const { W, b: { data: db } } = this.grads;
      this.weightGradient(dz, x, matrix(W));
      for (let i = 0; i < dz.data.length;) {
        for (let k = 0; k < db.length; k++) db[k] += dz.data[i++];
      }
    }
    return needDx ? this.transposed(dz) : null;
  }
}

export class Dense extends Affine {
  constructor(memory, inputs, outputs, normal, activation) {
    super(memory, [inputs, outputs], outputs, inputs, normal, activation);
  }

  /** @override */
  linear = (x) => this.memory.product(matrix(x), matrix(this.params.W));

  /** @override */
  transposed = (dz) =>
    this.memory.product(matrix(dz), transposed(matrix(this.params.W)));

  /** @override */
  weightGradient = (dz, x, dW) =>
    this.memory.multiply(transposed(matrix(x)), matrix(dz), dW, true);
}
