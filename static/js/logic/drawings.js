/**
 * The drawings that a user wants more of: up to ten things with a name each, and the
 * drawing on the pad. Pure.
 *
 * @typedef {number[][]} Strokes x, y, x, y … each, in whole units of the pad
 * @typedef {{picture: string}} Picture a file that became a drawing: 784 pixels in
 * base64
 * @typedef {{name: string, drawings: (Strokes|Picture)[]}} Thing
 * @typedef {{things: Thing[], at: number, strokes: Strokes}} Drawings at: the thing
 * that is being drawn; strokes: on the pad
 */

import { SIDE } from "./drawing-labels.js";
import { longerSide } from "./pad-strokes.js";

export const PAD = 256; // units
export const LEAST = 10; // drawings of a thing
export const MOST = 3000; // drawings of all things
export const MOST_THINGS = 10;
const LONGEST_NAME = 20;
export const DOT = PAD / 16; // units; what is smaller would become a blot
const ENCODED = /^[A-Za-z0-9+/]{1046}==$/; // 784 bytes in base64

/** @returns {Drawings} */
export const nothing = () => ({
  things: [{ name: "", drawings: [] }],
  at: 0,
  strokes: [],
});

/**
 * Return drawings of which one thing has other fields.
 * @param {Drawings} all
 * @returns {Drawings}
 */
function changed(all, index, fields) {
  return {
    ...all,
    things: all.things.with(index, { ...all.things[index], ...fields }),
  };
}

/** Move the drawing from the pad to those of its thing. @param {Drawings} all */
export const kept = (all) => ({
  ...changed(all, all.at, { drawings: [...all.things[all.at].drawings, all.strokes] }),
  strokes: [],
});

/**
 * Return drawings without one of a thing. Its last one takes the thing along, unless
 * there is no other thing.
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
 * Add pictures to the things of their names, or to a thing if they have none.
 * @param {Drawings} all
 * @param {{label: string|undefined, picture: string}[]} pictures
 * @param {number} at the thing of those without a name
 */
export function added(all, pictures, at) {
  let { things } = all;
  for (const [label, some] of Map.groupBy(pictures, (one) => one.label)) {
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
 * Return the index of the thing with a name, of one that is still empty, or of a new
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

/** Draw another thing from now on. @param {Drawings} all */
export const chosen = (all, at) => ({ ...all, at });

/** Begin another thing. @param {Drawings} all */
export const another = ({ things, strokes }) => ({
  things: [...things, { name: "", drawings: [] }],
  at: things.length,
  strokes,
});

/** Whether there are enough drawings. @param {Drawings} all */
export function isEnough({ things }) {
  const counts = things.map(({ drawings }) => drawings.length).filter(Boolean);
  return counts.length > 0 && Math.min(...counts) >= LEAST;
}

/**
 * Return a name for each thing that the server accepts: visible, different, not too
 * long.
 * @param {Thing[]} things
 */
export function namesOf(things) {
  return things.reduce((names, { name }, index) => {
    const visible = name.slice(0, LONGEST_NAME).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "")
      .replace(/\p{Zs}+/gu, " ").trim();
    const unnamed = things.length > 1 ? `thing ${index + 1}` : "drawing";
    let one = visible === "any" ? "Any" : visible || unnamed;
    while (names.includes(one)) one += "*";
    return [...names, one];
  }, []);
}

/**
 * Return what the networks learn from.
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
 * Parse stored drawings. Return null if they are none.
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
