/**
 * Small pictures of what a user drew, or of the picture files that the user added.
 *
 * @typedef {import("../logic/drawings.js").Strokes} Strokes
 * @typedef {import("../logic/drawings.js").Picture} Picture
 */

import { create } from "../lib/dom.js";
import { alikeness } from "../logic/drawing-advice.js";
import { SIDE } from "../logic/drawing-labels.js";
import { fitted } from "../logic/pad-strokes.js";
import { drawStrokes } from "./pad.js";

export const INK = "#221f1a";
const OPACITY = 3; // after red, green and blue
const COMPARED = 50; // more drawings of a thing may differ

/**
 * Draw on a new canvas of 28 × 28 pixels, and return its context.
 * @param {Strokes|Picture} drawing
 */
export function drawSmall(drawing) {
  const canvas = create("canvas", { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (Array.isArray(drawing)) drawStrokes(context, ...fitted(drawing), INK);
  else {
    const image = new ImageData(SIDE, SIDE);
    pixels(drawing).forEach((ink, i) => {
      image.data[4 * i + OPACITY] = ink;
    });
    context.putImageData(image, 0, 0);
  }
  return context;
}

/** Return a drawing as 784 pixels, ink 255. @param {Strokes|Picture} drawing */
function pixels(drawing) {
  if (!Array.isArray(drawing)) {
    return Uint8Array.from(atob(drawing.picture), (one) => one.charCodeAt(0));
  }
  const { data } = drawSmall(drawing).getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + OPACITY]);
}

/** Return a function that keeps what `make` returns for every object. */
function cached(make) {
  const known = new WeakMap();
  return (key) => known.get(key) ?? known.set(key, make(key)).get(key);
}

/** Return the pixels of a drawing. */
export const pixelsOf = cached(pixels);

/** Return how alike the drawings of a thing are. */
export const likenessOf = cached((drawings) =>
  drawings.length > COMPARED ? 1 : alikeness(drawings.map(pixelsOf))
);
