/**
 * Evaluate a sheet in the page: which drawings the classifier recognizes, and how the judge rates them
 * (gan/runs/sheet_evaluator.py, gan/data/nearest.py).
 */

import { matrix, transposed } from "../nn/arrays.js";
import { DIGITS, judge } from "./gan.js";

const DRAWINGS = 64, PIXELS = 28 * 28, SURE = 0.9;
export const ASKED = Array.from({ length: DRAWINGS }, (_, index) => index % DIGITS);

export class Evaluator {
  /**
   * @param {import("../nn/arrays.js").Memory} memory
   * @param {import("./files.js").Digits} digits
   * @param {{limits: number[], classifier: import("../nn/layer.js").Layer}|null} reader limits: the distance at which a
   *   drawing is near a real digit of each class
   */
  constructor(memory, digits, reader = null) {
    Object.assign(this, { memory, reader });
    this.places = Array.from({ length: DIGITS }, (_, digit) => [...digits.labels.keys()].filter((place) => digits.labels[place] === digit));
    this.known = reader && this.places.map((places) => {
      const known = memory.array(places.length, PIXELS);
      places.forEach((place, row) => copyUnit(known.data, row, digits, place));
      return known;
    });
    this.squares = this.known?.map(({ data, shape }) => Float64Array.from({ length: shape[0] }, (_, row) => square(data, row)));
    this.real = memory.array(DRAWINGS, 28, 28, 1); // one real digit beside each drawing
    ASKED.forEach((digit, index) => copyUnit(this.real.data, index, digits, this.places[digit][Math.floor(index / DIGITS)]));
  }

  /** Return the judge's ratings of drawings and of the real digit beside each. @param {import("../nn/layer.js").Layer} D */
  verdicts(D, drawings) {
    return { drawn: judge(D, drawings, ASKED).logits, real: judge(D, this.real, ASKED).logits };
  }

  /** Return the fields of `EvaluationFields` in gan/runs/messages.py, or null while the classifier is loading. */
  evaluate(drawings, { drawn, real }) {
    if (!this.reader) return null;
    const prefers_real = drawn.reduce((count, logit, index) => count + (real[index] > logit), 0);
    const { digits, confidence } = this.classify(drawings), { limits } = this.reader;
    const near = this.nearest(drawings).map(({ distance }, index) => distance <= limits[ASKED[index]]);
    const read = ASKED.map((digit, index) => digits[index] === digit && confidence[index] >= SURE && near[index]);
    return { digits, confidence, asked: ASKED, read, sure: SURE, near, prefers_real, ailment: null };
  }

  classify(drawings) {
    const [logits] = this.reader.classifier.forward(drawings), digits = [], confidence = [];
    for (let n = 0; n < DRAWINGS; n++) {
      const row = logits.data.subarray(n * DIGITS, (n + 1) * DIGITS), most = Math.max(...row);
      digits.push(row.indexOf(most));
      confidence.push(Math.round(1000 / row.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) / 1000);
    }
    return { digits, confidence };
  }

  /** Return the distance of every drawing to the nearest real digit of its class, and that digit's image. */
  nearest({ data }) {
    const found = [], { memory } = this;
    for (let digit = 0; digit < DIGITS; digit++) {
      const rows = ASKED.flatMap((asked, index) => (asked === digit ? [index] : [])), seen = memory.array(rows.length, PIXELS), known = this.known[digit];
      rows.forEach((index, row) => seen.data.set(data.subarray(index * PIXELS, (index + 1) * PIXELS), row * PIXELS));
      const products = memory.product(matrix(known), transposed(matrix(seen))); // (known, seen)
      rows.forEach((index, row) => {
        let least = Infinity, place = 0;
        for (let k = 0; k < known.shape[0]; k++) {
          const part = this.squares[digit][k] - 2 * products.data[k * rows.length + row];
          if (part < least) [least, place] = [part, k];
        }
        const distance = Math.sqrt(Math.max(0, least + square(seen.data, row))) / 2; // pixels from -1 to 1
        found[index] = { distance, image: known.data.subarray(place * PIXELS, (place + 1) * PIXELS) };
      });
    }
    return found;
  }
}

/** Return |x|^2 of one image. */
function square(data, row) {
  let sum = 0;
  for (let i = row * PIXELS; i < (row + 1) * PIXELS; i++) sum += data[i] * data[i];
  return sum;
}

/** Copy a digit to a row of images in [-1, 1]. */
export function copyUnit(data, row, { pixels }, place) {
  for (let i = 0; i < PIXELS; i++) data[row * PIXELS + i] = pixels[place * PIXELS + i] / 127.5 - 1;
}
