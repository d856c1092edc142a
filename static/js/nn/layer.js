/**
 * The base class of all layers, as in nnet/layer.py.
 *
 * @typedef {import("./arrays.js").Tensor} Tensor
 * @typedef {{x: Tensor, y: Tensor, parts?: Saved[]}} Saved
 */

/**
 * `backward(dy, saved, needDx)` adds dW to `grads` unless the layer is frozen, and
 * returns dx, or null without `needDx`.
 */
export class Layer {
  params = {};
  grads = {};
  trainable = true;

  /** @param {Tensor} x @returns {[Tensor, Saved]} */
  forward(x) {
    const y = this.apply(x);
    return [y, { x, y }];
  }

  /**
   * Yield [prefix of its weights' names, layer] for every inner layer.
   * @returns {Iterable<[string, Layer]>}
   */
  *leaves() {
    yield ["", this];
  }

  /** Return all weights by name, such as "3.W". @returns {Object<string, Tensor>} */
  parameters() {
    return named(this, "params");
  }

  gradients() {
    return named(this, "grads");
  }

  zeroGrads() {
    for (const { data } of Object.values(this.gradients())) data.fill(0);
  }

  /** Freeze the weights while `act` runs, and return its result. */
  frozen(act) {
    const before = [...this.leaves()].map(([, layer]) => [layer, layer.trainable]);
    for (const [layer] of before) layer.trainable = false;
    try {
      return act();
    } finally {
      for (const [layer, trainable] of before) layer.trainable = trainable;
    }
  }
}

function named(network, kind) {
  const pairs = [...network.leaves()].flatMap(([prefix, layer]) =>
    Object.entries(layer[kind]).map(([key, w]) => [prefix + key, w])
  );
  return Object.fromEntries(pairs);
}

/** A chain of layers, itself a layer (nnet/sequential.py). */
export class Sequential extends Layer {
  constructor(...layers) {
    super();
    this.layers = layers;
  }

  forward(x) {
    const parts = [];
    let y = x;
    let saved;
    for (const layer of this.layers) {
      [y, saved] = layer.forward(y);
      parts.push(saved);
    }
    return [y, { x, y, parts }];
  }

  backward(dy, saved, needDx = true) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      dy = this.layers[i].backward(dy, saved.parts[i], needDx || i > 0);
    }
    return dy;
  }

  *leaves() {
    for (const [index, layer] of this.layers.entries()) {
      for (const [prefix, leaf] of layer.leaves()) yield [`${index}.${prefix}`, leaf];
    }
  }
}
