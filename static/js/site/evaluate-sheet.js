/**
 * Evaluates a sheet in the page: which drawings the classifier recognizes, and how the
 * judge rates them (gan/runs/evaluate_sheets.py, gan/data/nearest.py).
 */

import { matrix } from "../nn/arrays.js";
import { DIGITS, judge, PIXELS } from "./gan.js";

const DRAWINGS = 64;
const SURE = 0.9;

/**
 * Return the index of the label that each drawing of a sheet should show: 0, 1, 2 and
 * so on, over and over.
 * @param {string[]} names of the labels; empty for digits
 */
export const askedFor = (names) =>
  Array.from({ length: DRAWINGS }, (_, index) => index % (names.length || DIGITS));

/** Evaluates the sheets of one run. */
export class Evaluator {
  /**
   * @param {import("../nn/arrays.js").Memory} memory
   * @param {import("./training-files.js").Digits} digits
   * @param {string[]} names of the labels; empty for digits
   * @param {{limits: number[], classifier: import("../nn/layer.js").Layer}|null} reader
   *   null without a classifier; limits: for each digit, the largest distance at which
   *   a drawing is near a real one
   */
  constructor(memory, digits, names, reader = null) {
    const asked = askedFor(names);
    const count = Math.max(...asked) + 1;
    const places = Array.from({ length: count }, () => []); // of each label's images
    digits.labels.forEach((label, place) => places[label].push(place));
    this.memory = memory;
    this.asked = asked;
    this.reader = reader;
    this.known = places.map((some) => columns(memory, digits, some));
    this.squares = places.map((some, label) =>
      Float64Array.from(some, (_, k) => square(this.image(label, k), 0))
    );
    this.real = unitImages(
      memory,
      digits,
      asked.map((label, index) =>
        places[label][Math.floor(index / count) % places[label].length]
      ),
    ); // a real image of the same label for each drawing
  }

  /** Return real image k of a label. */
  image(label, k) {
    const { data, shape: [, count] } = this.known[label];
    return Float32Array.from({ length: PIXELS }, (_, i) => data[i * count + k]);
  }

  /** Return D's logits for drawings, and for the real image compared with each. */
  verdicts(D, drawings) {
    return {
      drawn: judge(D, drawings, this.asked).logits,
      real: judge(D, this.real, this.asked).logits,
    };
  }

  /**
   * Evaluate a sheet. The result has the fields of `EvaluationFields` in
   * gan/runs/messages.py. Requires a `reader`. The arguments are the drawings and their
   * `verdicts`.
   */
  evaluate(drawings, { drawn, real }) {
    const prefers_real = drawn.reduce(
      (count, logit, index) => count + (real[index] > logit),
      0,
    );
    const { digits, confidence } = this.classify(drawings);
    const { asked, reader: { limits } } = this;
    const near = this.nearest(drawings).map(({ distance }, index) =>
      distance <= limits[asked[index]]
    );
    const read = asked.map((digit, index) =>
      digits[index] === digit && confidence[index] >= SURE && near[index]
    );
    return {
      digits,
      confidence,
      asked,
      read,
      sure: SURE,
      near,
      prefers_real,
      ailment: null,
    };
  }

  /** Return the classifier's digit for each drawing, and its softmax probability. */
  classify(drawings) {
    const [logits] = this.reader.classifier.forward(drawings);
    const digits = [];
    const confidence = [];
    for (let n = 0; n < DRAWINGS; n++) {
      const row = logits.data.subarray(n * DIGITS, (n + 1) * DIGITS);
      const most = Math.max(...row);
      let sum = 0; // of the softmax
      for (const logit of row) sum += Math.exp(logit - most);
      digits.push(row.indexOf(most));
      confidence.push(Math.round(1000 / sum) / 1000);
    }
    return { digits, confidence };
  }

  /**
   * Find the nearest real image of the same label for every drawing, and return its
   * distance and the image.
   */
  nearest({ data }) {
    const found = [];
    const { memory, asked } = this;
    for (const [label, known] of this.known.entries()) {
      const rows = asked.flatMap((one, index) => (one === label ? [index] : []));
      const seen = memory.array(rows.length, PIXELS);
      rows.forEach((index, row) =>
        seen.data.set(data.subarray(index * PIXELS, (index + 1) * PIXELS), row * PIXELS)
      );
      const products = memory.product(matrix(seen), matrix(known));
      const [, count] = known.shape; // (seen, known)
      rows.forEach((index, row) => {
        let least = Infinity;
        let place = 0;
        for (let k = 0; k < count; k++) {
          const part = this.squares[label][k] - 2 * products.data[row * count + k];
          if (part < least) {
            least = part;
            place = k;
          }
        }
        // Halved, because limits are for pixels from 0 to 1, not from -1 to 1.
        const distance = Math.sqrt(Math.max(0, least + square(seen.data, row))) / 2;
        found[index] = { distance, image: this.image(label, place) };
      });
    }
    return found;
  }
}

/** Return the squared norm |x|^2 of the image in a row. */
function square(data, row) {
  let sum = 0;
  for (let i = row * PIXELS; i < (row + 1) * PIXELS; i++) sum += data[i] * data[i];
  return sum;
}

/**
 * Return the images with these indices as columns, (784, N), with pixels in [-1, 1]: a
 * product of few rows with many columns is fast.
 */
function columns(memory, { pixels }, places) {
  const images = memory.array(PIXELS, places.length);
  for (let i = 0, to = 0; i < PIXELS; i++) {
    for (const place of places) {
      images.data[to++] = pixels[place * PIXELS + i] / 127.5 - 1;
    }
  }
  return images;
}

/**
 * Return the images with these indices, with pixels in [-1, 1].
 * @returns {import("../nn/arrays.js").Tensor} (N, 28, 28, 1)
 */
export function unitImages(memory, { pixels }, places) {
  const images = memory.array(places.length, 28, 28, 1);
  places.forEach((place, row) => {
    for (let i = 0; i < PIXELS; i++) {
      images.data[row * PIXELS + i] = pixels[place * PIXELS + i] / 127.5 - 1;
    }
  });
  return images;
}
