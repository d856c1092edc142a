/**
 * Numbers in the handwriting of static/digits.svg; docs/writing.md says how it was
 * made.
 */

import { create } from "./dom.js";

// Widths of the digits 0 to 9 in digits.svg, in pixels. `.written` in static/pages.css
// has the other measures of the file.
const WIDTHS = [117, 20, 126, 95, 92, 102, 89, 91, 89, 72];

/**
 * Rewrite a text such as "Recognized: 43 of 64" with its first number in handwriting.
 * Screen readers still read the text.
 */
export function writeCount(element) {
  const parts = /^(\D*)(\d[\d,]*)(.*)$/.exec(element.textContent);
  if (!parts || element.children.length) return;
  const [, before, number, after] = parts;
  const plain = create("span", { className: "unseen" }, number);
  const digits = number.match(/\d/g).map(written);
  const whole = create("span", { className: "number" }, plain, ...digits);
  element.replaceChildren(before, whole, after);
}

function written(digit) {
  const mark = create("i", { className: "written" });
  mark.style.setProperty("--digit", digit);
  mark.style.setProperty("--width", WIDTHS[digit]);
  return mark;
}
