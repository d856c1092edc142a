/** The slideshow's chart of what is recognized in each picture of a run. */

import { spread } from "../logic/slides.js";
import { progressRow } from "../logic/state.js";
import { PROGRESS, mount as mountChart } from "./line-chart.js";
import { readingOf } from "./sheet.js";

/**
 * @param {HTMLElement} el with the parts of a line chart
 * @param {(iteration: number) => void} go called with a clicked iteration
 * @returns {(state: import("../logic/state.js").State, iteration: number) => void} draws a run, with a cursor
 */
export function mount(el, go) {
  const drawChart = mountChart(el, { ...PROGRESS, height: 240 }, go);
  let state, at, of, rows, busy = false; // rows: by iteration; null without a reading

  function draw() {
    const known = state.pictures.map((one) => rows.get(one)).filter(Boolean);
    el.classList.toggle("empty", known.length === 0);
    drawChart(known, undefined, at);
  }

  /** Load one reading at a time, so that the pictures come first. */
  async function load() {
    const into = rows, next = spread(state.pictures).find((one) => !into.has(one));
    if (busy || next === undefined) return;
    busy = true;
    into.set(next, progressRow(await readingOf(state, next), next));
    busy = false;
    draw();
    load();
  }

  return (shown, iteration) => {
    [state, at] = [shown, iteration];
    const now = `${state.run}/${state.version}`;
    if (now !== of) [of, rows] = [now, new Map()];
    draw();
    load();
  };
}
