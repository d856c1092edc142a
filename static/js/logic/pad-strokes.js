/**
 * Strokes drawn on a pad. Each is x, y, x, y … in whole units of the pad. Pure
 * functions.
 *
 * @typedef {import("./drawings.js").Strokes} Strokes
 */

import { SIDE } from "./drawing-labels.js";

export const MOST_POINTS = 38; // per digit: ten digits then fit into one request
// Pixels, of 28: the longer side of every drawing with its ink, and the pen's width.
const LONG = 25;
const PEN = 2;
const NEAREST = 5; // least units between points; closer ones would show mouse jitter

/**
 * Convert a pointer position to whole units of the pad.
 * @param {{left: number, top: number, width: number}} box on the screen
 */
export function unitsOf(x, y, box, pad) {
  return [x - box.left, y - box.top].map((at) =>
    Math.min(pad - 1, Math.max(0, Math.round((at / box.width) * pad)))
  );
}

/**
 * Reduce strokes to at most `most` points in total, about evenly spaced. Keep both ends
 * of each stroke.
 */
export function thinned(strokes, most = MOST_POINTS) {
  for (let apart = NEAREST;; apart *= 1.2) {
    const thin = strokes.map((stroke) => thinnedOne(stroke, apart));
    if (thin.flat().length <= 2 * most || apart > 1000) return thin;
  }
}

/** Leave out points of a stroke that are closer than `apart`; keep both ends. */
function thinnedOne(stroke, apart) {
  const thin = stroke.slice(0, 2);
  for (let i = 2; i < stroke.length; i += 2) {
    const last = i === stroke.length - 2;
    const [x, y] = thin.slice(-2);
    if (last || Math.hypot(stroke[i] - x, stroke[i + 1] - y) >= apart) {
      thin.push(stroke[i], stroke[i + 1]);
    }
  }
  return thin;
}

/**
 * Return [least x, largest x] and [least y, largest y].
 * @param {Strokes} strokes
 */
function extents(strokes) {
  return [0, 1].map((axis) => {
    const all = strokes.flatMap((stroke) =>
      stroke.filter((_, place) => place % 2 === axis)
    );
    return [Math.min(...all), Math.max(...all)];
  });
}

/** Return the longer side of the box around strokes. @param {Strokes} strokes */
export const longerSide = (strokes) =>
  Math.max(...extents(strokes).map(([low, high]) => high - low));

/**
 * Scale strokes to a picture of 28 × 28 pixels, so that all drawings are equally large
 * and centred. Also return the width of the pen in pixels.
 * @param {Strokes} strokes
 * @returns {[Strokes, number]}
 */
export function fitted(strokes) {
  const scale = (LONG - PEN) / longerSide(strokes);
  const middles = extents(strokes).map(([low, high]) => (low + high) / 2);
  return [
    strokes.map((stroke) =>
      stroke.map((at, place) => (at - middles[place % 2]) * scale + SIDE / 2)
    ),
    PEN,
  ];
}

/** Parse a saved file of drawings. The server validates them. */
export function drawingsIn(text) {
  try {
    const { handwriting, drawings } = JSON.parse(text);
    if (handwriting && drawings && typeof drawings === "object") return drawings;
  } catch {
    // It is not JSON.
  }
  throw new Error("This file has no drawings. Load a file that this page saved.");
}

/**
 * Return the address of /write with a handwriting, without the drawings from which it
 * was found.
 * @param {Record<string, unknown>} handwriting
 * @param {string} query of the page /write before, which says what to write
 */
export function writeWith({ drawings: _, ...kept }, query = "") {
  return `/write?${new URLSearchParams({
    ...Object.fromEntries(new URLSearchParams(query)),
    mine: JSON.stringify(kept),
  })}`;
}
