/** Keyboard shortcuts and arrow-key navigation. */

// Elements that Space or Enter presses.
const PRESSED = "button, a, summary, [type=checkbox]";

/** @typedef {KeyboardEvent & {target: HTMLElement}} KeyPress on the focused element */

/** Whether a key belongs to a browser shortcut. */
export function isChord({ altKey, ctrlKey, metaKey, shiftKey }) {
  return altKey || ctrlKey || metaKey || shiftKey;
}

/**
 * Bind keys to actions, unless the focused element needs the key itself.
 * @param {Record<string, () => void>} actions by key
 */
export function onKeys(actions) {
  document.addEventListener("keydown", (/** @type {KeyPress} */ event) => {
    const { key, repeat, target } = event;
    if (!Object.hasOwn(actions, key) || isChord(event)) return;
    if ((key === " " && repeat) || isNeeded(key, target)) return;
    event.preventDefault();
    actions[key]();
  });
}

/** Return the index in a grid to which a key moves, or null for other keys. */
export function nextIndex(from, key, count, columns) {
  const way = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    Home: 0,
    End: count - 1,
  };
  if (!Object.hasOwn(way, key)) return null;
  return way[key] >= 0 && way[key] < count ? way[key] : from;
}

/**
 * Let Tab reach only one button of a group, and the arrow keys the others, in a grid of
 * `columns`.
 * @param {HTMLElement} group @param {number} columns
 * @returns {(button: HTMLElement) => void} sets the button that Tab reaches
 */
export function roving(group, columns) {
  const buttons = [...group.querySelectorAll("button")];
  function reach(button) {
    for (const one of buttons) one.tabIndex = one === button ? 0 : -1;
  }
  group.onkeydown = (event) => {
    if (isChord(event)) return;
    const from = buttons.findIndex((button) => button === event.target);
    const to = nextIndex(from, event.key, buttons.length, columns);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation(); // the slideshow also listens to arrow keys
    reach(buttons[to]);
    buttons[to].focus();
  };
  return reach;
}

let clicked = null; // the focused element, if a pointer pressed it
document.addEventListener("focusin", () => {
  clicked = null;
});
/** @param {PointerEvent & {target: Element}} event */
function noteClick({ detail, target }) {
  if (detail > 0) clicked = target.closest(PRESSED);
}
document.addEventListener("click", noteClick);

/**
 * Whether the focused element needs a key itself. Space presses a button that was
 * reached with the keyboard. After a click on it, Space triggers the page's action
 * instead, so the button loses the focus.
 * @param {string} key @param {HTMLElement} target
 */
function isNeeded(key, target) {
  if (target.closest("dialog, select, input:not([type=checkbox], [type=range])")) {
    return true;
  }
  if (key !== " ") return target.matches("[type=range]");
  if (target.matches(PRESSED) && target !== clicked) return true;
  target.blur(); // some browsers press the button on keyup
  return false;
}
