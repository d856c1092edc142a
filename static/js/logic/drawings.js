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
import { count } from "./words.js";

export const PAD = 256; // units
export const LEAST = 10; // drawings of a thing
const MOST = 3000; // drawings of all things
export const MOST_THINGS = 10;
const LONGEST_NAME = 20;
const MOST_STORED = 400; // steps that can be undone
const LONG = 25;
// pixels of 28: the longer side of every drawing with its ink, and the pen
const PEN = 2;
const DOT = PAD / 16; // units; what is smaller would become a blot
const ALIKE = 0.65; // docs/notebook.md says how this was measured
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

/**
 * Say why pictures cannot be added; "" if they can.
 * @param {Drawings} all
 * @param {{label: string|undefined, picture: string}[]} pictures
 */
export function noRoom(all, pictures) {
  const room = MOST - total(all);
  const things = added(all, pictures, 0).things.length;
  if (pictures.length > room) {
    return `${count(MOST)} drawings are the most: there is room for ${
      count(room)
    } more. Choose fewer.`;
  }
  return things > MOST_THINGS
    ? `That would make ${things} things, and ${MOST_THINGS} are the most. Choose fewer folders.`
    : "";
}

const NAMED = 3; // files in a sentence

/**
 * Say which files were not added, and why.
 * @param {Object<string, string[]>} left names of files by reason
 */
export function leftOut(left) {
  return Object.entries(left).map(([reason, names]) => {
    const more = names.length > NAMED ? ` and ${count(names.length - NAMED)} more` : "";
    return `${reason}: ${names.slice(0, NAMED).join(", ")}${more}.`;
  }).join(" ");
}

const total = ({ things }) =>
  things.reduce((sum, { drawings }) => sum + drawings.length, 0);

/** @param {Drawings} all @param {number} index of a thing */
export const named = (all, index, name) => changed(all, index, { name });

/** Draw another thing from now on. @param {Drawings} all */
export const chosen = (all, at) => ({ ...all, at });

/** Begin another thing. @param {Drawings} all */
export const another = ({ things, strokes }) => ({
  things: [...things, { name: "", drawings: [] }],
  at: things.length,
  strokes,
});

/** The states before and after the present one, for undo and redo. */
export class History {
  constructor(now) {
    this.reset(now);
  }

  reset(now) {
    Object.assign(this, { now, past: [], future: [] });
  }

  put(next) {
    this.past = [...this.past, this.now].slice(-MOST_STORED);
    this.now = next;
    this.future = [];
  }

  /**
   * Change a thing in all states that have it, as a name is no step.
   * @param {(all: Drawings) => Drawings} how
   */
  change(how, index) {
    const each = (all) => (index in all.things ? how(all) : all);
    Object.assign(this, {
      now: each(this.now),
      past: this.past.map(each),
      future: this.future.map(each),
    });
  }

  undo() {
    if (this.past.length) {
      this.future = [this.now, ...this.future];
      this.now = this.past.pop();
    }
  }

  redo() {
    if (this.future.length) {
      this.past = [...this.past, this.now];
      this.now = this.future.shift();
    }
  }
}

/**
 * Return the least and largest x, and the least and largest y.
 * @param {Strokes} strokes
 */
function extents(strokes) {
  return [0, 1].map((axis) => {
    const all = strokes.flatMap((stroke) =>
      stroke.filter((_, place) => place % 2 === axis)
    );
    return [Math.min(...all), Math.max(...all)];
  });
}

const longerSide = (strokes) =>
  Math.max(...extents(strokes).map(([low, high]) => high - low));

/**
 * Scale strokes to a picture of 28 × 28 pixels, so that all drawings are equally large
 * and centred. Return its pen, too.
 * @param {Strokes} strokes
 * @returns {[Strokes, number]}
 */
export function fitted(strokes) {
  const scale = (LONG - PEN) / longerSide(strokes);
  const middles = extents(strokes).map(([low, high]) => (low + high) / 2);
  return [
    strokes.map((stroke) =>
      stroke.map((at, place) => (at - middles[place % 2]) * scale + SIDE / 2)
    ),
    PEN,
  ];
}

/**
 * Say why the drawing on the pad cannot be kept; "" if it can.
 * @param {Drawings} all
 */
export function fault(all) {
  const { strokes } = all;
  if (strokes.length === 0) return "Draw something first.";
  if (longerSide(strokes) < DOT) return "That is only a dot. Draw it larger.";
  return total(all) < MOST ? "" : `${count(MOST)} drawings are enough. Press Train.`;
}

/**
 * Say how many drawings are needed, or what to change.
 * @param {Drawings} all
 * @param {number[]} likeness of each thing
 */
export function advice({ things, at }, likeness) {
  const names = namesOf(things);
  if (things.every(({ drawings }) => drawings.length === 0)) return "";
  const mixed = things.findIndex((_, index) => likeness[index] < ALIKE);
  const of = (index) => (things.length > 1 ? ` of “${names[index]}”` : "");
  const missing = things.findIndex(({ drawings }, index) =>
    drawings.length < LEAST && (drawings.length > 0 || index === at)
  );
  const more = missing < 0
    ? "Press Train, or draw more."
    : `${LEAST - things[missing].drawings.length} more${of(missing)}, much the same.`;
  if (mixed < 0) return more;
  return `The drawings${
    of(mixed)
  } differ much: the artist may repeat only some of them. Draw them alike, or as things of their own. ${more}`;
}

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
    let one = visible === "any"
      ? "Any"
      : visible || (things.length > 1 ? `thing ${index + 1}` : "drawing");
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
  const used = names.filter((_, index) => things[index].drawings.length > 0);
  const all = things.flatMap(({ drawings }, index) =>
    drawings.map((drawing) => ({ drawing, label: used.indexOf(names[index]) }))
  );
  const pixels = new Uint8Array(all.length * SIDE * SIDE);
  all.forEach(({ drawing }, place) =>
    pixels.set(pixelsOf(drawing), place * SIDE * SIDE)
  );
  const labels = Uint8Array.from(all, ({ label }) => label);
  return { names: used, labels, pixels };
}

/**
 * Return the mean cosine between any two pictures after a blur: 1 if they are the same,
 * or if there are fewer than two.
 */
export function alikeness(pictures) {
  const n = pictures.length;
  const sum = new Float64Array(SIDE * SIDE);
  for (const picture of pictures) {
    const soft = blurred(blurred(picture));
    const size = Math.hypot(...soft);
    soft.forEach((value, i) => {
      sum[i] += value / size;
    });
  }
  // |Σ u|² = n + the sum over all pairs
  return n < 2 ? 1 : (Math.hypot(...sum) ** 2 - n) / (n * (n - 1));
}

/** Return the mean of every pixel and those around it. */
function blurred(picture) {
  const at = (
    x,
    y,
  ) => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : picture[y * SIDE + x]);
  const near = [-1, 0, 1];
  return Array.from(
    picture,
    (_, i) =>
      near.reduce(
        (sum, dy) =>
          sum + near.reduce((row, dx) =>
            row + at(i % SIDE + dx, Math.floor(i / SIDE) + dy), 0),
        0,
      ) / 9,
  );
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
  const isDrawing = (
    one,
  ) => (Array.isArray(one) ? isDrawn(one) : ENCODED.test(one.picture));
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
