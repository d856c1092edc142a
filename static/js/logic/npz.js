/**
 * Writes drawings as a file for `train.py --data`: NumPy's .npz, which is a ZIP of
 * arrays in the format .npy. Pure functions.
 */

import { SIDE } from "./drawing-labels.js";

const ALIGNED = 64; // bytes; a header is padded to a multiple of this
const VERSION = 20; // ZIP 2.0
const YEAR_1980 = 33; // 1 January 1980, the earliest date in a ZIP

const bytesOf = (ascii) => Uint8Array.from(ascii, (one) => one.charCodeAt(0));
const shorts = (...numbers) => numbers.flatMap((n) => [n & 255, (n >> 8) & 255]);
const longs = (...numbers) => numbers.flatMap((n) => shorts(n, n >>> 16));

/** Concatenate arrays of bytes. */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Return an array in the format .npy, version 1.0.
 * @param {string} type such as "|u1"
 * @param {number[]} shape
 */
function npy(type, shape, content) {
  const about = `{'descr': '${type}', 'fortran_order': False, 'shape': (${
    shape.map((n) => `${n},`).join("")
  }), }`;
  const first = 10; // bytes before the header's text
  const length = Math.ceil((first + about.length + 1) / ALIGNED) * ALIGNED - first;
  return joined(
    bytesOf("\x93NUMPY\x01\x00"),
    shorts(length),
    bytesOf(`${about.padEnd(length - 1)}\n`),
    content,
  );
}

/**
 * Return an array of strings as .npy. NumPy stores the code points of characters.
 * @param {string[]} texts
 */
function textArray(texts) {
  const long = Math.max(...texts.map((text) => [...text].length));
  const codes = texts.flatMap((text) =>
    Array.from({ length: long }, (_, at) => [...text][at]?.codePointAt(0) ?? 0)
  );
  return npy(`<U${long}`, [texts.length], longs(...codes));
}

/** Return the CRC-32 checksum, which ZIP requires. */
function checksum(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum;
}

/**
 * Return an uncompressed ZIP file.
 * @param {Record<string, Uint8Array>} files contents by name
 */
function zip(files) {
  const entries = [];
  const index = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const about = [
      ...shorts(VERSION, 0, 0, 0, YEAR_1980),
      ...longs(checksum(content), content.length, content.length),
      ...shorts(name.length, 0),
    ];
    const entry = joined(bytesOf("PK\x03\x04"), about, bytesOf(name), content);
    entries.push(entry);
    index.push(
      joined(
        bytesOf("PK\x01\x02"),
        shorts(VERSION),
        about,
        shorts(0, 0, 0),
        longs(0, at),
        bytesOf(name),
      ),
    );
    at += entry.length;
  }
  const last = joined(...index);
  const count = index.length;
  return joined(
    ...entries,
    last,
    bytesOf("PK\x05\x06"),
    shorts(0, 0, count, count),
    longs(last.length, at),
    shorts(0),
  );
}

/**
 * Return drawings as the bytes of an .npz file.
 * @typedef {{names: string[], labels: Uint8Array, pixels: Uint8Array}} TrainingData
 *   labels: for each drawing, an index in names; pixels: 784 per drawing, ink 255
 * @param {TrainingData} drawings
 */
export function npz({ names, labels, pixels }) {
  return zip({
    "images.npy": npy("|u1", [labels.length, SIDE, SIDE], pixels),
    "labels.npy": textArray(Array.from(labels, (label) => names[label])),
    "ink.npy": npy("|b1", [], [1]),
  });
}
