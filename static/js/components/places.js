/** The drawings of a sheet as places that can be pressed. One is reached with Tab, the others with the arrow keys. */

import { roving } from "../lib/keys.js";

export const COLUMNS = 8;

/**
 * @param {HTMLElement} grid of templates/sheet.html
 * @param {(drawing: number) => void} choose hears which one is pressed
 */
export function places(grid, choose) {
  const buttons = [...grid.children];
  buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));
  const reach = roving(grid, COLUMNS);
  reach(buttons[0]);
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
      buttons.forEach((button, index) => { button.ariaCurrent = index === drawing ? "true" : null; });
      if (drawing !== null) reach(buttons[drawing]);
    },
  };
}
