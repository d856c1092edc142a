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
 * Return functions that find elements of a page by name: `part` by data-part, `show` by
 * data-show (elements that show a text), and `button` by data-do (those that act).
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
 * Return a function that shows in `label` for how many seconds the server has been
 * preparing, or hides it. `then` is a text about what comes next.
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

/** Open a dialog, and call `act` if the button with this value closes it. */
export function confirm(dialog, value, act) {
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === value && act();
  dialog.showModal();
}

/**
 * Call `follow` while a pointer is pressed on an element and moves, even outside of it.
 * @param {(x: number, y: number) => void} follow gets the pointer's position relative
 * to the element's centre, in units of half its width; y points up
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

let rests; // timer of `replaceAddress`

/**
 * Replace the address of the page after 300 ms without another call, because browsers
 * limit how often it may change.
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
 * Return a function that calls the asynchronous `act`, one call at a time. Of the calls
 * made while another one runs, only the newest is carried out.
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

/**
 * Key of the drawings in the browser's storage. It contains the site's path, because
 * all sites on a host share the storage.
 */
export const DRAWINGS = `drawings${
  new URL("../../..", import.meta.url).pathname.slice(0, -1)
}`;

/** Copy the drawing at a column and row of a sheet to a canvas of its own. */
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

/** Create an SVG element. */
export function svg(name, attributes, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, String(value));
  }
  node.textContent = text;
  return node;
}
