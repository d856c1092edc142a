/** The keyboard. */

const PRESSED = "button, a, summary, [type=checkbox]"; // what Space presses, or Enter

/** Whether a key is part of a chord, which is the browser's own. @param {KeyboardEvent} event */
export function isChord({ altKey, ctrlKey, metaKey, shiftKey }) {
  return altKey || ctrlKey || metaKey || shiftKey;
}

/**
 * Have keys do something on a page, unless what has the focus needs them itself.
 * @param {Record<string, () => void>} actions by key
 * @param {HTMLElement} [near] only while the focus is in there, or nowhere
 */
export function onKeys(actions, near = document.body) {
  document.addEventListener("keydown", (event) => {
    const { key, repeat, target } = event;
    if (!Object.hasOwn(actions, key) || isChord(event) || (target !== document.body && !near.contains(target))) return;
    if ((key === " " && repeat) || isNeeded(key, target)) return;
    event.preventDefault();
    actions[key]();
  });
}

/** Where a key leads among so many in rows of so many; null for one that leads nowhere. @param {string} key */
export function moved(from, key, count, columns) {
  const way = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - columns, ArrowDown: from + columns, Home: 0, End: count - 1 };
  if (!Object.hasOwn(way, key)) return null;
  return way[key] >= 0 && way[key] < count ? way[key] : from;
}

/**
 * Of a group's buttons one is reached with Tab, the others with the arrow keys.
 * @param {HTMLElement} group @param {number} columns
 * @returns {(button: HTMLElement) => void} has Tab reach that one
 */
export function roving(group, columns) {
  function reach(button) {
    for (const one of group.children) one.tabIndex = one === button ? 0 : -1;
  }
  group.addEventListener("keydown", (event) => {
    const buttons = [...group.children], { key, target } = event;
    const to = isChord(event) ? null : moved(buttons.indexOf(target), key, buttons.length, columns);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation(); // the slideshow's arrow keys are not meant
    reach(buttons[to]);
    buttons[to].focus();
  });
  return reach;
}

let clicked = null; // what was pressed with a pointer, while it keeps the focus
document.addEventListener("focusin", () => { clicked = null; });
document.addEventListener("click", ({ detail, target }) => { clicked = detail > 0 ? target.closest(PRESSED) : clicked; });

/**
 * Space presses a button that was reached with the keyboard, and the page's own Space waits. Who has clicked it means the
 * page with the next Space: so it lets go of the focus. Enter still presses it.
 */
function isNeeded(key, target) {
  if (target.closest("dialog, select, input:not([type=checkbox], [type=range])")) return true;
  if (key !== " ") return target.matches("[type=range]");
  if (target.matches(PRESSED) && target !== clicked) return true;
  target.blur(); // some browsers press it only when the key is let go
  return false;
}
