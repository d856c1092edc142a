/** Encodes pictures as PNG in base64, in the worker. */

import { GAP, SIDE, STEP } from "../logic/drawing-labels.js";

const IN_A_ROW = 8;
const ADD = [118, 42, 131];
const ERASE = [27, 120, 55]; // purple and green, --add and --erase in static/paper.css

/**
 * Encode a picture. `colour(index)` returns a pixel as a grey level or as [red, green,
 * blue], from 0 to 255.
 */
export async function png(width, height, colour) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const at = colour(i);
    image.data.set(at.length ? [...at, 255] : [at, at, at, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}

/** Convert a pixel in [-1, 1] to a grey level: 1, ink, is black. */
const grey = (value) => Math.round(127.5 * (1 - value));

/** Encode one image. */
export const imagePng = (data) => png(SIDE, SIDE, (i) => grey(data[i]));

/**
 * Encode all 64 drawings on one sheet, as gan/data/images_and_sheets.py lays them out.
 */
export function sheetPng(data) {
  const width = IN_A_ROW * STEP + GAP;
  return png(width, width, (i) => {
    const x = i % width - GAP;
    const y = Math.floor(i / width) - GAP;
    const inside = x % STEP < SIDE && y % STEP < SIDE;
    const index = Math.floor(y / STEP) * IN_A_ROW + Math.floor(x / STEP);
    return x < 0 || y < 0 || !inside
      ? 255
      : grey(data[(index * SIDE + y % STEP) * SIDE + x % STEP]);
  });
}

/**
 * Encode a gradient, (28, 28): purple where ink raises the judge's logit, green where
 * it lowers it.
 */
export function gradientPng(dx) {
  const strongest = Math.max(Number.MIN_VALUE, ...dx.map(Math.abs));
  return png(
    SIDE,
    SIDE,
    (i) =>
      (dx[i] > 0 ? ADD : ERASE).map((full) =>
        Math.round(255 + Math.abs(dx[i]) / strongest * (full - 255))
      ),
  );
}
