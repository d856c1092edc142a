/**
 * The quick GAN of all digits (gan/plain/models.py), trained by the relativistic game
 * with labels (gan/rules/relativistic.py), but without the gradient penalty, which
 * needs forward derivatives.
 *
 * @typedef {import("../nn/arrays.js").Tensor} Tensor
 * @typedef {import("../nn/arrays.js").Memory} Memory
 * @typedef {import("../logic/state.js").Config & {latent: number, temperature: number,
 * hidden_generator: number[], hidden_discriminator: number, average_memory: number,
 * beta1: number, beta2: number, bend?: boolean}} GanConfig `Config` in
 *   gan/rules/run_config.py; bend: whether to distort the real images
 * @typedef {Pick<GanConfig, "latent"|"channels"|"hidden_generator"|"learning_rate"|
 * "hidden_discriminator"|"average_memory"|"beta1"|"beta2">} NetworkConfig
 */

import { LeakyReLU, Reshape, Tanh } from "../nn/activations.js";
import { Conv2D, ConvTranspose2D } from "../nn/conv.js";
import { Dense } from "../nn/dense.js";
import { Sequential } from "../nn/layer.js";
import { relativisticPair } from "../nn/losses.js";
import { Adam, updateAverage } from "../nn/optimizers.js";

export const DIGITS = 10;
export const PIXELS = 28 * 28;
const OUTPUTS = 1 + DIGITS; // of D for an image
const MAP = 7; // side of the smallest feature map

/** @param {Memory} memory @param {NetworkConfig} config @param {() => number} normal */
function buildGenerator(
  memory,
  { latent, channels: [wide, narrow], hidden_generator: [hidden] },
  normal,
) {
  const leaky = new LeakyReLU();
  return new Sequential(
    new Dense(memory, latent + DIGITS, hidden, normal, leaky),
    new Dense(memory, hidden, MAP * MAP * narrow, normal, leaky),
    new Reshape(MAP, MAP, narrow), // (N, 7, 7, narrow)
    new ConvTranspose2D(memory, narrow, wide, normal, leaky), // (N, 14, 14, wide)
    new ConvTranspose2D(memory, wide, 1, normal, new Tanh()), // (N, 28, 28, 1)
  );
}

/** @param {Memory} memory @param {NetworkConfig} config @param {() => number} normal */
function buildDiscriminator(
  memory,
  { channels: [wide, narrow], hidden_discriminator: hidden },
  normal,
) {
  const leaky = new LeakyReLU();
  return new Sequential(
    new Conv2D(memory, 1, wide, normal, leaky), // (N, 14, 14, wide)
    new Conv2D(memory, wide, narrow, normal, leaky), // (N, 7, 7, narrow)
    new Reshape(MAP * MAP * narrow),
    new Dense(memory, MAP * MAP * narrow, hidden, normal, leaky),
    new Dense(memory, hidden, OUTPUTS, normal), // (N, 11)
  );
}

/**
 * Draw the inputs of G, (N, latent + 10): random numbers, then 1 for the requested
 * digit and 0 for the others.
 */
export function drawLatents(memory, { latent }, digits, normal, temperature = 1) {
  const z = memory.array(digits.length, latent + DIGITS);
  digits.forEach((digit, n) => {
    const row = n * (latent + DIGITS);
    for (let i = 0; i < latent; i++) z.data[row + i] = temperature * normal();
    z.data[row + latent + digit] = 1;
  });
  return z;
}

/**
 * Return D's logits for images with these digits, and what `pull` needs. A logit is the
 * sum of D's first output and D's output for the image's digit.
 */
export function judge(D, images, digits) {
  const [{ data }, saved] = D.forward(images);
  return {
    logits: Float64Array.from(
      digits,
      (digit, n) => data[n * OUTPUTS] + data[n * OUTPUTS + 1 + digit],
    ),
    saved,
  };
}

/**
 * Run the backward pass of D from `sign` times `dlogits`. The third argument is the
 * result of `judge`.
 * @returns {Tensor|null} the gradient with respect to the images
 */
export function pull(memory, D, { saved }, digits, dlogits, sign = 1, needDx = true) {
  const dy = memory.array(digits.length, OUTPUTS);
  digits.forEach((digit, n) => {
    const at = n * OUTPUTS;
    dy.data[at] = dy.data[at + 1 + digit] = sign * dlogits[n];
  });
  return D.backward(dy, saved, needDx);
}

/** Both networks, the averaged generator, which draws sheets, and the optimizers. */
export class Gan {
  iteration = 0;

  /** @param {Memory} memory @param {() => number} normal @param {NetworkConfig} config */
  constructor(memory, normal, config) {
    this.memory = memory;
    this.config = config;
    this.generator = buildGenerator(memory, config, normal);
    this.discriminator = buildDiscriminator(memory, config, normal);
    this.average = buildGenerator(memory, config, () => 0);
    updateAverage(this.average, this.generator, 0, 1); // a copy
    this.adversarialAdam = new Adam(
      memory,
      [this.generator, this.discriminator],
      config,
    );
    this.discriminatorAdam = new Adam(memory, [this.discriminator], config);
  }

  /**
   * Train one iteration: update D once, then G once for each batch of latents, through
   * a frozen D.
   * @param {Tensor} real (B, 28, 28, 1) in [-1, 1]
   * @param {number[]} digits of the real images and of the fakes
   * @param {Tensor[]} latents (B, inputs) each; D's update and G's first update share
   * the first
   * @param {boolean} freeze false repeats the mistake: the artist's turns also change
   * the judge
   * @param {() => void} between called after D's update
   */
  iterate(real, digits, latents, freeze, between = () => undefined) {
    const { memory, generator: G, discriminator: D } = this;
    const start = memory.used;
    const first = G.forward(latents[0]);
    const dLoss = memory.freeing(() =>
      this.updateDiscriminator(real, first[0], digits)
    );
    between();
    const judged = freeze ? judge(D, real, digits) : null;
    const update = (z, turn) =>
      this.updateGenerator(
        turn ? G.forward(z) : first,
        judged ?? judge(D, real, digits),
        digits,
      );
    const updateAll = () =>
      latents.reduce((sum, z, turn) => sum + memory.freeing(() => update(z, turn)), 0);
    // Here D is frozen, so that G's updates do not change it.
    const gLoss = freeze ? D.frozen(updateAll) : updateAll();
    memory.release(start);
    this.iteration += 1;
    updateAverage(this.average, G, this.config.average_memory, this.iteration);
    return { dLoss, gLoss: gLoss / latents.length };
  }

  /** Update D once, to rate real images above drawings. Return its loss. */
  updateDiscriminator(real, fake, digits) {
    const { memory, discriminator: D } = this;
    D.zeroGrads();
    const judgedReal = judge(D, real, digits);
    const judgedFake = judge(D, fake, digits);
    const [loss, dreal] = relativisticPair(judgedReal.logits, judgedFake.logits);
    pull(memory, D, judgedReal, digits, dreal, 1, false);
    pull(memory, D, judgedFake, digits, dreal, -1, false);
    this.discriminatorAdam.step(this.config.learning_rate);
    return loss;
  }

  /**
   * Update G once, to make drawings that D rates above real images. Return its loss. If
   * D is not frozen, this changes D, too.
   */
  updateGenerator([fake, saved], judgedReal, digits) {
    const { memory, generator: G, discriminator: D } = this;
    G.zeroGrads();
    D.zeroGrads();
    const judged = judge(D, fake, digits);
    const [loss, dfake] = relativisticPair(judged.logits, judgedReal.logits);
    const dimages = pull(memory, D, judged, digits, dfake);
    if (D.layers[0].trainable) pull(memory, D, judgedReal, digits, dfake, -1, false);
    G.backward(dimages, saved, false);
    this.adversarialAdam.step(this.config.learning_rate);
    return loss;
  }
}
