/** The chart of both losses. D's line is solid, G's is dashed; the legend is in templates/losses.html. */

import { svg as make } from "../lib/dom.js";
import { MARGIN, layOut, nearest } from "../logic/chart.js";
import { count, measured } from "../logic/words.js";

const KEYS = ["d_loss", "g_loss"];
const HEIGHT = 260;

/**
 * @param {HTMLElement} el with an `svg` and a `[data-readout]`
 * @param {((iteration: number) => void)|null} go called with a clicked iteration
 * @returns {(rows: any[], every?: number, at?: number|null) => void} draws rows that are `every` iterations apart, with a
 *   cursor at the iteration `at`
 */
export function mount(el, go = null) {
  const svg = el.querySelector("svg");
  const readout = el.querySelector("[data-readout]");
  let rows = [], every = 10, at = null;
  let pointed = null; // the iteration under the pointer
  let chart = null;

  function draw() {
    const width = Math.max(220, svg.clientWidth);
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    chart = layOut(rows, KEYS, width, HEIGHT);
    const place = pointed ?? at;
    const row = place === null ? rows.at(-1) : nearest(rows, place);
    const nothing = row ? "" : `The first losses come after ${every} iterations.`;
    const over = !row ? [note(nothing, width)] : place === null ? [] : [cursor(chart, row)];
    svg.replaceChildren(...axes(chart, width), ...lines(chart), ...over);
    readout.textContent = row ? `Iteration ${count(row.iteration)}: judge ${measured(row.d_loss)}, artist ${measured(row.g_loss)}` : "";
    svg.ariaLabel = `Losses of the judge and the artist. ${nothing || readout.textContent}`;
  }

  function iterationAt(x) {
    const from = chart.x(0), pixels = chart.x(1) - from;
    return Math.max(0, Math.round((x - from) / pixels));
  }

  svg.addEventListener("pointermove", (event) => {
    pointed = iterationAt(event.offsetX);
    draw();
  });
  if (go) svg.addEventListener("click", (event) => go(iterationAt(event.offsetX)));
  svg.addEventListener("pointerleave", () => { pointed = null; draw(); });
  new ResizeObserver(draw).observe(svg);
  return (newRows, newEvery = 10, newAt = null) => {
    if (newRows === rows && newEvery === every && newAt === at) return;
    [rows, every, at] = [newRows, newEvery, newAt];
    draw();
  };
}

function axes(chart, width) {
  const right = width - MARGIN.right, bottom = HEIGHT - MARGIN.bottom;
  const across = chart.yTicks.flatMap((tick) => [
    make("line", { class: "grid", x1: MARGIN.left, x2: right, y1: chart.y(tick), y2: chart.y(tick) }),
    make("text", { class: "tick", x: MARGIN.left - 8, y: chart.y(tick) + 4, "text-anchor": "end" }, String(tick)),
  ]);
  const along = chart.xTicks.map((tick) =>
    make("text", { class: "tick", x: chart.x(tick), y: bottom + 20, "text-anchor": "middle" }, count(tick)));
  return [...across, ...along];
}

function lines(chart) {
  return chart.lines.flatMap(({ key, faint, path }) => [
    make("path", { class: `faint ${key}`, d: faint }),
    make("path", { class: `line ${key}`, d: path }),
  ]);
}

function cursor(chart, row) {
  const x = chart.x(row.iteration);
  return make("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
}

function note(text, width) {
  const middle = (MARGIN.left + width - MARGIN.right) / 2;
  return make("text", { class: "note", x: middle, y: HEIGHT / 2, "text-anchor": "middle" }, text);
}
