/** Limits how often pictures change for users who prefer reduced motion. */

import { isMotionReduced } from "./dom.js";

const CALM = 2000; // milliseconds between pictures of a training run

/**
 * Return a function that says, for every state of a page, whether to skip its picture.
 * @returns {(shown: import("../logic/state.js").State) => boolean} true if it is
 *   too soon for another picture of a running training
 */
export function calmly() {
  const calm = isMotionReduced();
  let last = -CALM;
  let of = null;
  return ({ run, state }) => {
    if (calm && run === of && state === "training" && performance.now() - last < CALM) {
      return true;
    }
    last = performance.now();
    of = run;
    return false;
  };
}
