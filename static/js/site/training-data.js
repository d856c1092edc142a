/**
 * What a run in the page learns from, and what evaluates it: digits, which arrive in
 * two parts, or the user's drawings.
 *
 * @typedef {import("./files.js").Digits} Digits
 * @typedef {import("./files.js").Drawings} Drawings
 */

import { Evaluator } from "./evaluate-sheet.js";
import { buildClassifier, inflated, joined, loadDigits } from "./files.js";

// iterations that learn from the first part: a run must not depend on when the rest
// arrives
export const EARLY = 100;

export class TrainingData {
  /** @type {Digits|null} all that have arrived */
  digits = null;
  /** @type {Digits|null} those of the first part */
  first = null;
  /** @type {Evaluator|null} */
  evaluator = null;
  /** @type {Promise<void>|null} */
  loading = null;
  /** @type {Promise<void>|null} */
  rest = null;

  /**
   * @param {import("./training-session.js").Session} session
   * @param {import("./live-run.js").Setup} setup
   */
  constructor(session, setup) {
    this.session = session;
    this.memory = session.memory;
    this.setup = setup;
  }

  /** Use the user's drawings instead of digits. @param {Drawings} own */
  use(own) {
    this.digits = own;
    this.loading = Promise.resolve();
    this.evaluator = new Evaluator(this.memory, own, own.names);
  }

  /** Return what this iteration learns from. */
  at(iteration) {
    return iteration < EARLY && this.first || this.digits;
  }

  /** Wait until there is enough for this iteration. Throws an error if it fails. */
  async wait(iteration) {
    await this.load();
    if (iteration >= EARLY) await this.rest;
  }

  /** Load the first part, and begin to load the rest; both again after a failure. */
  load() {
    this.loading ??= this.loadFirst().catch((error) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  /** Load the first part, then begin to load the rest. */
  async loadFirst() {
    this.first ??= await loadDigits(this.setup.urls.first);
    this.digits ??= this.first;
    this.evaluator ??= new Evaluator(this.memory, this.digits, []);
    await this.session.showIfIdle(); // with the diagram
    this.rest = this.loadRest().catch(({ message }) => {
      this.loading = null;
      this.session.tell({ type: "error", message });
    });
  }

  /** Load the rest of the digits, and the classifier. */
  async loadRest() {
    const { urls, limits } = this.setup;
    const [rest, weights] = await Promise.all([
      loadDigits(urls.rest),
      inflated(urls.classifier),
    ]);
    this.digits = joined(this.first, rest);
    const classifier = buildClassifier(this.memory, weights);
    const reader = { limits, classifier };
    this.evaluator = new Evaluator(this.memory, this.digits, [], reader);
    await this.session.showIfIdle();
  }
}
