/** The drawings of a sheet as places that can be pressed. One is reached with Tab, the others with the arrow keys. */

import { moved } from "./answer.js";
import { isChord } from "./keys.js";

/**
 * @param {HTMLElement} grid of templates/sheet.html
 * @param {(drawing: number) => void} choose hears which one is pressed
 */
export function places(grid, choose) {
  const buttons = [...grid.children];
  buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));

  function reach(drawing) {
    buttons.forEach((button, index) => { button.tabIndex = index === drawing ? 0 : -1; });
  }

  grid.addEventListener("keydown", (event) => {
    const to = isChord(event) ? null : moved(buttons.indexOf(event.target), event.key);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation(); // the slideshow's arrow keys are not meant
    reach(to);
    buttons[to].focus();
  });
  reach(0);
  return {
    /** @param {boolean} can */
    show(can) {
      grid.hidden = !can;
    },
    focus(drawing) {
      buttons[drawing].focus();
    },
    /** Mark a drawing as the one that is asked about; null: none. @param {number|null} drawing */
    mark(drawing) {
      buttons.forEach((button, index) => {
        if (index === drawing) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      });
      if (drawing !== null) reach(drawing);
    },
  };
}
