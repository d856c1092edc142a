/**
 * The user's drawings, from which a run learns: up to ten things, each with a name and
 * drawings, and the drawing on the pad. Pure functions.
 *
 * @typedef {number[][]} Strokes each is x, y, x, y …, in whole units of the pad
 * @typedef {{picture: string}} Picture a drawing from a file: 784 pixels in base64
 * @typedef {{name: string, drawings: (Strokes|Picture)[]}} Thing
 * @typedef {{things: Thing[], at: number, strokes: Strokes}} Drawings at: the thing
 * that is being drawn; strokes: on the pad
 */

import { SIDE } from "./drawing-labels.js";
import { longerSide } from "./pad-strokes.js";

export const PAD = 256; // units
export const LEAST = 10; // drawings that each thing needs
export const MOST = 3000; // drawings of all things together
export const MOST_THINGS = 10;
const LONGEST_NAME = 20;
export const DOT = PAD / 16; // units; a smaller drawing would be scaled up to a blot
const ENCODED = /^[A-Za-z0-9+/]{1046}==$/; // 784 bytes in base64

/** @returns {Drawings} */
export const nothing = () => ({
  things: [{ name: "", drawings: [] }],
  at: 0,
  strokes: [],
});

/**
 * Return the drawings with some fields of one thing replaced.
 * @param {Drawings} all
 * @returns {Drawings}
 */
function changed(all, index, fields) {
  return {
    ...all,
    things: all.things.with(index, { ...all.things[index], ...fields }),
  };
}

/** Move the drawing on the pad to the drawings of its thing. @param {Drawings} all */
export const kept = (all) => ({
  ...changed(all, all.at, { drawings: [...all.things[all.at].drawings, all.strokes] }),
  strokes: [],
});

/**
 * Remove a drawing of a thing. Without its last drawing, the thing is removed, too,
 * unless it is the only one.
 * @param {Drawings} all
 */
export function without(all, index, drawing) {
  const drawings = all.things[index].drawings.filter((_, place) => place !== drawing);
  if (drawings.length > 0 || all.things.length === 1) {
    return changed(all, index, { drawings });
  }
  return { ...all, things: all.things.filter((_, place) => place !== index), at: 0 };
}

/**
 * Add pictures to the things named by their labels, or to the thing `at` if they have
 * none.
 * @param {Drawings} all
 * @param {{label: string|undefined, picture: string}[]} pictures
 * @param {number} at index of the thing for pictures without a label
 */
export function added(all, pictures, at) {
  let { things } = all;
  for (const [label, some] of Map.groupBy(pictures, (one) => one.label?.normalize())) {
    const place = label === undefined
      ? Math.min(at, things.length - 1)
      : placeOf(label, things);
    const { name, drawings } = things[place] ?? { drawings: [] };
    things = things.toSpliced(place, 1, {
      name: label ?? name,
      drawings: [...drawings, ...some.map(({ picture }) => ({ picture }))],
    });
  }
  return { ...all, things };
}

/**
 * Return the index of the thing with this name, else of an empty one, else of a new
 * one.
 */
function placeOf(label, things) {
  const known = things.findIndex(({ name }) => name === label);
  const empty = things.findIndex(({ name, drawings }) =>
    !name && drawings.length === 0
  );
  return [known, empty, things.length].find((place) => place >= 0);
}

/** Return the number of drawings. @param {Drawings} all */
export const total = ({ things }) =>
  things.reduce((sum, { drawings }) => sum + drawings.length, 0);

/** Name a thing. @param {Drawings} all @param {number} index of the thing */
export const named = (all, index, name) => changed(all, index, { name });

/** Choose the thing that is drawn from now on. @param {Drawings} all */
export const chosen = (all, at) => ({ ...all, at });

/** Add an empty thing, and choose it. @param {Drawings} all */
export const another = ({ things, strokes }) => ({
  things: [...things, { name: "", drawings: [] }],
  at: things.length,
  strokes,
});

/** Whether every thing with drawings has enough to train on. @param {Drawings} all */
export function isEnough({ things }) {
  const counts = things.map(({ drawings }) => drawings.length).filter(Boolean);
  return counts.length > 0 && Math.min(...counts) >= LEAST;
}

// What the server refuses in a name. Joiners, U+200C and U+200D, make one emoji of two.
const HIDDEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
const EDGES = /^[ \p{Cf}]+|[ \p{Cf}]+$/gu;

/**
 * Return a name for each thing that the server accepts: visible, different, not too
 * long.
 * @param {Thing[]} things
 */
export function namesOf(things) {
  return things.reduce((names, { name }, index) => {
    const visible = name.normalize().slice(0, LONGEST_NAME).replace(HIDDEN, "")
      .replace(/\p{Zs}+/gu, " ").replace(EDGES, "");
    const unnamed = things.length > 1 ? `thing ${index + 1}` : "drawing";
    let one = visible === "any" ? "Any" : visible || unnamed;
    while (names.includes(one)) one += "*";
    return [...names, one];
  }, []);
}

/**
 * Return the training data of a run: all drawings as pixels with labels.
 * @param {Drawings} all
 * @param {(drawing: Strokes|Picture) => Uint8Array} pixelsOf 784 pixels, ink 255
 */
export function trainingData({ things }, pixelsOf) {
  const names = namesOf(things);
  const used = things.map(({ drawings }, index) => ({ name: names[index], drawings }))
    .filter(({ drawings }) => drawings.length > 0);
  const all = used.flatMap(({ drawings }) => drawings);
  const pixels = new Uint8Array(all.length * SIDE * SIDE);
  all.forEach((drawing, place) => pixels.set(pixelsOf(drawing), place * SIDE * SIDE));
  const labels = used.flatMap(({ drawings }, label) => drawings.map(() => label));
  return {
    names: used.map(({ name }) => name),
    labels: Uint8Array.from(labels),
    pixels,
  };
}

/**
 * Parse stored drawings. Return null if they are invalid.
 * @param {string} text
 * @returns {Drawings|null}
 */
export function stored(text) {
  const isNumber = (at) => Number.isInteger(at) && at >= 0 && at < PAD;
  const isStroke = (stroke) =>
    Array.isArray(stroke) && stroke.length > 0 && stroke.length % 2 === 0 &&
    stroke.every(isNumber);
  const isDrawn = (strokes) =>
    strokes.length > 0 && strokes.every(isStroke) && longerSide(strokes) >= DOT;
  const isDrawing = (one) =>
    Array.isArray(one) ? isDrawn(one) : ENCODED.test(one.picture);
  try {
    const all = JSON.parse(text);
    const { things, at, strokes } = all;
    const { length } = things;
    const isThing = ({ name, drawings }) =>
      typeof name === "string" && drawings.every(isDrawing);
    return length <= MOST_THINGS && total(all) <= MOST && things.every(isThing) &&
        strokes.every(isStroke) && Number.isInteger(at) && at in things
      ? all
      : null;
  } catch {
    return null;
  }
}
