/**
 * A run in the page: carries out commands, trains, and sends events, as
 * gan/runs/session.py does. The session derives its own state from the events that it
 * sends, in the same way as the page (static/js/logic/state.js).
 *
 * @typedef {import("./saved-run.js").SavedRun} SavedRun
 */

import { initial, reduce } from "../logic/state.js";
import { count } from "../logic/words.js";
import { showTurns } from "./explain.js";
import { Previews } from "./previews.js";
import { isSound, loadPrevious, loadRun, saveRun } from "./saved-run.js";
import { configFor, Trainer } from "./trainer.js";
import { TrainingData } from "./training-data.js";
import { TrainingLoop } from "./training-loop.js";

const OTHER_VERSION =
  "The saved run of this page is of another version, so a new one begins.";
const NOT_SAVED =
  "This browser doesn’t save the run, so it ends when you leave the page.";

export class Session {
  /** @type {SavedRun|null} the run that this one replaced */
  previous = null;

  /**
   * @param {import("../nn/arrays.js").Memory} memory
   * @param {import("./live-run.js").Setup} setup
   * @param {(event: {type: string}) => void} send
   */
  constructor(memory, setup, send) {
    this.memory = memory;
    this.isNew = setup.isNew ?? false;
    this.own = setup.own;
    this.send = send;
    this.run = { ...initial(), run: setup.run };
    this.data = new TrainingData(this, setup);
    this.previews = new Previews(this, setup.drawing ?? null);
    this.loop = new TrainingLoop(this, setup.held ?? false);
    this.begin(configFor(setup.config, this.own));
  }

  /** Update the state by an event, and send the event to the page. */
  tell(event) {
    const named = { run: this.run.run, ...event };
    this.run = reduce(this.run, named);
    this.send(named);
  }

  /** Continue the saved run if there is one, and show its sheet. */
  async open() {
    const saved = await loadRun();
    const isWhole = isSound(saved, this.trainer.size);
    if (this.isNew) {
      await this.save(isWhole && !saved.own && saved.most !== null ? saved : undefined);
    } else if (isWhole) this.restore(saved);
    this.previous = await loadPrevious(this.trainer.size);
    if (this.own) this.data.use(this.own);
    await this.present();
    if (saved && !isWhole && !this.isNew) this.note(OTHER_VERSION);
    this.data.load().catch(() => undefined); // Fun tries again, and reports errors
  }

  /** Make new networks in the memory of the old ones. */
  begin(config) {
    this.trainer = new Trainer(this.memory, config);
    this.loop.restart();
    this.most = null; // seconds of training until nine in ten were recognized
    this.run = { ...this.run, metrics: [], progress: [], target: null };
  }

  /** Whether the command "back" can restore the network that this one replaced. */
  get hasPrevious() {
    return this.previous !== null && !this.own;
  }

  async present() {
    const { run: { metrics, progress }, trainer: { config, iteration } } = this;
    this.tell({
      type: "snapshot",
      state: "idle",
      iteration,
      target: null,
      data: this.own
        ? `${count(this.own.labels.length)} drawings of yours`
        : "5,000 digits of MNIST",
      config,
      metrics,
      progress,
      previous: this.hasPrevious,
      expected: null,
      error: null,
    });
    this.report("idle");
    await this.previews.show();
  }

  /** Send a "state" event. @param {string} state @param {number|null} [target] */
  report(state, target = this.run.target) {
    const { iteration, config: { freeze_switches } } = this.trainer;
    this.tell({ type: "state", state, iteration, target, freeze_switches });
  }

  note(message) {
    this.tell({ type: "note", message });
  }

  // Commands

  /** @param {number} [iterations] to train; without it, train until stopped */
  async start(iterations) {
    if (this.run.state === "training" || !await this.prepare()) return;
    this.previews.due = 0;
    this.trainer.startClock();
    this.report("training", iterations ? this.trainer.iteration + iterations : null);
    this.loop.run();
  }

  /**
   * Wait for the images of the next iteration. A run that diverged starts over.
   * @returns {Promise<boolean>} false if the state changed meanwhile, as by `cancel`
   */
  async prepare() {
    const { diverged, config } = this.trainer;
    if (diverged) await this.reset(config.seed + 1);
    if (!this.data.digits) this.report("starting");
    const { state } = this.run;
    try {
      await this.data.wait(this.trainer.iteration);
    } catch (error) {
      this.report("idle");
      throw error;
    }
    return this.run.state === state;
  }

  /** Cancel a start that still waits for real digits. */
  cancel() {
    if (this.run.state === "starting") this.report("idle");
  }

  async pause() {
    if (this.run.state === "training") await this.settle();
  }

  /** Stop training, and save the run before the page says that it has stopped. */
  async settle() {
    this.run = { ...this.run, state: "idle" };
    await this.save();
    this.report("idle");
    await this.previews.show();
  }

  /**
   * Make a new network. If a seed is given and the old network draws well, keep the old
   * one, for the command "back", until the new one draws well, too.
   * @param {number} [seed] @param {number[]} [freeze_switches]
   */
  async reset(seed, freeze_switches = []) {
    const { config, diverged } = this.trainer;
    const drewWell = this.most !== null && !this.own && !diverged;
    const previous = seed !== undefined && drewWell ? this.saved() : undefined;
    await this.replace(
      { ...config, seed: seed ?? config.seed, freeze_switches },
      previous,
    );
  }

  async back() {
    if (!this.hasPrevious) return this.report(this.run.state);
    await this.replace(this.trainer.config, null, this.previous);
  }

  /**
   * @param {SavedRun|null} [previous] the new previous run; undefined keeps the old one
   * @param {SavedRun} [saved] the run to continue, if it is not new
   */
  async replace(config, previous, saved) {
    this.run = { ...this.run, state: "idle" };
    this.begin(config);
    if (saved) this.restore(saved);
    await this.save(previous);
    await this.present();
  }

  async step(drawing) {
    await this.pause();
    if (!await this.prepare()) return;
    const iterate = (between) => this.iterate(between);
    this.tell(await showTurns(this.trainer, this.data.evaluator, drawing, iterate));
    await this.settle();
  }

  async ask(drawing) {
    this.previews.drawing = drawing;
    await this.showIfIdle();
  }

  async showIfIdle() {
    if (this.run.state === "idle") await this.previews.show();
  }

  /** Lock or unlock the judge. @param {boolean} freeze */
  async switchFreezing(freeze) {
    this.trainer.switchFreezing(freeze);
    if (this.run.state === "idle") await this.save();
    this.report(this.run.state);
  }

  /** @param {() => void} [between] called after the judge's turn */
  iterate(between) {
    const digits = this.data.at(this.trainer.iteration);
    const metrics = this.trainer.iterate(digits, between);
    if (metrics) this.tell({ type: "metrics", ...metrics });
  }

  // The saved run

  /** @param {SavedRun|null} [previous] as for `replace` */
  async save(previous) {
    if (previous !== undefined) this.previous = previous;
    if (this.trainer.diverged) return;
    this.loop.savedAt = Infinity; // do not save again meanwhile
    await saveRun(this.saved(), previous).catch(() => this.note(NOT_SAVED));
    this.loop.savedAt = performance.now();
  }

  /** @returns {SavedRun} */
  saved() {
    const { own, most, run: { metrics, progress } } = this;
    return { ...this.trainer.saved(), own, most, metrics, progress };
  }

  /**
   * Continue a sound saved run. Only the seed and the switches of the lock are taken
   * from its config; other settings are those of this page.
   * @param {SavedRun} saved
   */
  restore(saved) {
    const { own, most, metrics, progress, config: { seed, freeze_switches } } = saved;
    this.own = own;
    this.most = most;
    this.run = { ...this.run, metrics, progress };
    const { trainer } = this;
    trainer.config = configFor({ ...trainer.config, seed, freeze_switches }, own);
    trainer.restore(saved);
  }
}
