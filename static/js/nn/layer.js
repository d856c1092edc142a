/**
 * The base class of all layers, as in nnet/layer.py.
 *
 * @typedef {import("./arrays.js").Tensor} Tensor
 * @typedef {{x: Tensor, y: Tensor, parts?: Saved[]}} Saved
 */

/** The identity layer; subclasses override `apply` and `backward`. */
export class Layer {
  /** @type {Record<string, Tensor>} */
  params = {};
  /** @type {Record<string, Tensor>} */
  grads = {};
  trainable = true;

  /** Return y. @param {Tensor} x @returns {Tensor} */
  apply(x) {
    return x;
  }

  /**
   * Add the gradients of the weights to `grads`, unless the layer is frozen. Return dx,
   * or null if `needDx` is false.
   * @param {Tensor} dy
   * @param {Saved} _saved
   * @returns {Tensor|null}
   */
  backward(dy, _saved, needDx = true) {
    return needDx ? dy : null;
  }

  /**
   * Return y, and what `backward` needs.
   * @param {Tensor} x
   * @returns {[Tensor, Saved]}
   */
  forward(x) {
    const y = this.apply(x);
    return [y, { x, y }];
  }

  /**
   * Yield every innermost layer, with the prefix of its weights' names, such as "3.".
   * @returns {Iterable<[string, Layer]>}
   */
  *leaves() {
    yield ["", this];
  }

  /** Return all weights by name, such as "3.W". */
  parameters() {
    return named(this, "params");
  }

  gradients() {
    return named(this, "grads");
  }

  zeroGrads() {
    for (const { data } of Object.values(this.gradients())) data.fill(0);
  }

  /**
   * Freeze the weights while `act` runs, and return its result.
   * @template T
   * @param {() => T} act
   */
  frozen(act) {
    const layers = Array.from(this.leaves(), ([, layer]) => layer);
    const before = layers.map(({ trainable }) => trainable);
    for (const layer of layers) layer.trainable = false;
    try {
      return act();
    } finally {
      layers.forEach((layer, place) => {
        layer.trainable = before[place];
      });
    }
  }
}

/**
 * @param {Layer} network
 * @param {"params"|"grads"} kind
 * @returns {Record<string, Tensor>}
 */
function named(network, kind) {
  const pairs = [...network.leaves()].flatMap(([prefix, layer]) =>
    Object.entries(layer[kind]).map(([key, w]) => [prefix + key, w])
  );
  return Object.fromEntries(pairs);
}

/** A chain of layers, itself a layer (nnet/sequential.py). */
export class Sequential extends Layer {
  /** @param {Layer[]} layers */
  constructor(...layers) {
    super();
    this.layers = layers;
  }

  /** @override @param {Tensor} x @returns {[Tensor, Saved]} */
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

  /** @override */
  backward(dy, saved, needDx = true) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      dy = this.layers[i].backward(dy, saved.parts[i], needDx || i > 0);
    }
    return dy;
  }

  /** @override @returns {Iterable<[string, Layer]>} */
  *leaves() {
    for (const [index, layer] of this.layers.entries()) {
      for (const [prefix, leaf] of layer.leaves()) yield [`${index}.${prefix}`, leaf];
    }
  }
}
