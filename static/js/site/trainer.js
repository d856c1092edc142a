/**
 * A Web Worker that trains the quick GAN in the page, with the commands and events of
 * the server's worker
 * (gan/runs/messages.py, gan/runs/session.py).
 */

import { thinned, withProgress } from "../logic/state.js";
import { count } from "../logic/words.js";
import { Memory } from "../nn/arrays.js";
import { multiply, tiles } from "../nn/products.js";
import { choose, random } from "../nn/random.js";
import { distort } from "./distort.js";
import { askedFor, Evaluator, unitImages } from "./evaluate-sheet.js";
import { explain, showTurns } from "./explain.js";
import { buildClassifier, inflated, joined, loadDigits } from "./files.js";
import { drawLatents, Gan } from "./gan.js";
import { sheetPng } from "./pictures.js";
import { isSound, loadPrevious, loadRun, saveRun } from "./saved-run.js";

// of memory: networks 8 MB, real images 19 MB, classifier 5 MB, the rest for one
// iteration
const BYTES = 96 << 20;
const SHEET_SHARE = 0.2;
const OFTEN = 100; // of the time for sheets; milliseconds between them
const COUNT_EVERY = 50; // milliseconds between messages that count iterations
const MEASURED = 10; // iterations, but not the first, which takes a second longer
const NEEDED = 180; // iterations until nine in ten are recognized (docs/notebook.md)
const SAVE_EVERY = 2000; // milliseconds; a copy of 8 MB takes 25
// iterations that learn from the first real digits: a run must not depend on when the
// rest arrives
const EARLY = 100;
// drawings of a thing; as few are distorted, so that they are harder to copy
const FEW = 100;
const PIXELS = 28 * 28;
const MOST = 0.9; // of a sheet; the time until they are recognized is measured

const now = () => performance.now();
const distance = (a, b) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));

export class Session {
  /**
   * @param {Object} setup from live-run.js and gan/web/site/recordings.py; isNew:
   *   whether to replace the saved run
   */
  constructor(setup, tell) {
    Object.assign(this, { drawing: null, held: false }, setup, {
      tell,
      state: "starting",
      next: 0,
    }); // next: when a sheet is due
    this.use(this.own);
  }

  /**
   * Learn from drawings, or from digits if there are none.
   * @param {import("./files.js").Drawings} [own]
   */
  use(own) {
    const names = own?.names ?? [];
    const bend = own !== undefined && own.labels.length <= FEW * names.length;
    Object.assign(this, {
      own,
      config: { ...this.config, names, digit: names.length === 1 ? 0 : null, bend },
    });
  }

  /**
   * Allocate everything, continue the saved run if there is one, and show its sheet.
   */
  async open() {
    const fast = await tiles(BYTES).catch(() => null);
    const { buffer, multiply: product } = fast ??
      { buffer: new ArrayBuffer(BYTES), multiply };
    this.memory = new Memory(buffer, Float32Array, product);
    this.begin();
    this.kept = this.memory.used; // all that a saved run consists of lies below
    const saved = await loadRun();
    const isWhole = isSound(saved, this.kept);
    if (this.isNew) {
      await this.save(isWhole && !saved.own && saved.most !== null ? saved : undefined);
    } else if (isWhole) this.restore(saved);
    this.previous = await loadPrevious(this.kept);
    if (this.own) {
      this.digits = this.own;
      this.loading = Promise.resolve();
      this.evaluator = new Evaluator(this.memory, this.own, this.config);
    }
    await this.present();
    if (!fast) {
      this.note(
        "This browser lacks WebAssembly’s SIMD, so training takes ten times as long.",
      );
    }
    if (saved && !isWhole && !this.isNew) {
      this.note(
        "The saved run of this page is of another version, so a new one begins.",
      );
    }
    this.load().catch(() => undefined); // Fun tries again, and reports errors
  }

  /**
   * Make new networks. They have the places of the previous ones. trained:
   * milliseconds; since: the iteration and `trained`
   * of the last metrics; most: seconds until nine in ten were recognized; expected:
   * seconds until then; counted: when an
   * iteration was last counted, and the first one with its `trained`.
   */
  begin() {
    const { memory, config } = this;
    const used = memory.used;
    memory.release(0);
    Object.assign(this, {
      random: random(config.seed),
      trained: 0,
      since: [0, 0],
      most: null,
      expected: null,
      counted: [0, null],
      diverged: false,
      progress: [],
      metrics: [],
      target: null,
    });
    this.gan = new Gan(memory, this.random.normal, config);
    this.latents = drawLatents(
      memory,
      config,
      askedFor(config),
      this.random.normal,
      config.temperature,
    );
    memory.release(Math.max(used, memory.used));
  }

  /** Whether the command "back" brings back the network that this one replaced. */
  get hasPrevious() {
    return this.previous !== null && !this.own;
  }

  async present() {
    const { config, progress, metrics, hasPrevious: previous, gan: { iteration } } =
      this;
    const drawings = this.own?.labels.length;
    const data = drawings
      ? `${count(drawings)} drawings of yours`
      : "5,000 digits of MNIST";
    this.tell({
      type: "snapshot",
      state: "idle",
      iteration,
      target: null,
      data,
      config,
      metrics,
      progress,
      previous,
      expected: null,
      error: null,
    });
    this.report("idle");
    await this.show();
  }

  report(state) {
    this.state = state;
    this.tell({
      type: "state",
      state,
      iteration: this.gan.iteration,
      target: this.target,
      freeze_switches: this.config.freeze_switches,
    });
  }

  note(message) {
    this.tell({ type: "note", message });
  }

  /** Stop training. A run that the page calls stopped is saved. */
  async settle() {
    this.state = "idle";
    await this.save();
    this.report("idle");
    await this.show();
  }

  // Commands

  async execute({ command, iterations, drawing, seed, freeze_switches }) {
    if (command === "fun") return this.start();
    if (command === "train") return this.start(Number(iterations));
    // the page waits for an event
    if (command === "save") return this.save().then(() => this.report(this.state));
    if (command === "pause") return this.pause();
    if (command === "reset") return this.reset(seed, freeze_switches);
    if (command === "back") return this.back();
    if (command === "step") return this.step(drawing);
    if (command !== "ask") return this.switchFreezing(command === "lock");
    this.drawing = drawing;
    if (this.state === "idle") await this.show();
  }

  /** @param {number} [iterations] until stopped, if none */
  async start(iterations) {
    if (this.state === "training" || !await this.prepare()) return;
    const { iteration } = this.gan;
    this.target = iterations ? iteration + iterations : null;
    this.next = 0;
    this.since = [iteration, this.trained];
    this.report("training");
    this.run();
  }

  /**
   * Wait for the first real digits. A run that diverged starts over.
   * @returns {Promise<boolean>} false if `cancel` was called meanwhile
   */
  async prepare() {
    if (this.diverged) await this.reset(this.config.seed + 1);
    if (!this.digits) this.report("starting");
    const { state } = this;
    try {
      await this.load();
      if (this.gan.iteration >= EARLY) await this.rest;
    } catch (error) {
      this.report("idle");
      throw error;
    }
    return this.state === state;
  }

  /** Do not start when the real digits arrive. */
  cancel() {
    if (this.state === "starting" && this.kept) this.report("idle");
  }

  /**
   * Load the first real digits, which training needs, and begin to load the rest; both
   * again after a failure.
   */
  load() {
    this.loading ??= this.loadFirst().catch((error) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  async loadFirst() {
    this.digits ??= this.first = await loadDigits(this.urls.first);
    this.evaluator ??= new Evaluator(this.memory, this.digits, this.config);
    if (this.state === "idle") await this.show(); // with the diagram
    this.rest = this.loadRest().catch(({ message }) => {
      this.loading = null;
      this.tell({ type: "error", message });
    });
  }

  async loadRest() {
    const [rest, weights] = await Promise.all([
      loadDigits(this.urls.rest),
      inflated(this.urls.classifier),
    ]);
    this.digits = joined(this.digits, rest);
    const classifier = buildClassifier(this.memory, weights);
    this.evaluator = new Evaluator(this.memory, this.digits, this.config, {
      limits: this.limits,
      classifier,
    });
    if (this.state === "idle") await this.show();
  }

  async pause() {
    if (this.state === "training") await this.settle();
  }

  /**
   * Make a new network. If it has another seed, one that draws well stays until the new
   * one does, too.
   */
  async reset(seed, freeze_switches = []) {
    const kept = seed !== undefined && this.most !== null && !this.own && !this.diverged
      ? this.saved()
      : undefined;
    this.config = { ...this.config, seed: seed ?? this.config.seed, freeze_switches };
    await this.replace(kept);
  }

  async back() {
    if (this.hasPrevious) await this.replace(null, this.previous);
    else this.report(this.state);
  }

  async replace(previous, saved) {
    this.state = "idle";
    this.begin();
    if (saved) this.restore(saved);
    await this.save(previous);
    await this.present();
  }

  get frozen() {
    const { freeze, freeze_switches: switches } = this.config;
    const { iteration } = this.gan;
    return (switches.filter((at) => at <= iteration).length % 2 === 1) !== freeze;
  }

  async switchFreezing(freeze) {
    const { iteration } = this.gan;
    const before = this.config.freeze_switches.filter((at) => at < iteration);
    this.config = { ...this.config, freeze_switches: before };
    if (this.frozen !== freeze) this.config.freeze_switches = [...before, iteration];
    if (this.state === "idle") await this.save();
    this.report(this.state);
  }

  async step(drawing) {
    await this.pause();
    if (!await this.prepare()) return;
    this.tell(await showTurns(this, drawing, (between) => this.iterate(between)));
    await this.settle();
  }

  // Training

  /** Train until paused, held, or at the target. */
  async run() {
    const loop = this.loop = {};
    for (;;) {
      if (this.gan.iteration === EARLY) await this.rest;
      await turn(); // a command may arrive
      // `loop` has ended, or a newer one has begun
      if (this.held || this.state !== "training" || this.loop !== loop) return;
      if (this.gan.iteration === this.target) return this.pause();
      const begun = now();
      const { gan } = this;
      this.iterate();
      if (now() >= this.next) await this.show();
      if (gan === this.gan) this.trained += now() - begun;
      if (this.diverged) return this.settle();
      this.count();
      if (now() - (this.savedAt ??= now()) > SAVE_EVERY) this.save();
    }
  }

  /** Tell the page the iteration, and how long digits take in this browser. */
  count() {
    const { gan: { iteration }, own, trained, counted: [last, first] } = this;
    if (now() < last + COUNT_EVERY) return;
    const [from, begun] = first ?? [iteration, trained];
    const done = iteration - from;
    this.counted = [now(), [from, begun]];
    if (done >= MEASURED && !own) {
      this.expected ??= (trained + (NEEDED - iteration) * (trained - begun) / done) /
        1000;
    }
    this.tell({
      type: "iteration",
      iteration,
      expected: iteration < NEEDED ? this.expected : null,
    });
  }

  /**
   * Train one iteration on a random batch. A switch of the lock resets the adversarial
   * network's Adam.
   */
  iterate(between) {
    const { memory, gan, config, random } = this;
    const { used } = memory;
    const digits = (gan.iteration < EARLY && this.first) || this.digits;
    if (config.freeze_switches.includes(gan.iteration)) {
      gan.adversarialAdam.reset();
      this.next = 0; // the judge changes at once, and so do the drawings
    }
    const places = choose(digits.labels.keys(), config.batch, random.uniform);
    const real = unitImages(memory, digits, places);
    if (config.bend) {
      for (const row of places.keys()) {
        distort(real.data.subarray(row * PIXELS, (row + 1) * PIXELS), random);
      }
    }
    const labels = places.map((place) => digits.labels[place]);
    const latents = Array.from(
      { length: config.generator_updates },
      () => drawLatents(memory, config, labels, random.normal),
    );
    const measures = (gan.iteration + 1) % config.metrics_every === 0;
    const D = Object.values(gan.discriminator.parameters());
    let before = []; // D's weights before G's turns
    const { dLoss, gLoss } = gan.iterate(real, labels, latents, this.frozen, () => {
      if (measures) before = D.map(({ data }) => data.slice());
      between?.();
    });
    memory.release(used);
    this.diverged = !Number.isFinite(dLoss + gLoss);
    if (!measures && !this.diverged) return;
    const change = Math.hypot(
      ...before.map((data, index) => distance(data, D[index].data)),
    );
    const [from, begun] = this.since;
    const done = gan.iteration - 1; // `trained` lacks this iteration
    this.since = [done, this.trained];
    // some clocks stand still for a while
    const speed = 1000 * (done - from) / Math.max(1, this.trained - begun);
    const row = {
      iteration: gan.iteration,
      d_loss: dLoss,
      g_loss: gLoss,
      d_change: change,
      iterations_per_second: speed,
    };
    this.metrics = thinned([...this.metrics, row]);
    this.tell({ type: "metrics", ...row });
  }

  /** Draw, evaluate and send a sheet, and explain the drawing that is asked about. */
  async show() {
    const begun = now();
    const { memory, gan, evaluator } = this;
    const { used } = memory;
    const { iteration } = gan;
    const [drawings] = gan.average.forward(this.latents);
    const seen = drawings.data.slice();
    const reading = evaluator?.reader && iteration > 0
      ? evaluator.evaluate(drawings, evaluator.verdicts(gan.discriminator, drawings))
      : null;
    const answer = evaluator && this.drawing !== null
      ? explain(this, reading, this.drawing)
      : null;
    memory.release(used);
    this.measure(reading, iteration);
    // unless the run was started over
    const tell = (event) => gan === this.gan && this.tell(event);
    tell({
      type: "sheet",
      iteration,
      png: await sheetPng(seen),
      reading,
      most_after: this.most,
      previous: this.hasPrevious,
    });
    if (answer) tell(await answer);
    this.next = begun + Math.max(OFTEN, (now() - begun) / SHEET_SHARE);
  }

  /**
   * Keep the figures of a sheet, and measure the time of training until nine in ten are
   * recognized.
   */
  measure(reading, iteration) {
    if (!reading) return;
    this.progress = withProgress(this.progress, { iteration, reading });
    const { recognized, of } = this.progress.at(-1);
    if (recognized < MOST * of || this.most !== null) return;
    this.most = this.trained / 1000;
    if (this.hasPrevious) this.save(null);
  }

  /** Stop while the page is hidden, and go on afterwards. */
  hold(held) {
    this.held = held;
    if (this.state !== "training") return;
    if (held) this.save();
    else this.run();
  }

  // The saved run

  /** @param {Object|null} [previous] the run before, if it changes */
  async save(previous) {
    if (previous !== undefined) this.previous = previous;
    if (this.diverged) return;
    this.savedAt = Infinity; // not again until it is saved
    await saveRun(this.saved(), previous).catch(() => {
      this.note(
        "This browser doesn’t save the run, so it ends when you leave the page.",
      );
    });
    this.savedAt = now();
  }

  saved() {
    const {
      memory: { buffer },
      gan: { iteration, adversarialAdam, discriminatorAdam },
      config,
      own,
      progress,
      metrics,
      trained,
      most,
    } = this;
    const times = [adversarialAdam.t, discriminatorAdam.t];
    const kept = buffer.slice(0, this.kept);
    return {
      kept,
      iteration,
      times,
      random: this.random.state(),
      config,
      own,
      progress,
      metrics,
      trained,
      most,
    };
  }

  /**
   * Continue a saved run that is sound. Other settings than its seed and the lock are
   * those of this page.
   */
  restore(saved) {
    const { gan } = this;
    const {
      kept,
      iteration,
      times,
      config: { seed, freeze_switches },
      own,
      progress,
      metrics,
      trained,
      most,
    } = saved;
    new Uint8Array(this.memory.buffer).set(new Uint8Array(kept));
    [gan.iteration, gan.adversarialAdam.t, gan.discriminatorAdam.t] = [
      iteration,
      ...times,
    ];
    Object.assign(this, {
      random: random(saved.random),
      config: { ...this.config, seed, freeze_switches },
      progress,
      metrics,
      trained,
      most,
    });
    this.use(own);
  }
}

const { port1, port2 } = new MessageChannel();

/** Let messages arrive. Unlike a timer, a message of its own comes at once. */
function turn() {
  port2.postMessage(null);
  return new Promise((resolve) => {
    port1.onmessage = resolve;
  });
}

const fail = ({ message }) => self.postMessage({ type: "refused", message });
let session = null;
let before = Promise.resolve();

// while it trains
self.addEventListener("unhandledrejection", ({ reason }) => fail(reason));

/** Carry out one message after another. The first one begins the session. */
self.onmessage = ({ data }) => {
  const { command } = data;
  if (command === "hold") return session?.hold(data.hidden);
  if (command === "pause") session?.cancel();
  before = before.then(() => {
    if (command !== "begin") return session.execute(data);
    session = new Session(data, (event) => self.postMessage(event));
    return session.open();
  }).catch(fail);
};
