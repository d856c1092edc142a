/** Trains a run in the page until it is paused, and reports its iteration. */

import { TimeEstimate } from "./time-estimate.js";
import { EARLY } from "./training-data.js";

const COUNT_EVERY = 50; // milliseconds between messages with the iteration
const SAVE_EVERY = 2000; // milliseconds; copying a run of 8 MB takes 25 ms

const now = () => performance.now();

export class TrainingLoop {
  /** @type {Object|null} identifies the newest call of `run` */
  newest = null;
  /** @type {number|null} */
  savedAt = null;

  /**
   * @param {import("./training-session.js").Session} session
   * @param {boolean} held whether the page is hidden
   */
  constructor(session, held) {
    this.session = session;
    this.held = held;
  }

  /** Reset estimates and timers for new networks. */
  restart() {
    this.estimate = new TimeEstimate();
    this.nextCount = now() + COUNT_EVERY; // time of the next message with the iteration
  }

  /** Train until paused, held, diverged or at the target iteration. */
  async run() {
    const { session } = this;
    const call = this.newest = {};
    for (;;) {
      if (session.trainer.iteration === EARLY) await session.data.rest;
      await nextMessage(); // a command may arrive
      const { state, target } = session.run;
      if (this.held || state !== "training" || this.newest !== call) return;
      if (session.trainer.iteration === target) return session.pause();
      await this.iterate();
      if (session.trainer.diverged) return session.settle();
      this.count();
      if (now() - (this.savedAt ??= now()) > SAVE_EVERY) session.save();
    }
  }

  /** Train one iteration, and show a sheet if it is due. */
  async iterate() {
    const { session, session: { trainer, previews } } = this;
    const begun = now();
    if (trainer.isSwitching) previews.due = 0; // the drawings change at once
    session.iterate();
    if (now() >= previews.due) await previews.show();
    trainer.trained += now() - begun;
  }

  /** Send the iteration, and the expected time until digits, if that is due. */
  count() {
    if (now() < this.nextCount) return;
    this.nextCount = now() + COUNT_EVERY;
    const { own, trainer: { iteration, trained } } = this.session;
    const expected = own ? null : this.estimate.at(iteration, trained);
    this.session.tell({ type: "iteration", iteration, expected });
  }

  /** Save and interrupt training when the page is hidden, and go on afterwards. */
  hold(held) {
    this.held = held;
    if (this.session.run.state !== "training") return;
    if (held) this.session.save();
    else this.run();
  }
}

const { port1, port2 } = new MessageChannel();

/** Let pending messages arrive, by waiting for one more. A timer would take longer. */
function nextMessage() {
  port2.postMessage(null);
  return new Promise((resolve) => {
    port1.onmessage = resolve;
  });
}
