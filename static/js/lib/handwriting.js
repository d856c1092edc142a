/** Numbers in the handwriting of static/digits.svg; docs/writing.md says how it was made. */

import { create } from "./dom.js";

const WIDTHS = [117, 20, 126, 95, 92, 99, 89, 91, 89, 72]; // of 0 to 9, in pixels of the file
const EDGE = 15, HEIGHT = 100, LINE = 172.8; // of the file: its margin, and the heights of a digit and of a line
const FONT = 44, SCALE = 0.0105 * FONT; // of a painted line, in pixels: as .written in static/pages.css

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

/** Paint such a text around a point of its base line. */
export async function paintLine(context, element, middle, y) {
  const marks = [...element.querySelectorAll(".written")], digits = new Image();
  digits.src = getComputedStyle(marks[0]).maskImage.slice(5, -2); // the site embeds the file
  await digits.decode();
  context.font = `600 ${FONT}px system-ui, sans-serif`;
  const [before, after] = [element.firstChild, element.lastChild].map(({ data }) => ({ text: data, wide: context.measureText(data).width }));
  const parts = [before, ...marks.map(({ style }) => Number(style.getPropertyValue("--digit"))).map((digit) => ({ digit, wide: (WIDTHS[digit] + 8) * SCALE })), after];
  let x = middle - parts.reduce((sum, { wide }) => sum + wide, 0) / 2;
  for (const { digit, text, wide } of parts) {
    const size = [WIDTHS[digit], HEIGHT];
    if (text === undefined) context.drawImage(digits, EDGE, EDGE + LINE * digit, ...size, x, y - HEIGHT * SCALE, ...size.map((side) => side * SCALE));
    else context.fillText(text, x, y);
    x += wide;
  }
}
