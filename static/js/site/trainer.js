/**
 * Trains the quick GAN on digits or on the user's drawings, one iteration after
 * another, as gan/runs/trainer.py does.
 *
 * @typedef {import("../nn/arrays.js").Memory} Memory
 * @typedef {import("../nn/arrays.js").Numbers} Numbers
 * @typedef {import("./gan.js").GanConfig} GanConfig
 * @typedef {import("./training-files.js").Digits} Digits
 * @typedef {import("./training-files.js").Drawings} Drawings
 */

import { choose, random } from "../nn/random.js";
import { distort } from "./distort.js";
import { askedFor, unitImages } from "./evaluate-sheet.js";
import { drawLatents, Gan, PIXELS } from "./gan.js";

// Up to so many drawings of a thing are distorted, so that they are harder to copy.
const FEW = 100;

/**
 * Return the config of a run on these drawings, or on digits if there are none.
 * @param {GanConfig} config
 * @param {Drawings} [own]
 */
export function configFor(config, own) {
  const names = own?.names ?? [];
  const bend = own !== undefined && own.labels.length <= FEW * names.length;
  return { ...config, names, digit: names.length === 1 ? 0 : null, bend };
}

export class Trainer {
  trained = 0; // milliseconds of training
  diverged = false;

  /**
   * Make new networks at the beginning of the memory.
   * @param {Memory} memory
   * @param {GanConfig} config
   */
  constructor(memory, config) {
    const { used } = memory;
    memory.release(0);
    this.memory = memory;
    this.config = config;
    this.random = random(config.seed);
    this.gan = new Gan(memory, this.random.normal, config);
    this.latents = drawLatents(
      memory,
      config,
      askedFor(config.names),
      this.random.normal,
      config.temperature,
    );
    /** Bytes at the beginning of the memory that a saved run contains. */
    this.size = memory.used;
    memory.release(Math.max(used, this.size));
    this.startClock();
  }

  get iteration() {
    return this.gan.iteration;
  }

  /** Whether the judge is locked. */
  get frozen() {
    const { freeze, freeze_switches } = this.config;
    const pressed = freeze_switches.filter((at) => at <= this.iteration);
    return (pressed.length % 2 === 1) !== freeze;
  }

  /** Whether the judge is locked or unlocked at this iteration. */
  get isSwitching() {
    return this.config.freeze_switches.includes(this.iteration);
  }

  /** Lock or unlock the judge from the next iteration on. @param {boolean} freeze */
  switchFreezing(freeze) {
    const { iteration } = this;
    const before = this.config.freeze_switches.filter((at) => at < iteration);
    this.config = { ...this.config, freeze_switches: before };
    if (this.frozen !== freeze) this.config.freeze_switches = [...before, iteration];
  }

  /** Measure the speed from now on. */
  startClock() {
    this.measured = { iteration: this.iteration, trained: this.trained };
  }

  /**
   * Train one iteration on a random batch. If the judge has just been locked or
   * unlocked, first reset the Adam optimizer that holds both networks.
   * @param {Digits} digits
   * @param {() => void} [between] called after the judge's turn
   * @returns the metrics, or null if none are due after this iteration
   */
  iterate(digits, between) {
    const { memory, gan, config } = this;
    const { used } = memory;
    if (this.isSwitching) gan.adversarialAdam.reset();
    const places = choose(digits.labels.keys(), config.batch, this.random.uniform);
    const real = unitImages(memory, digits, places);
    if (config.bend) {
      for (const row of places.keys()) {
        distort(real.data.subarray(row * PIXELS, (row + 1) * PIXELS), this.random);
      }
    }
    const labels = places.map((place) => digits.labels[place]);
    const latents = Array.from(
      { length: config.generator_updates },
      () => drawLatents(memory, config, labels, this.random.normal),
    );
    const isMeasured = (gan.iteration + 1) % config.metrics_every === 0;
    const D = Object.values(gan.discriminator.parameters());
    let before = []; // D's weights before G's turns
    const { dLoss, gLoss } = gan.iterate(real, labels, latents, this.frozen, () => {
      if (isMeasured) before = D.map(({ data }) => data.slice());
      between?.();
    });
    memory.release(used);
    this.diverged = !Number.isFinite(dLoss + gLoss);
    if (!isMeasured && !this.diverged) return null;
    return {
      iteration: gan.iteration,
      d_loss: dLoss,
      g_loss: gLoss,
      d_change: Math.hypot(
        ...before.map((data, index) => distance(data, D[index].data)),
      ),
      iterations_per_second: this.speed(),
    };
  }

  /** Return the iterations per second since the last call, or since `startClock`. */
  speed() {
    const done = this.iteration - 1; // `trained` does not include this iteration yet
    const { iteration, trained } = this.measured;
    this.measured = { iteration: done, trained: this.trained };
    // Coarse clocks may show no progress, hence at least 1 ms.
    return 1000 * (done - iteration) / Math.max(1, this.trained - trained);
  }

  /** Return a copy of everything that `restore` needs. */
  saved() {
    const { gan, config, trained } = this;
    return {
      kept: this.memory.buffer.slice(0, this.size),
      iteration: gan.iteration,
      times: [gan.adversarialAdam.t, gan.discriminatorAdam.t],
      random: this.random.state(),
      config,
      trained,
    };
  }

  /**
   * Continue a saved run.
   * @param {import("./saved-run.js").SavedRun} saved of the same config and sound
   */
  restore({ kept, iteration, times, random: state, trained }) {
    const { gan } = this;
    new Uint8Array(this.memory.buffer).set(new Uint8Array(kept));
    gan.iteration = iteration;
    gan.adversarialAdam.t = times[0];
    gan.discriminatorAdam.t = times[1];
    this.random = random(state);
    this.trained = trained;
  }
}

/** Return the distance of two vectors. @param {Numbers} a @param {Numbers} b */
function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
