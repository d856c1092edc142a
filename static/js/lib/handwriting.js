/** Numbers in the handwriting of static/digits.svg; docs/writing.md says how it was made. */

import { create } from "./dom.js";

const WIDTHS = [117, 20, 126, 95, 92, 102, 89, 91, 89, 72]; // of 0 to 9, in pixels of the file
const SCALE = 0.46; // of the file's pixels, beside a font of 44 pixels; see .written in static/pages.css for its other numbers

/** Rewrite a text such as "Recognized: 43 of 64" with its first number in handwriting. Screen readers still read the text. */
export function writeCount(element) {
  const [, before, number, after] = /^(\D*)(\d[\d,]*)(.*)$/.exec(element.textContent) ?? [];
  if (!number || element.children.length) return;
  const plain = create("span", { className: "unseen" }, number);
  element.replaceChildren(before, create("span", { className: "number" }, plain, ...number.match(/\d/g).map(written)), after);
}

function written(digit) {
  const mark = create("i", { className: "written" });
  mark.style.setProperty("--digit", digit);
  mark.style.setProperty("--width", WIDTHS[digit]);
  return mark;
}

/** Paint a text with its digits in handwriting around a point of its base line. @param {HTMLImageElement} file static/digits.svg */
export function paintLine(context, text, file, middle, y) {
  const parts = text.replace(",", "").match(/\d|\D+/g), wide = (part) => (WIDTHS[part] + 8) * SCALE || context.measureText(part).width;
  let x = middle - parts.reduce((sum, part) => sum + wide(part), 0) / 2;
  for (const part of parts) {
    if (WIDTHS[part]) context.drawImage(file, 15, 15 + 172.8 * part, WIDTHS[part], 100, x, y - 100 * SCALE, WIDTHS[part] * SCALE, 100 * SCALE);
    else context.fillText(part, x, y);
    x += wide(part);
  }
}
