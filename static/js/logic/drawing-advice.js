/**
 * Advice for the user about the drawings: what to change, and why some cannot be added.
 * Pure functions.
 *
 * @typedef {import("./drawings.js").Drawings} Drawings
 */

import { SIDE } from "./drawing-labels.js";
import { added, DOT, LEAST, MOST, MOST_THINGS, namesOf, total } from "./drawings.js";
import { longerSide } from "./pad-strokes.js";
import { count } from "./words.js";

const ALIKE = 0.65; // least `alikeness` of good drawings (docs/notebook.md)

/**
 * Say why pictures cannot be added; "" if they can.
 * @param {Drawings} all
 * @param {{label: string|undefined, picture: string}[]} pictures
 */
export function noRoom(all, pictures) {
  const room = MOST - total(all);
  const things = added(all, pictures, 0).things.length;
  if (pictures.length > room) {
    const free = `there is room for ${count(room)} more`;
    return `${count(MOST)} drawings are the most: ${free}. Choose fewer.`;
  }
  return things > MOST_THINGS
    ? `That would make ${things} things, and ${MOST_THINGS} are the most. Choose fewer folders.`
    : "";
}

const NAMED = 3; // files in a sentence

/**
 * Say which files were not added, and why.
 * @param {Record<string, string[]>} left names of files by reason
 */
export function leftOut(left) {
  return Object.entries(left).map(([reason, names]) => {
    const more = names.length > NAMED ? ` and ${count(names.length - NAMED)} more` : "";
    return `${reason}: ${names.slice(0, NAMED).join(", ")}${more}.`;
  }).join(" ");
}

/**
 * Say why the drawing on the pad cannot be kept; "" if it can.
 * @param {Drawings} all
 */
export function fault(all) {
  const { strokes } = all;
  if (strokes.length === 0) return "Draw something first.";
  if (longerSide(strokes) < DOT) return "That is only a dot. Draw it larger.";
  return total(all) < MOST ? "" : `${count(MOST)} drawings are enough. Press Train.`;
}

/**
 * Say how many drawings are needed, or what to change.
 * @param {Drawings} all
 * @param {number[]} likeness the `alikeness` of each thing's drawings
 */
export function advice({ things, at }, likeness) {
  const names = namesOf(things);
  if (things.every(({ drawings }) => drawings.length === 0)) return "";
  const mixed = things.findIndex((_, index) => likeness[index] < ALIKE);
  const of = (index) => (things.length > 1 ? ` of “${names[index]}”` : "");
  const missing = things.findIndex(({ drawings }, index) =>
    drawings.length < LEAST && (drawings.length > 0 || index === at)
  );
  const more = missing < 0
    ? "Press Train, or draw more."
    : `${LEAST - things[missing].drawings.length} more${of(missing)}, much the same.`;
  if (mixed < 0) return more;
  const mixture = of(mixed);
  return `The drawings${mixture} differ much: the artist may repeat only some of them. Draw them alike, or as things of their own. ${more}`;
}

/**
 * Return the mean cosine between any two pictures after a blur: 1 if they are the same,
 * or if there are fewer than two.
 */
export function alikeness(pictures) {
  const n = pictures.length;
  const sum = new Float64Array(SIDE * SIDE);
  for (const picture of pictures) {
    const soft = blurred(blurred(picture));
    const size = Math.hypot(...soft);
    soft.forEach((value, i) => {
      sum[i] += value / size;
    });
  }
  // For unit vectors u, |Σ u|² = n + the sum of the cosines of all pairs.
  return n < 2 ? 1 : (Math.hypot(...sum) ** 2 - n) / (n * (n - 1));
}

/** Return the picture blurred: every pixel becomes the mean of 3 × 3 pixels. */
function blurred(picture) {
  const at = (x, y) => x >= 0 && x < SIDE ? picture[y * SIDE + x] ?? 0 : 0;
  return Array.from(picture, (_, i) => {
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      const y = Math.floor(i / SIDE) + dy;
      for (const dx of [-1, 0, 1]) sum += at(i % SIDE + dx, y);
    }
    return sum / 9;
  });
}
