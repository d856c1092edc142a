/**
 * A GAN of dense layers in float64, as in gan/plain/training.py and gan/rules/gradient_penalty.py. It draws points in the plane.
 *
 * A batch is one flat array, row after row. A network is an array of layers y = f(x W + b), where f is LeakyReLU. With
 * slope 1 it is the identity.
 * @typedef {{W: Float64Array, b: Float64Array, dW: Float64Array, db: Float64Array, slope: number}} Dense
 */

import { sigmoid, softplus } from "../nn/losses.js";

/** @returns {Dense} */
export function dense(W, b, slope = 1) {
  return { W: Float64Array.from(W), b: Float64Array.from(b), dW: new Float64Array(W.length), db: new Float64Array(b.length), slope };
}

/** Return layers of these widths, with weights drawn as in nnet/initializers.py. The last layer is linear. */
export function network(widths, normal) {
  return widths.slice(1).map((outputs, l) => {
    const slope = l < widths.length - 2 ? 0.2 : 1, std = Math.sqrt(2 / (1 + slope ** 2) / widths[l]);
    return dense(Array.from({ length: widths[l] * outputs }, () => std * normal()), Array(outputs).fill(0), slope);
  });
}

/** Return A B, where A has `inner` columns. */
function product(A, B, inner) {
  const n = A.length / inner, K = B.length / inner, result = new Float64Array(n * K);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < inner; c++) {
      const s = A[i * inner + c];
      for (let k = 0, from = c * K, to = i * K; k < K; k++) result[to++] += s * B[from++];
    }
  }
  return result;
}

function transpose(A, columns) {
  const rows = A.length / columns, result = new Float64Array(A.length);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) result[c * rows + i] = A[i * columns + c];
  return result;
}

/** Add values. The shorter array is a row that all rows of the other share. */
function add(to, values, scale = 1) {
  const n = to.length, m = values.length;
  for (let i = 0; i < n || i < m; i++) to[i % n] += scale * values[i % m];
}

const inputs = ({ W, b }) => W.length / b.length;

/** Return values f'(z). LeakyReLU keeps the sign, so y = f(z) tells it. */
function mask({ slope }, values, y) {
  return values.map((value, i) => (y[i] > 0 ? value : slope * value));
}

/** Return the input and every layer's output. */
export function forward(net, x) {
  const saved = [x];
  for (const layer of net) {
    const z = product(saved.at(-1), layer.W, inputs(layer));
    add(z, layer.b);
    saved.push(mask(layer, z, z));
  }
  return saved;
}

/** Carry dy back to the input and return dx. Call `each` with every layer, its dz and its input. */
function pull(net, saved, dy, each) {
  for (let l = net.length - 1; l >= 0; l--) {
    const dz = mask(net[l], dy, saved[l + 1]), { W, b } = net[l];
    each(net[l], dz, saved[l]);
    dy = product(dz, transpose(W, b.length), b.length);
  }
  return dy;
}

/** Add scale x^T dz to dW. */
function learn(layer, dz, x, scale = 1) {
  const C = inputs(layer);
  add(layer.dW, product(transpose(x, C), dz, x.length / C), scale);
}

/** Return dx. Unless the network is frozen, also add to dW and db. */
export function backward(net, saved, dy, frozen = false) {
  return pull(net, saved, dy, (layer, dz, x) => {
    if (frozen) return;
    learn(layer, dz, x);
    add(layer.db, dz);
  });
}

/** Add the gradient of gamma / 2 (R1 + R2) to dW, and return the penalty. gan/rules/gradient_penalty.py derives it. */
export function penalize(net, saved, gamma) {
  const n = saved.at(-1).length, c = gamma / (n / 2), signals = [];
  let u = pull(net, saved, new Float64Array(n).fill(1), (_, dz) => signals.unshift(dz));
  const penalty = (c / 2) * u.reduce((sum, g) => sum + g * g, 0);
  net.forEach((layer, l) => {
    learn(layer, signals[l], u, c);
    u = mask(layer, product(u, layer.W, inputs(layer)), saved[l + 1]);
  });
  return penalty;
}

/** Return the mean binary cross-entropy, and its gradient with respect to the logits. */
function bceWithLogits(logits, target) {
  const n = logits.length, loss = logits.reduce((sum, r, i) => sum + softplus(r) - target(i) * r, 0) / n;
  return [loss, logits.map((r, i) => (sigmoid(r) - target(i)) / n)];
}

/** Return step(rate), which moves the layers' weights against their gradients by Adam. */
export function adam(layers, beta1 = 0.9, beta2 = 0.999) {
  const weights = layers.flatMap(({ W, b, dW, db }) => [[W, dW, W.map(() => 0), W.map(() => 0)], [b, db, b.map(() => 0), b.map(() => 0)]]);
  let t = 0;
  return (rate) => {
    t += 1;
    const first = 1 - beta1 ** t, second = 1 - beta2 ** t;
    for (const [w, dw, m, v] of weights) {
      for (let i = 0; i < w.length; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * dw[i];
        v[i] = beta2 * v[i] + (1 - beta2) * dw[i] ** 2;
        w[i] -= (rate * m[i]) / first / (Math.sqrt(v[i] / second) + 1e-8);
      }
    }
  };
}

/** Return step(rate) for plain gradient steps. */
export const plain = (layers) => (rate) => layers.forEach(({ W, b, dW, db }) => {
  add(W, dW, -rate);
  add(b, db, -rate);
});

const zeroGrads = (net) => net.forEach(({ dW, db }) => { dW.fill(0); db.fill(0); });

/**
 * The two networks and the rules. If D is not frozen, stepG moves both.
 * @typedef {{G: Dense[], D: Dense[], stepG: (rate: number) => void, stepD: (rate: number) => void, rateG: number, rateD: number,
 *   saturating: boolean, gamma: number, frozen: boolean}} Game
 */

/** Teach D to tell real points from drawn ones. Return its loss. @param {Game} game */
export function updateD({ D, stepD, rateD, gamma }, real, fake) {
  const saved = forward(D, Float64Array.of(...real, ...fake)), count = real.length / inputs(D[0]);
  const [loss, dlogits] = bceWithLogits(saved.at(-1), (i) => Number(i < count));
  zeroGrads(D);
  backward(D, saved, dlogits);
  if (gamma) penalize(D, saved, gamma);
  stepD(rateD);
  return loss;
}

/** Return G's loss, -log D or log(1 - D), and its gradient with respect to each point, carried back through D. @param {Game} game */
export function throughD({ D, saturating }, fake, frozen = true) {
  const saved = forward(D, fake), sign = saturating ? -1 : 1, [loss, dlogits] = bceWithLogits(saved.at(-1), () => Number(!saturating));
  return [sign * loss, backward(D, saved, dlogits.map((d) => sign * d), frozen)];
}

/** Teach G to draw points that D calls real. Return its loss. @param {Game} game */
export function updateG(game, saved) {
  const { G, D, stepG, rateG, frozen } = game;
  zeroGrads(frozen ? G : [...G, ...D]);
  const [loss, dfake] = throughD(game, saved.at(-1), frozen);
  backward(G, saved, dfake);
  stepG(rateG);
  return loss;
}

/** Update D once, then G once for each batch of latents. Return the losses. @param {Game} game */
export function iterate(game, real, latents) {
  const first = forward(game.G, latents[0]), loss = updateD(game, real, first.at(-1));
  return [loss, ...latents.map((z, turn) => updateG(game, turn ? forward(game.G, z) : first))];
}
