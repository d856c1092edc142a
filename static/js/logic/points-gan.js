/**
 * A GAN that draws points in the plane, trained in float64 as in gan/plain/training.py.
 * Points, latents and their gradients are flat arrays: x, y, x, y …
 */

import { LeakyReLU } from "../nn/activations.js";
import { Memory } from "../nn/arrays.js";
import { Dense } from "../nn/dense.js";
import { Sequential } from "../nn/layer.js";
import { sigmoid, softplus } from "../nn/losses.js";
import { Adam } from "../nn/optimizers.js";
import { multiply } from "../nn/products.js";

/** Allocates arrays that are garbage-collected instead of released. */
class Collected extends Memory {
  /** @override */
  array(...shape) {
    return { data: new Float64Array(shape.reduce((a, b) => a * b)), shape };
  }
}

const memory = new Collected(null, Float64Array, multiply);

/**
 * Return a chain of dense layers with these widths, including that of the input. The
 * last layer is linear.
 * @returns {Sequential}
 */
export function network(widths, normal) {
  const layers = widths.slice(1).map((outputs, l) => {
    const isLast = l === widths.length - 2;
    const activation = new LeakyReLU(isLast ? 1 : 0.2);
    return new Dense(memory, widths[l], outputs, normal, activation);
  });
  return new Sequential(...layers);
}

const rows = (data) => ({ data, shape: [data.length / 2, 2] });

/** Return the output of a network for points or latents. */
export const outputs = (net, points) => net.forward(rows(points))[0].data;

/**
 * Return the mean binary cross-entropy, and its gradient with respect to the logits.
 */
function bceWithLogits({ data, shape }, target) {
  const n = data.length;
  const loss = data.reduce((sum, r, i) => sum + softplus(r) - target(i) * r, 0) / n;
  return [loss, { data: data.map((r, i) => (sigmoid(r) - target(i)) / n), shape }];
}

export const adam = (networks, beta1) =>
  new Adam(memory, networks, { beta1, beta2: 0.99 });

/**
 * Both networks and their settings. If D is not frozen, `optimizerG` updates both.
 * @typedef {{step: (rate: number) => void}} Optimizer
 * @typedef {{G: Sequential, D: Sequential, optimizerG: Optimizer, optimizerD:
 * Optimizer, rateG: number, rateD: number,
 *   frozen: boolean}} Game
 */

/** Update D to tell real points from drawn ones. Return its loss. @param {Game} game */
export function updateD({ D, optimizerD, rateD }, real, fake) {
  const [logits, saved] = D.forward(rows(Float64Array.of(...real, ...fake)));
  const [loss, dlogits] = bceWithLogits(logits, (i) => Number(2 * i < real.length));
  D.zeroGrads();
  D.backward(dlogits, saved, false);
  optimizerD.step(rateD);
  return loss;
}

/**
 * Return G's loss, -log D, and its gradient with respect to each point, computed by the
 * backward pass of D.
 * @param {Pick<Game, "D"|"frozen">} game
 */
export function throughD({ D, frozen }, fake) {
  const [logits, saved] = D.forward(rows(fake));
  const [loss, dlogits] = bceWithLogits(logits, () => 1);
  const pull = () => D.backward(dlogits, saved).data;
  return [loss, frozen ? D.frozen(pull) : pull()];
}

/** Update G to draw points that D calls real. Return its loss. @param {Game} game */
export function updateG(game, latents) {
  const { G, D, optimizerG, rateG } = game;
  const [fake, saved] = G.forward(rows(latents));
  G.zeroGrads();
  D.zeroGrads();
  const [loss, dfake] = throughD(game, fake.data);
  G.backward(rows(dfake), saved, false);
  optimizerG.step(rateG);
  return loss;
}

/**
 * Update D once, then G once for each batch of latents. Return the losses.
 * @param {Game} game
 */
export function iterate(game, real, latents) {
  const loss = updateD(game, real, outputs(game.G, latents[0]));
  return [loss, ...latents.map((z) => updateG(game, z))];
}
