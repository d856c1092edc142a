/** Paints the result of the page "Real or drawn?" as a picture to save: a sentence, with its number in handwriting, above a pair. */

import { create } from "../lib/dom.js";
import { paintLine } from "../lib/handwriting.js";

const SIDE = 400, GAP = 40, TOP = 140, BOTTOM = 80;
const INK = "#221f1a", PAPER = "#fffefb"; // as in static/paper.css

/** @param {HTMLElement} score @param {HTMLElement[]} sides buttons with an image, each before its caption @returns {Promise<Blob>} */
export async function paintResult(score, sides) {
  const canvas = create("canvas", { width: 3 * GAP + 2 * SIDE, height: TOP + SIDE + BOTTOM }), context = canvas.getContext("2d");
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { fillStyle: INK, strokeStyle: INK });
  await paintLine(context, score, canvas.width / 2, 88);
  Object.assign(context, { font: "26px system-ui, sans-serif", textAlign: "center" });
  sides.forEach(({ firstElementChild: image, nextElementSibling: caption }, index) => {
    const x = GAP + index * (SIDE + GAP);
    context.drawImage(image, x, TOP, SIDE, SIDE);
    context.strokeRect(x, TOP, SIDE, SIDE);
    context.fillText(caption.textContent, x + SIDE / 2, TOP + SIDE + 44);
  });
  return new Promise((done) => canvas.toBlob(done));
}
