/**
 * A line chart over iterations: of both losses (templates/losses.html), or of the
 * progress of a run.
 */

import { svg as make } from "../lib/dom.js";
import { layOut, MARGIN, nearest } from "../logic/chart.js";
import { padlock } from "../logic/judge-lock.js";
import { count, measured } from "../logic/words.js";

/**
 * @typedef {{keys: string[], height: number, ticks?: number[], exact?: boolean, about:
 * string, waiting: (every: number) => string,
 *            readout: (row: any) => string[]}} Spec
 * what a chart shows: the keys of its rows, its height in pixels, its vertical axis,
 * whether it is not smoothed, its name,
 * a sentence for no row, and those for one row, each for one `[data-readout]`
 */

/** @type {Spec} */
export const LOSSES = {
  keys: ["d_loss", "g_loss"],
  height: 260,
  about: "Losses of the judge and the artist.",
  waiting: (every) => `The first losses come after ${every} iterations.`,
  readout: (
    row,
  ) => [
    `Iteration ${count(row.iteration)}: judge ${measured(row.d_loss)}, artist ${
      measured(row.g_loss)
    }`,
  ],
};

/** Without the height, and the readout of a row. */
export const PROGRESS = {
  keys: ["recognized", "mistaken"],
  ticks: [0, 32, 64], // of the 64 drawings on a sheet
  exact: true, // smoothing would hide a short ruin
  about: "Drawings recognized, and drawings that fooled the judge.",
  waiting: () => "",
};

/** @type {Spec} */
export const RECOGNIZED = {
  ...PROGRESS,
  keys: ["recognized"],
  height: 96,
  about: "Drawings recognized.",
  readout: () => [],
};

/**
 * @param {HTMLElement} el with a `.chart` and a `[data-readout]`
 * @param {Spec} spec
 * @param {((iteration: number) => void)|null} go called with a clicked iteration
 * @returns {(rows: any[], more?: {every?: number, at?: number, until?: number,
 * presses?: import("../logic/judge-lock.js").Press[]}) => void}
 *   draws rows `every` iterations apart, a cursor at the iteration `at`, an axis to at
 * least `until`, and the presses
 */
export function mount(el, spec = LOSSES, go = null) {
  /** @type {SVGElement} */
  const svg = el.querySelector(".chart");
  const readouts = el.querySelectorAll("[data-readout]");
  let rows = [];
  let more = {};
  let pointed; // the iteration under the pointer
  let chart = null;

  function draw() {
    const { every = 10, at, until, presses = [] } = more;
    const width = Math.max(220, svg.clientWidth);
    svg.setAttribute("viewBox", `0 0 ${width} ${spec.height}`);
    chart = layOut(rows, spec, width, until);
    const place = pointed ?? at;
    const row = place === undefined ? rows.at(-1) : nearest(rows, place);
    const nothing = row ? "" : spec.waiting(every);
    const over = !row
      ? [note(chart, nothing)]
      : place === undefined
      ? []
      : [cursor(chart, pointed === undefined ? at : row.iteration)];
    svg.replaceChildren(
      ...axes(chart),
      ...marks(chart, presses),
      ...lines(chart),
      ...over,
    );
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

function axes(chart) {
  const right = chart.width - MARGIN.right;
  const bottom = chart.height - MARGIN.bottom;
  const across = chart.yTicks.flatMap((tick) => [
    make("line", {
      class: "grid",
      x1: MARGIN.left,
      x2: right,
      y1: chart.y(tick),
      y2: chart.y(tick),
    }),
    make("text", {
      class: "tick",
      x: MARGIN.left - 8,
      y: chart.y(tick) + 4,
      "text-anchor": "end",
    }, String(tick)),
  ]);
  const along = chart.xTicks.map((tick) =>
    make("text", {
      class: "tick",
      x: chart.x(tick),
      y: bottom + 20,
      "text-anchor": "middle",
    }, count(tick))
  );
  return [...across, ...along];
}

/** Return a padlock on a thin line for every press that the axis reaches. */
function marks(chart, presses) {
  return presses.filter(({ iteration }) => iteration <= chart.last).map((
    { iteration, open },
  ) =>
    make("path", {
      class: "press",
      d: `${padlock(open)}M8 14V${chart.height - MARGIN.bottom}`,
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
  return make("text", {
    class: "note",
    x: middle,
    y: height / 2,
    "text-anchor": "middle",
  }, text);
}
