/**
 * Describes a drawing of the recorded run, as gan/web/services/explain_saved_drawing.py
 * does.
 */

import { create, drawCell } from "../lib/dom.js";
import { fromSheet, SIDE } from "../logic/drawing-labels.js";
import { PNG } from "../logic/state.js";
import { recorded } from "./recorded-answers.js";

const reals = create("img"); // the sheet of real digits

/**
 * Return the answer of the server about a drawing, including its nearest real digit.
 * @param {number} iteration @param {number} drawing
 */
export async function describe(iteration, drawing) {
  const about = fromSheet(
    recorded(`/api/runs/recorded/images/${iteration}.json`),
    drawing,
  );
  const index = recorded("nearest")[iteration][drawing];
  const row = recorded("reals in a row");
  const canvas = create("canvas", { width: SIDE, height: SIDE });
  if (!reals.src) reals.src = PNG + recorded("reals");
  await reals.decode();
  drawCell(canvas, reals, index % row, Math.floor(index / row));
  return {
    ...about,
    iteration,
    drawing,
    real_digit: about.asked,
    png: { real: canvas.toDataURL().slice(PNG.length) },
  };
}
