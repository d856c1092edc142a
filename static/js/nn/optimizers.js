/** The Adam optimizer (nnet/optimizers.py) and the running average. */

export class Adam {
  t = 0; // steps since the last reset

  /**
   * @param {import("./arrays.js").Memory} memory
   * @param {import("./layer.js").Layer[]} networks
   * @param {{beta1?: number, beta2?: number, epsilon?: number}} options
   */
  constructor(memory, networks, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}) {
    const layers = networks.flatMap((network) =>
      Array.from(network.leaves(), ([, layer]) => layer)
    );
    const zeros = ({ shape }) => memory.array(...shape).data;
    this.weights = layers.flatMap((layer) =>
      Object.entries(layer.params).map(([key, W]) => ({
        layer,
        W: W.data,
        dW: layer.grads[key].data,
        m: zeros(W),
        v: zeros(W),
      }))
    );
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  /** Set the moments and the number of steps to 0. */
  reset() {
    this.t = 0;
    for (const { m, v } of this.weights) {
      m.fill(0);
      v.fill(0);
    }
  }

  /** Update the weights of all layers that are not frozen. */
  step(learningRate) {
    this.t += 1;
    const { beta1, beta2 } = this;
    const correction = Math.sqrt(1 - beta2 ** this.t);
    const rate = learningRate * correction / (1 - beta1 ** this.t);
    const epsilon = this.epsilon * correction;
    for (const { W, dW, m, v } of this.weights.filter(({ layer }) => layer.trainable)) {
      for (let i = 0; i < W.length; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * dW[i];
        v[i] = beta2 * v[i] + (1 - beta2) * dW[i] * dW[i];
        W[i] -= rate * m[i] / (Math.sqrt(v[i]) + epsilon);
      }
    }
  }
}

/**
 * Update `average`, the running average of a network's weights, after iteration t
 * (nnet/fast/optimizers.py). `memory` is the largest decay, below 1.
 */
export function updateAverage(average, network, memory, t) {
  const decay = Math.min(memory, (1 + t) / (10 + t));
  const sources = network.parameters();
  for (const [name, { data }] of Object.entries(average.parameters())) {
    const W = sources[name].data;
    for (let i = 0; i < data.length; i++) data[i] += (1 - decay) * (W[i] - data[i]);
  }
}
