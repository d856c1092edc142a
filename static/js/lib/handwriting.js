/** Numbers in the handwriting of static/digits.svg; docs/writing.md says how it was made. */

const WIDTHS = [117, 20, 126, 95, 92, 99, 89, 91, 89, 72]; // of 0 to 9, in pixels of the file

/** Rewrite a text such as "Recognized: 43 of 64" with its count in handwriting. Screen readers still read the text. */
export function writeCount(element) {
  const [, before, number, after] = /^(.*?)(\d+)( of .*)$/.exec(element.textContent) ?? [];
  if (!number || element.children.length) return;
  const plain = Object.assign(document.createElement("span"), { className: "unseen", textContent: number });
  element.replaceChildren(before, plain, ...[...number].map(written), after);
}

function written(digit) {
  const mark = document.createElement("i");
  mark.className = "written";
  mark.style.setProperty("--digit", digit);
  mark.style.setProperty("--width", WIDTHS[digit]);
  return mark;
}
