/** Paints the result of the page "Real or drawn?" as a picture to save: a sentence above a pair with its captions. */

import { create } from "../lib/dom.js";
import { paintLine } from "../lib/handwriting.js";

const SIDE = 400, TOP = 130, WIDTH = 900, FONT = "system-ui, sans-serif";

/** @param {HTMLElement} score with a number in handwriting @param {HTMLElement[]} sides each with an image, and before its caption */
export async function paintResult(score, sides) {
  const canvas = create("canvas", { width: WIDTH, height: 600 }), context = canvas.getContext("2d"), file = new Image();
  file.src = getComputedStyle(score.querySelector(".written")).maskImage.slice(5, -2); // the site embeds static/digits.svg
  await file.decode();
  const set = (values) => Object.assign(context, values);
  set({ fillStyle: "#f6f1e6" }).fillRect(0, 0, WIDTH, 600);
  set({ fillStyle: "#221f1a", font: `600 44px ${FONT}` });
  paintLine(context, score.textContent, file, WIDTH / 2, 85);
  set({ font: `26px ${FONT}`, textAlign: "center" });
  sides.forEach(({ firstElementChild: image, nextElementSibling: caption }, index) => {
    const x = index ? 465 : 35;
    context.drawImage(image, x, TOP, SIDE, SIDE);
    context.fillText(caption.textContent, x + SIDE / 2, TOP + SIDE + 42);
  });
  return canvas.toDataURL();
}
