/** Helpers for elements of a page. */

import { GAP, SIDE, STEP } from "../logic/drawing-labels.js";

/**
 * Return a function that finds parts of an element: finder(el, "show")("status") has
 * data-show="status".
 */
export function finder(el, kind) {
  return (name) => el.querySelector(`[data-${kind}="${name}"]`);
}

/**
 * Return functions that find the elements of a page by data-part, data-show (which show
 * a text) and data-do (which carry out something).
 */
export const finders = (el) => ({
  part: finder(el, "part"),
  show: finder(el, "show"),
  button: finder(el, "do"),
});

/**
 * Set a text only if it differs, so that a screen reader does not announce it twice.
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setTexts(find, texts) {
  for (const [name, text] of Object.entries(texts)) setText(find(name), text);
}

/**
 * Enable or disable a button without `disabled`, which would take the keyboard focus
 * away.
 * Templates set `disabled`, because a press before the script runs would submit the
 * form or be lost.
 */
export function enable(button, enabled) {
  button.disabled = false;
  button.ariaDisabled = String(!enabled);
}

/**
 * Return a function that shows or hides for how many seconds the server has been
 * preparing, and what comes after.
 * @returns {(isPreparing: boolean, then?: string) => void}
 */
export function mountPreparing(label) {
  let timer = null;
  let began = 0;
  let next = "";
  function tell() {
    const seconds = Math.round((performance.now() - began) / 1000);
    setText(label, `Preparing, once, about half a minute${next}: ${seconds} s`);
  }
  return (isPreparing, then = "") => {
    next = then;
    label.hidden = !isPreparing;
    if (!isPreparing) {
      clearInterval(timer);
      timer = null;
      return;
    }
    if (timer === null) {
      began = performance.now();
      timer = setInterval(tell, 1000);
    }
    tell();
  };
}

/** Open a dialog and call `act` if it closes with the button of that value. */
export function confirm(dialog, value, act) {
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === value && act();
  dialog.showModal();
}

/**
 * Follow a pointer pressed on an element, also when it leaves the element.
 * @param {(x: number, y: number) => void} follow gets its distance from the centre in
 * half widths; y points up
 */
export function onDrag(element, follow) {
  function tell({ clientX, clientY }) {
    const { left, top, width } = element.getBoundingClientRect();
    follow(2 * (clientX - left) / width - 1, 1 - 2 * (clientY - top) / width);
  }
  element.onpointerdown = (event) => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    tell(event);
  };
  element.onpointermove = (event) => {
    if (element.hasPointerCapture(event.pointerId)) tell(event);
  };
}

let rests; // timer for the address

/**
 * Replace the address of the page when it has not changed for a moment: browsers limit
 * changes.
 */
export function replaceAddress(address) {
  clearTimeout(rests);
  rests = setTimeout(() => history.replaceState(history.state, "", address), 300);
}

/** Return a function that calls `draw` once before the next frame. */
export function oncePerFrame(draw) {
  let scheduled = false;
  return () => {
    if (!scheduled) {
      requestAnimationFrame(() => {
        scheduled = false;
        draw();
      });
    }
    scheduled = true;
  };
}

/**
 * Return a function that calls `act` once at a time. Of the calls that come meanwhile,
 * only the newest is carried out.
 */
export function oneAtATime(act) {
  let busy = false;
  let next = null;
  return async (...args) => {
    next = args;
    if (busy) return;
    busy = true;
    while (next) {
      const now = next;
      next = null;
      await act(...now);
    }
    busy = false;
  };
}

export const isMotionReduced = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Return the browser's storage, or an empty object if the browser refuses to store
 * anything.
 * @param {"localStorage"|"sessionStorage"} where
 */
export function storage(where = "localStorage") {
  try {
    return globalThis[where];
  } catch {
    return {};
  }
}

/** Where the browser stores drawings: all sites on a host share its storage. */
export const DRAWINGS = `drawings${
  new URL("../../..", import.meta.url).pathname.slice(0, -1)
}`;

/** Draw one drawing of a sheet, by column and row, on its own canvas. */
export function drawCell(canvas, sheet, column, row = 0) {
  const context = canvas.getContext("2d");
  const [x, y] = [column, row].map((place) => GAP + STEP * place);
  context.drawImage(sheet, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
}

export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

export function create(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** Return a new element of an SVG. */
export function svg(name, attributes, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, String(value));
  }
  node.textContent = text;
  return node;
}
