/** Describes a drawing of the recorded run, as gan/web/services/saved_drawing_details.py does. */

import { create, drawCell } from "../lib/dom.js";
import { SIDE, fromSheet } from "../logic/drawing-labels.js";
import { PNG } from "../logic/state.js";
import { recorded } from "./recordings.js";

const COLUMNS = 8, REALS_IN_A_ROW = 32; // as in gan/web/site/recordings.py

/** @param {number} iteration @param {number} drawing */
export async function describe(iteration, drawing) {
  const { real, scale, drawing: mapped, maps } = recorded("diagrams")[iteration], { pngs } = recorded("/api/runs/recorded");
  const about = fromSheet(recorded(`/api/runs/recorded/images/${iteration}.json`), drawing);
  const ratings = scale.real.filter((rating) => rating !== null), above = ratings.filter((rating) => rating > scale.drawn[drawing]);
  const png = {
    drawing: await cell(pngs[iteration], drawing, COLUMNS),
    real: await cell(recorded("reals"), real[drawing], REALS_IN_A_ROW),
    ...(drawing === mapped && { maps }),
  };
  return { ...about, iteration, drawing, real_digit: about.asked, png, scale, prefers_real: above.length, of: ratings.length };
}

const sheets = new Map(); // decoded, by their PNG

/** Cut an image out of a sheet. @returns {Promise<string>} a PNG in base64 */
async function cell(png, index, columns) {
  const canvas = create("canvas", { width: SIDE, height: SIDE });
  if (!sheets.has(png)) {
    sheets.set(png, create("img", { src: PNG + png }));
    await sheets.get(png).decode();
  }
  drawCell(canvas, sheets.get(png), index % columns, Math.floor(index / columns));
  return canvas.toDataURL().slice(PNG.length);
}
