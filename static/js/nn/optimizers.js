/** The Adam optimizer, which moves every weight that is not frozen (nnet/optimizers.py), and the running average. */

import { Sequential } from "./layer.js";

export class Adam {
  constructor(memory, networks, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}) {
    Object.assign(this, { memory, networks: new Sequential(...networks), beta1, beta2, epsilon, t: 0, m: {}, v: {} });
    for (const [name, { shape }] of Object.entries(this.networks.parameters())) {
      [this.m[name], this.v[name]] = [memory.array(...shape), memory.array(...shape)];
    }
  }

  /** Forget the moments. */
  reset() {
    this.t = 0;
    for (const { data } of [...Object.values(this.m), ...Object.values(this.v)]) data.fill(0);
  }

  /** Move every weight W against its gradient dW. */
  step(learningRate) {
    this.t += 1;
    const { beta1, beta2 } = this, correction = Math.sqrt(1 - beta2 ** this.t);
    const rate = learningRate * correction / (1 - beta1 ** this.t), epsilon = this.epsilon * correction;
    for (const [prefix, { params, grads, trainable }] of this.networks.leaves()) {
      for (const key of trainable ? Object.keys(params) : []) {
        const W = params[key].data, dW = grads[key].data, m = this.m[prefix + key].data, v = this.v[prefix + key].data;
        for (let i = 0; i < W.length; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * dW[i];
          v[i] = beta2 * v[i] + (1 - beta2) * dW[i] * dW[i];
          W[i] -= rate * m[i] / (Math.sqrt(v[i]) + epsilon);
        }
      }
    }
  }
}

/** Add the weights of a network to those of its running average after iteration t (nnet/fast/optimizers.py). */
export function updateAverage(average, network, memory, t) {
  const decay = Math.min(memory, (1 + t) / (10 + t)), sources = network.parameters();
  for (const [name, { data }] of Object.entries(average.parameters())) {
    const W = sources[name].data;
    for (let i = 0; i < data.length; i++) data[i] += (1 - decay) * (W[i] - data[i]);
  }
}
