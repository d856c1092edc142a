/** Keyboard shortcuts and arrow-key navigation. */

// elements that Space or Enter presses
const PRESSED = "button, a, summary, [type=checkbox]";

/** Whether a key belongs to a browser shortcut. */
export function isChord({ altKey, ctrlKey, metaKey, shiftKey }) {
  return altKey || ctrlKey || metaKey || shiftKey;
}

/**
 * Bind keys to actions, unless the focused element needs the key itself.
 * @param {Record<string, () => void>} actions by key
 * @param {HTMLElement} [near] active only while the focus is inside it, or nowhere
 */
export function onKeys(actions, near = document.body) {
  document.addEventListener("keydown", (event) => {
    const { key, repeat } = event;
    const target = elementOf(event);
    if (!Object.hasOwn(actions, key) || isChord(event)) return;
    if (target !== document.body && !near.contains(target)) return;
    if ((key === " " && repeat) || isNeeded(key, target)) return;
    event.preventDefault();
    actions[key]();
  });
}

/** Return the index that a key leads to in a grid; null for other keys. */
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
 * Let Tab reach one button of a group, and the arrow keys the others.
 * @param {HTMLElement} group @param {number} columns
 * @returns {(button: HTMLElement) => void} sets the button that Tab reaches
 */
export function roving(group, columns) {
  const buttons = () => [...group.querySelectorAll("button")];
  function reach(button) {
    for (const one of buttons()) one.tabIndex = one === button ? 0 : -1;
  }
  group.addEventListener("keydown", (event) => {
    if (isChord(event)) return;
    const all = buttons();
    const from = all.findIndex((button) => button === event.target);
    const to = nextIndex(from, event.key, all.length, columns);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation(); // the slideshow also listens to arrow keys
    reach(all[to]);
    all[to].focus();
  });
  return reach;
}

let clicked = null; // element pressed with a pointer, while it has the focus
document.addEventListener("focusin", () => {
  clicked = null;
});
document.addEventListener("click", (event) => {
  if (event.detail > 0) clicked = elementOf(event).closest(PRESSED);
});

/** Return the element that an event of the document is about. @param {Event} event */
function elementOf(event) {
  return event.target instanceof HTMLElement ? event.target : document.body;
}

/**
 * Whether the focused element needs a key. Space presses a button reached with the
 * keyboard. After a click, Space triggers the page's action, so the clicked element
 * loses the focus.
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
