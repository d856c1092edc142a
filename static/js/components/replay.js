/** On the training page a recorded run plays by itself, once. A run that trains always shows its newest picture. */

import { isCalm } from "../lib/dom.js";
import { beat, seek, start } from "../logic/slides.js";
import { newest } from "../logic/state.js";

const PER_SECOND = 4;

/**
 * @param {() => void} redraw called with every next picture
 * @returns {(shown: import("../logic/state.js").State) => number|undefined} the iteration whose picture is on now
 */
export function replay(redraw) {
  let show = null;
  setInterval(() => {
    if (!show?.playing) return;
    show = beat(show, false);
    redraw();
  }, 1000 / PER_SECOND);
  return (shown) => {
    if (!shown.recorded) {
      show = null; // should it come back, it begins again
      return newest(shown);
    }
    show ??= isCalm() ? seek(start(shown.pictures, false), shown.pictures.length - 1) : start(shown.pictures, true);
    return show.pictures[show.index];
  };
}
