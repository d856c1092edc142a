/**
 * The diagram of both networks at work on one drawing. Pure.
 *
 * @typedef {{drawn: (number|null)[], real: (number|null)[]}} Scale the judge's ratings; 0 is the median real digit
 */

import { isOwn, isUnlocked, worth } from "./words.js";

/** Where the columns of maps are in the picture that gan/runs/feature_maps.py makes: the left edge and side of each. */
export const COLUMNS = {
  g7: { x: 0, side: 7 },
  g14: { x: 7, side: 14 },
  d14: { x: 21, side: 14 },
  d7: { x: 35, side: 7 },
};

/** Return the shape of a feature map. @param {number[]} channels of the 14 × 14 and of the 7 × 7 maps */
export function shape(map, channels) {
  const { side } = COLUMNS[map];
  return `${side} × ${side} × ${channels[side === 14 ? 0 : 1]}`;
}

/** Layout of the scale in the units of its viewBox: the height of 0, and the longest distance from it. */
const MIDDLE = 110, ABOVE = 80, BELOW = 150;
const REAL_X = 24, DRAWN_X = 74, WIDTH = 36; // the two groups of dots
const SOFT = 0.5; // a rating this far from 0 is halfway to the end of the scale

/** Return the height of a rating on the scale. Large ratings approach the ends. */
export function height(rating) {
  const part = rating / (Math.abs(rating) + SOFT);
  return MIDDLE - part * (part > 0 ? ABOVE : BELOW);
}

/**
 * Return one dot for every rating that is a number, spread sideways so that few cover each other.
 * @param {Scale} scale
 * @param {number} chosen the drawing whose dot is ringed
 * @returns {{kind: "real"|"drawn", index: number, x: number, y: number, chosen: boolean}[]}
 */
export function dots(scale, chosen) {
  const group = (kind, left) => scale[kind].flatMap((rating, index) => {
    if (rating === null) return [];
    return [{ kind, index, x: left + WIDTH * ((index * 0.618) % 1), y: height(rating), chosen: kind === "drawn" && index === chosen }];
  });
  return [...group("real", REAL_X), ...group("drawn", DRAWN_X)];
}

/**
 * Say how the judge rates the drawing.
 * @param {import("./drawing-labels.js").Answer} answer
 * @param {import("./state.js").Config|null} config
 */
export function rated({ prefers_real, of }, config) {
  const note = isUnlocked(config) ? ` ${worth(config, of)}` : "";
  return `The judge rates ${prefers_real} of ${of} ${isOwn(config) ? "of yours" : "real digits"} above it.${note}`;
}
