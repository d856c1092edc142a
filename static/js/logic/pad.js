/** Strokes drawn on a pad, as numbers. Pure. */

export const MOST_POINTS = 38; // per digit: ten digits then fit into one request
const NEAREST = 5; // units between points; closer points would show the steps of a mouse

/** @typedef {number[]} Stroke x, y, x, y ... in whole units of the pad */

/** Convert a pointer position to whole units of the pad. @param {{left: number, top: number, width: number}} box on the screen */
export function unitsOf(x, y, box, pad) {
  return [x - box.left, y - box.top].map((at) => Math.min(pad - 1, Math.max(0, Math.round((at / box.width) * pad))));
}

/** Reduce strokes to at most MOST_POINTS evenly spaced points in all; keep both ends of each. */
export function thinned(strokes) {
  for (let apart = NEAREST; ; apart *= 1.2) {
    const thin = strokes.map((stroke) => thinnedOne(stroke, apart));
    if (thin.flat().length <= 2 * MOST_POINTS || apart > 1000) return thin;
  }
}

function thinnedOne(stroke, apart) {
  const thin = stroke.slice(0, 2);
  for (let i = 2; i < stroke.length; i += 2) {
    const last = i === stroke.length - 2, [x, y] = thin.slice(-2);
    if (last || Math.hypot(stroke[i] - x, stroke[i + 1] - y) >= apart) thin.push(stroke[i], stroke[i + 1]);
  }
  return thin;
}

/** Return the next digit that is not drawn yet; this one if all are. */
export function following(digit, drawings) {
  const others = Array.from({ length: 10 }, (_, i) => (digit + 1 + i) % 10);
  return others.find((other) => !drawings[other]) ?? digit;
}

/** Parse a saved file; the server validates the drawings. */
export function drawingsIn(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    data = null;
  }
  if (!data?.handwriting || typeof data.drawings !== "object" || data.drawings === null) {
    throw new Error("This file has no drawings. Load a file that this page saved.");
  }
  return data.drawings;
}

/** Return the address of /write with a handwriting, without its drawings. @param {string} query what was being written */
export function writeWith({ drawings, ...kept }, query = "") {
  return `/write?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(query)), mine: JSON.stringify(kept) })}`;
}

/** An example of each digit: strokes on a pad of 256. @type {Stroke[][]} */
export const EXAMPLES = [
  [[150, 30, 100, 45, 70, 120, 80, 200, 125, 228, 170, 195, 190, 120, 180, 55, 150, 30]],
  [[150, 24, 128, 130, 110, 230]],
  [[75, 75, 105, 35, 155, 35, 175, 75, 150, 125, 100, 175, 65, 222, 125, 215, 195, 222]],
  [[80, 50, 125, 28, 170, 50, 165, 95, 120, 120, 170, 140, 182, 190, 140, 226, 90, 220, 68, 195]],
  [[95, 30, 65, 140, 130, 138, 195, 135], [165, 45, 150, 140, 138, 230]],
  [[105, 35, 90, 110, 135, 105, 175, 135, 172, 190, 130, 225, 75, 212], [105, 35, 185, 32]],
  [[160, 30, 110, 80, 80, 155, 90, 210, 130, 228, 170, 200, 168, 155, 130, 135, 90, 165]],
  [[65, 40, 130, 42, 190, 36, 150, 110, 120, 175, 108, 230]],
  [[170, 55, 130, 28, 90, 55, 105, 100, 155, 140, 172, 190, 130, 228, 85, 195, 105, 140, 160, 95, 170, 55]],
  [[170, 60, 130, 30, 88, 55, 85, 105, 125, 125, 165, 100, 172, 55, 165, 130, 150, 228]],
];
