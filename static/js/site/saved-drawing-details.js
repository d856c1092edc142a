/** Describes a drawing of the recorded run, as gan/web/services/saved_drawing_details.py does. */

import { create, drawCell } from "../lib/dom.js";
import { SIDE, fromSheet } from "../logic/drawing-labels.js";
import { PNG } from "../logic/state.js";
import { recorded } from "./recordings.js";

const REALS_IN_A_ROW = 32; // as in gan/web/site/recordings.py

const reals = create("img"); // the sheet of real digits

/** @param {number} iteration @param {number} drawing */
export async function describe(iteration, drawing) {
  const about = fromSheet(recorded(`/api/runs/recorded/images/${iteration}.json`), drawing);
  const index = recorded("nearest")[iteration][drawing], canvas = create("canvas", { width: SIDE, height: SIDE });
  if (!reals.src) reals.src = PNG + recorded("reals");
  await reals.decode();
  drawCell(canvas, reals, index % REALS_IN_A_ROW, Math.floor(index / REALS_IN_A_ROW));
  return { ...about, iteration, drawing, real_digit: about.asked, png: { real: canvas.toDataURL().slice(PNG.length) } };
}
