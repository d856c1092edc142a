/**
 * Converts a picture to a drawing of 28 × 28 pixels, ink 255 on paper 0, with the same
 * bytes as gan/data/picture_to_drawing.py. It does not scale with a canvas, because
 * browsers scale differently. Pure functions.
 */

import { SIDE } from "./drawing-labels.js";

const FAINT = 8; // a picture with less contrast is blank

/** Divide whole numbers, rounded half up. */
const divided = (total, by) => Math.floor((2 * total + by) / (2 * by));

/** Return the indices of the border pixels, with each corner twice. */
function border(width, height) {
  const places = [];
  for (let x = 0; x < width; x++) places.push(x, x + (height - 1) * width);
  for (let y = 0; y < height; y++) places.push(y * width, y * width + width - 1);
  return places;
}

/**
 * Return the grey levels of a picture. Transparent pixels get the colour of the paper.
 */
function toGrey({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  const edge = border(width, height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (19595 * data[4 * i] + 38470 * data[4 * i + 1] + 7471 * data[4 * i + 2] +
      32768) >> 16;
  }
  const alpha = (i) => data[4 * i + 3];
  const opaque = (i) => grey[i] * alpha(i);
  const isClear = sum(edge, alpha) < 128 * edge.length;
  const places = () => (isClear ? grey.keys() : edge);
  const mean = divided(sum(places(), opaque), Math.max(1, sum(places(), alpha)));
  const contrast = mean < 128 ? 255 : 0;
  const paper = isClear ? contrast : mean;
  return grey.map((_, i) => divided(opaque(i) + paper * (255 - alpha(i)), 255));
}

function sum(places, value) {
  let total = 0;
  for (const place of places) total += value(place);
  return total;
}

/**
 * Scale each row to `size` pixels, and swap rows and columns. Every new pixel is a mean
 * of old ones, with weights that fall linearly with the distance.
 */
function scaledRows(pixels, width, size) {
  const height = pixels.length / width;
  const scaled = new Uint8Array(size * height);
  const most = 2 * Math.max(width, size);
  for (let x = 0; x < size; x++) {
    const weights = Array.from(
      { length: width },
      (_, i) => most - Math.abs((2 * i + 1) * size - (2 * x + 1) * width),
    );
    const first = weights.findIndex((weight) => weight > 0);
    const used = weights.filter((weight) => weight > 0);
    const by = used.reduce((total, weight) => total + weight);
    for (let y = 0; y < height; y++) {
      let total = 0;
      for (let i = 0; i < used.length; i++) {
        total += used[i] * pixels[y * width + first + i];
      }
      scaled[x * height + y] = divided(total, by);
    }
  }
  return scaled;
}

/** Map paper to 0 and the strongest ink to 255. Return null if the picture is blank. */
function toInk(pixels, width, height) {
  const edge = border(width, height).map((place) => pixels[place]).sort((a, b) =>
    a - b
  );
  const paper = edge[edge.length / 2];
  // Ink is darker than paper if paper is lighter than the mean, and vice versa.
  const side = paper * pixels.length > sum(pixels, Number) ? -1 : 1;
  const ink = Array.from(pixels, (value) => Math.max(0, side * (value - paper)));
  const most = Math.max(...ink);
  return most < FAINT ? null : ink.map((value) => divided(255 * value, most));
}

/**
 * Convert a picture to 784 pixels, or return null if it is blank. It is scaled to fit
 * and centred, but not stretched.
 * @param {{data: Uint8ClampedArray, width: number, height: number}} picture such as
 * ImageData
 */
export function pictureToDrawing(picture) {
  const { width, height } = picture;
  const [wide, high] = [width, height].map((side) =>
    Math.max(1, divided(SIDE * side, Math.max(width, height)))
  );
  const turned = scaledRows(toGrey(picture), width, wide);
  const ink = toInk(scaledRows(turned, height, high), wide, high);
  if (!ink) return null;
  const drawing = new Uint8Array(SIDE * SIDE);
  const left = (SIDE - wide) >> 1;
  const top = (SIDE - high) >> 1;
  ink.forEach((value, i) => {
    drawing[(top + Math.floor(i / wide)) * SIDE + left + i % wide] = value;
  });
  return drawing;
}
