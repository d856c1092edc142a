/**
 * A line chart over iterations: of both losses (templates/losses.html), or of the
 * progress of a run.
 */

import { svg as make } from "../lib/dom.js";
import { layOut, MARGIN, nearest } from "../logic/chart.js";
import { padlock } from "../logic/judge-lock.js";
import { count, measured } from "../logic/words.js";

/**
 * @typedef {Record<string, number|null>} Row an `iteration`, and a value for each key
 *
 * @typedef {Object} Spec what a chart shows
 * @property {string[]} keys the keys of rows that become lines
 * @property {number} height in pixels
 * @property {number[]} [ticks] of the vertical axis; by default, they fit the values
 * @property {boolean} [exact] whether lines are not smoothed
 * @property {string} about the chart's name for screen readers
 * @property {(every: number) => string} waiting returns a text for a chart without rows
 * @property {(row: Row) => string[]} readout describes a row, with a text for each
 * `[data-readout]`
 */

/** @type {Spec} */
export const LOSSES = {
  keys: ["d_loss", "g_loss"],
  height: 260,
  about: "Losses of the judge and the artist.",
  waiting: (every) => `The first losses come after ${every} iterations.`,
  readout: ({ iteration, d_loss, g_loss }) => {
    const losses = `judge ${measured(d_loss)}, artist ${measured(g_loss)}`;
    return [`Iteration ${count(iteration)}: ${losses}`];
  },
};

/** A Spec without height: pages add it. */
export const PROGRESS = {
  keys: ["recognized", "mistaken"],
  ticks: [0, 32, 64], // of the 64 drawings on a sheet
  exact: true, // smoothing would hide a short failure
  about: "Drawings recognized, and drawings that fooled the judge.",
  waiting: () => "",
  readout: () => [],
};

/** @type {Spec} */
export const RECOGNIZED = {
  ...PROGRESS,
  keys: ["recognized"],
  height: 96,
  about: "Drawings recognized.",
};

/**
 * Mount a chart.
 * @param {HTMLElement} el with a `.chart` and a `[data-readout]`
 * @param {Spec} spec
 * @param {((iteration: number) => void)|null} go called with a clicked iteration
 * @returns {(rows: Row[], more?: More) => void} draws the chart of some rows
 *
 * @typedef {Object} More
 * @property {number} [every] the number of iterations between two rows
 * @property {number} [at] the iteration of the cursor
 * @property {number} [until] the axis reaches at least this iteration
 * @property {import("../logic/judge-lock.js").Press[]} [presses] of the lock, to mark
 */
export function mount(el, spec = LOSSES, go = null) {
  /** @type {SVGElement} */
  const svg = el.querySelector(".chart");
  const readouts = el.querySelectorAll("[data-readout]");
  let rows = [];
  let more = {};
  let pointed; // the iteration under the pointer
  let chart = null;

  /** Draw the chart and, below it, the values at the pointer or cursor. */
  function draw() {
    const { every = 10, at, until, presses = [] } = more;
    const width = Math.max(220, svg.clientWidth);
    svg.setAttribute("viewBox", `0 0 ${width} ${spec.height}`);
    chart = layOut(rows, spec, width, until);
    const place = pointed ?? at;
    const row = place === undefined ? rows.at(-1) : nearest(rows, place);
    const nothing = row ? "" : spec.waiting(every);
    svg.replaceChildren(...axes(chart), ...marks(chart, presses), ...lines(chart));
    if (!row) svg.append(note(chart, nothing));
    else if (place !== undefined) {
      svg.append(cursor(chart, pointed === undefined ? at : row.iteration));
    }
    const texts = row ? spec.readout(row) : [];
    readouts.forEach((readout, index) => {
      readout.textContent = texts[index] ?? "";
    });
    svg.ariaLabel = `${spec.about} ${nothing || texts.join(". ")}`;
  }

  function iterationAt(x) {
    const from = chart.x(0);
    const pixels = chart.x(1) - from;
    return Math.max(0, Math.round((x - from) / pixels));
  }

  svg.onpointermove = (event) => {
    pointed = iterationAt(event.offsetX);
    draw();
  };
  if (go) svg.onclick = (event) => go(iterationAt(event.offsetX));
  svg.onpointerleave = () => {
    pointed = undefined;
    draw();
  };
  new ResizeObserver(draw).observe(svg);
  return (newRows, newMore = {}) => {
    if (newRows === rows && JSON.stringify(newMore) === JSON.stringify(more)) return;
    rows = newRows;
    more = newMore;
    draw();
  };
}

/** Return the axes with their labels. */
function axes(chart) {
  const right = chart.width - MARGIN.right;
  const bottom = chart.height - MARGIN.bottom;
  const across = chart.yTicks.flatMap((tick) => {
    const y = chart.y(tick);
    return [
      make("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y, y2: y }),
      label("tick", MARGIN.left - 8, y + 4, "end", String(tick)),
    ];
  });
  const along = chart.xTicks.map((tick) =>
    label("tick", chart.x(tick), bottom + 20, "middle", count(tick))
  );
  return [...across, ...along];
}

/** @param {"middle"|"end"} anchor which part of the text is at x */
function label(kind, x, y, anchor, text) {
  return make("text", { class: kind, x, y, "text-anchor": anchor }, text);
}

/** Return a padlock on a thin line for every press of the lock on the axis. */
function marks(chart, presses) {
  const bottom = chart.height - MARGIN.bottom;
  const reached = presses.filter(({ iteration }) => iteration <= chart.last);
  return reached.map(({ iteration, open }) =>
    make("path", {
      class: "press",
      d: `${padlock(open)}M8 14V${bottom}`,
      transform: `translate(${chart.x(iteration) - 8})`,
    })
  );
}

function lines(chart) {
  return chart.lines.flatMap(({ key, faint, path }) => [
    ...(faint ? [make("path", { class: `faint ${key}`, d: faint })] : []),
    make("path", { class: `line ${key}`, d: path }),
  ]);
}

/** Return a vertical line at an iteration. */
function cursor(chart, iteration) {
  const x = chart.x(iteration);
  return make("line", {
    class: "cursor",
    x1: x,
    x2: x,
    y1: MARGIN.top,
    y2: chart.height - MARGIN.bottom,
  });
}

function note({ width, height }, text) {
  const middle = (MARGIN.left + width - MARGIN.right) / 2;
  return label("note", middle, height / 2, "middle", text);
}
