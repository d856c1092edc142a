/** Keeps the states of the user's drawings, for undo and redo. */

const MOST_STORED = 400; // maximum number of steps that can be undone

/** The present state `now`, the earlier states `past`, and the undone ones `future`. */
export class History {
  constructor(now) {
    this.reset(now);
  }

  reset(now) {
    Object.assign(this, { now, past: [], future: [] });
  }

  put(next) {
    this.past = [...this.past, this.now].slice(-MOST_STORED);
    this.now = next;
    this.future = [];
  }

  /**
   * Change a thing in all states that have it, so that undo does not revert the change,
   * for example a new name.
   * @param {(all: import("./drawings.js").Drawings) => import("./drawings.js").Drawings}
   *   how
   */
  change(how, index) {
    const each = (all) => (index in all.things ? how(all) : all);
    Object.assign(this, {
      now: each(this.now),
      past: this.past.map(each),
      future: this.future.map(each),
    });
  }

  /** Go back to the last state in `past`, of which there must be one. */
  undo() {
    this.future = [this.now, ...this.future];
    this.now = this.past.pop();
  }

  /** Go to the first state in `future`, of which there must be one. */
  redo() {
    this.past = [...this.past, this.now];
    this.now = this.future.shift();
  }
}
