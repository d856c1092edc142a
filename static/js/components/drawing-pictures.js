/**
 * Small pictures of the user's drawings, from strokes or from added picture files.
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
const OPACITY = 3; // index in a pixel, after red, green and blue
const COMPARED = 50; // with more drawings of a thing, differences do no harm

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

/** Return a version of `make` that caches its result for every argument, an object. */
function cached(make) {
  const known = new WeakMap();
  return (key) => known.get(key) ?? known.set(key, make(key)).get(key);
}

/** Return a drawing as 784 pixels, ink 255, cached. */
export const pixelsOf = cached(pixels);

/** Return how alike the drawings of a thing are, from 0 to 1, cached. */
export const likenessOf = cached((drawings) =>
  drawings.length > COMPARED ? 1 : alikeness(drawings.map(pixelsOf))
);
