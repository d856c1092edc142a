/**
 * A sheet of drawings with labels. The next picture is decoded before it replaces the
 * current one.
 */

import { create, finder, setTexts, svg } from "../lib/dom.js";
import { writeCount } from "../lib/handwritten-count.js";
import { roving } from "../lib/keys.js";
import { get } from "../lib/server.js";
import {
  isReadable,
  key,
  legend,
  marks,
  side,
  spoken,
  summary,
} from "../logic/drawing-labels.js";
import { keptAddress, pictureAddress, watched } from "../logic/state.js";

/**
 * @typedef {import("../logic/drawing-labels.js").Reading} Reading
 * @typedef {import("../logic/state.js").State} State
 */

/**
 * Mount the sheet.
 * @param {HTMLElement} el with the parts of templates/sheet.html
 * @param {(reading: Reading|null, state?: State, iteration?: number) => void} onReading
 *   called with the evaluation, the run and the iteration of each sheet shown
 * @returns {(state: State, iteration: number|undefined, text: string) => Promise<void>}
 *   shows the picture of an iteration, or an empty sheet
 */
export function mount(el, onReading = () => undefined) {
  const find = finder(el, "show");
  const image = find("picture");
  const overlay = find("labels");
  let address = "";
  let live = null; // the evaluation, if it came with the sheet
  // Requests are numbered, so that an older picture never replaces a newer one.
  let requested = 0;
  let shown = 0;

  /** @param {Reading|null} reading */
  function drawLabels(reading) {
    const readable = isReadable(reading);
    const labels = readable ? marks(reading) : [];
    overlay.replaceChildren(...labels.flatMap(mark));
    if (readable) {
      const wide = side(reading.digits.length);
      overlay.setAttribute("viewBox", `0 0 ${wide} ${wide}`);
    }
    setTexts(find, {
      read: summary(reading),
      legend: legend(reading),
      key: key(labels),
      spoken: spoken(reading),
    });
    writeCount(find("read"));
  }

  /** Show no picture. */
  function clear() {
    address = "";
    requested += 1;
    shown = requested;
    image.hidden = true;
    drawLabels(null);
    onReading(null);
  }

  return async (state, iteration, text) => {
    if (iteration === undefined) return clear();
    const next = new Image();
    const source = pictureAddress(state, iteration);
    const came = watched(state, iteration)?.reading ?? null;
    if (source === address && came === live) return;
    requested += 1;
    const number = requested;
    address = source;
    live = came;
    next.src = source;
    let reading;
    try {
      [reading] = await Promise.all([readingOf(state, iteration), next.decode()]);
    } catch {
      if (number === requested) address = ""; // allow a retry
      return;
    }
    if (number < shown) return;
    shown = number;
    Object.assign(image, { src: source, alt: text, hidden: false });
    drawLabels(reading);
    onReading(reading, state, iteration);
  };
}

/** Load a picture's evaluation, or return null; untrained networks have none. */
function readingOf(state, iteration) {
  const sheet = watched(state, iteration);
  if (sheet || iteration === 0) return sheet?.reading ?? null;
  return get(keptAddress(state, `${iteration}.json`)).catch(() => null);
}

/** Return a label, crossed out if the classifier is sure of a different digit. */
function mark({ x, y, text, other }) {
  const label = svg("text", { x, y }, text);
  return other
    ? [label, svg("path", { d: `M${x - 5.5} ${y + 0.5}L${x + 0.5} ${y - 6}` })]
    : [label];
}

/** Download the picture of a sheet, four times as large. */
export function save(image, download) {
  const side = 4 * image.naturalWidth;
  const canvas = create("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, side, side);
  create("a", { href: canvas.toDataURL(), download }).click();
}

export const COLUMNS = 8; // drawings in a row

/**
 * Make the drawings of a sheet selectable by click and by arrow keys.
 * @param {HTMLElement} grid from templates/sheet.html
 * @param {(drawing: number) => void} choose called with a pressed drawing
 */
export function places(grid, choose) {
  const buttons = grid.querySelectorAll("button");
  buttons.forEach((button, index) => {
    button.onclick = () => choose(index);
  });
  const reach = roving(grid, COLUMNS);
  reach(buttons[0]);
  return {
    focus: (drawing) => buttons[drawing].focus(),
    /** Mark the drawing that is shown in detail; null for none. */
    mark(drawing) {
      buttons.forEach((button, index) => {
        button.ariaCurrent = index === drawing ? "true" : null;
      });
      if (drawing !== null) reach(buttons[drawing]);
    },
  };
}
