/**
 * The geometry of the judge's scale in the network diagram. Pure functions.
 *
 * @typedef {{drawn: (number|null)[], real: (number|null)[]}} Scale the judge's ratings
 * of drawings and real digits; 0 is that of the median real digit
 */

// Layout of the scale in the units of its viewBox.
const MIDDLE = 110; // y of the rating 0
const ABOVE = 80; // largest distance of a dot above MIDDLE
const BELOW = 150;
const REAL_X = 24; // the left edges of the two groups of dots
const DRAWN_X = 74;
const WIDTH = 36; // of a group
const SOFT = 0.5; // a rating this far from 0 is halfway to the end of the scale

/** Return the y of a rating on the scale. Large ratings approach the ends. */
export function height(rating) {
  const part = rating / (Math.abs(rating) + SOFT);
  return MIDDLE - part * (part > 0 ? ABOVE : BELOW);
}

/**
 * Return one dot for every rating that is a number, spread sideways so that few dots
 * overlap.
 * @param {Scale} scale
 * @param {number} chosen the drawing whose dot is ringed
 * @returns {{kind: "real"|"drawn", index: number, x: number, y: number, chosen:
 * boolean}[]}
 */
export function dots(scale, chosen) {
  const group = (kind, left) =>
    scale[kind].flatMap((rating, index) => {
      if (rating === null) return [];
      return [{
        kind,
        index,
        x: left + WIDTH * ((index * 0.618) % 1),
        y: height(rating),
        chosen: kind === "drawn" && index === chosen,
      }];
    });
  return [...group("real", REAL_X), ...group("drawn", DRAWN_X)];
}
