/**
 * Loads the data of the trainer, which gan/web/site/recordings.py wrote: real digits
 * and the classifier.
 */

import { LeakyReLU, Reshape } from "../nn/activations.js";
import { Conv2D } from "../nn/conv.js";
import { Dense } from "../nn/dense.js";
import { Sequential } from "../nn/layer.js";

const PIXELS = 28 * 28;

/** Fetch a file and inflate it. @returns {Promise<Uint8Array>} */
export async function inflated(url) {
  let fault = "this host does not answer";
  try {
    const { ok, status, body } = await fetch(url);
    fault = ok ? "it is damaged" : `this host answered ${status}`;
    if (ok) {
      const bytes = body.pipeThrough(new DecompressionStream("deflate"));
      return new Uint8Array(await new Response(bytes).arrayBuffer());
    }
  } catch {
    // `fault` is the reason.
  }
  throw new Error(
    `${url.split("/").at(-1)} could not be loaded: ${fault}. Press Fun to try again.`,
  );
}

/**
 * Load real digits. The file has all labels, then the pixels of all images, ink 255.
 * @typedef {{labels: Uint8Array, pixels: Uint8Array}} Digits
 * @typedef {{names: string[], labels: Uint8Array, pixels: Uint8Array}} Drawings by the
 * user; a label is an index of names
 * @returns {Promise<Digits>}
 */
export async function loadDigits(url) {
  const bytes = await inflated(url);
  const count = bytes.length / (1 + PIXELS);
  return { labels: bytes.subarray(0, count), pixels: bytes.subarray(count) };
}

/** Join two sets. @param {Digits} one @param {Digits} other @returns {Digits} */
export function joined(one, other) {
  const both = (name) => Uint8Array.from([...one[name], ...other[name]]);
  return { labels: both("labels"), pixels: both("pixels") };
}

/**
 * Return the classifier of digits, the first one of gan/drawings/classifier.py. `bytes`
 * are its weights in half precision.
 */
export function buildClassifier(memory, bytes) {
  const leaky = new LeakyReLU();
  const zero = () => 0;
  const network = new Sequential(
    new Conv2D(memory, 1, 64, zero, leaky),
    new Conv2D(memory, 64, 128, zero, leaky),
    new Reshape(PIXELS / 16 * 128),
    new Dense(memory, PIXELS / 16 * 128, 64, zero, leaky),
    new Dense(memory, 64, 10, zero),
  );
  const halves = new Uint16Array(bytes.buffer);
  let at = 0;
  for (const { data } of Object.values(network.parameters())) {
    for (let i = 0; i < data.length; i++) {
      data[i] = single(halves[at++]);
    }
  }
  return network;
}

/**
 * Return the number that 16 bits encode in half precision (IEEE 754). Weights are
 * finite, and those below 2^-14 count as 0.
 */
function single(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >> 15 ? -1 : 1;
  return exponent && sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
