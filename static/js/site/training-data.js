/**
 * The images that a run in the page learns from, and their evaluator. They are the
 * user's drawings, or digits, which are loaded in two parts.
 *
 * @typedef {import("./training-files.js").Digits} Digits
 * @typedef {import("./training-files.js").Drawings} Drawings
 */

import { Evaluator } from "./evaluate-sheet.js";
import { buildClassifier, inflated, joined, loadDigits } from "./training-files.js";

// The first iterations learn from the first part only, so that a run does not depend on
// when the rest arrives.
export const EARLY = 100;

export class TrainingData {
  /** @type {Digits|null} all digits that have arrived, or the user's drawings */
  digits = null;
  /** @type {Digits|null} the digits of the first part */
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

  /** Return the images from which this iteration learns. */
  at(iteration) {
    return iteration < EARLY && this.first || this.digits;
  }

  /** Wait for the images of this iteration. Throws an error if loading fails. */
  async wait(iteration) {
    await this.load();
    if (iteration >= EARLY) await this.rest;
  }

  /** Load the first part and begin to load the rest, once, or again after a failure. */
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
    await this.session.showIfIdle(); // the diagram needs digits
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
