/**
 * Labels and sentences about the drawings on a sheet. Pure functions.
 *
 * A drawing is *recognized* if the classifier is sure of the digit asked for, and it is
 * close to a real digit. The server decides this (gan/runs/evaluation_record.py); its
 * JSON calls it `read`.
 *
 * @typedef {{digits: number[]|null, confidence: number[]|null, asked: number[]|null,
 * read: boolean[]|null, sure: number, near: boolean[]|null, prefers_real: number|null,
 * ailment: string|null}} Reading
 *   `EvaluationFields` in gan/runs/messages.py, with one entry per drawing in its lists
 */

/**
 * Layout of a sheet in pixels (gan/data/images_and_sheets.py): the distance, gap and
 * side of drawings.
 */
export const STEP = 30;
export const GAP = 2;
export const SIDE = STEP - GAP;

/** Return the side in pixels of a sheet of `length` drawings. */
export function side(length) {
  return columns(length) * STEP + GAP;
}

/** Whether a third of the sheet is recognized: with fewer, labels do not help. */
export function isReadable(reading) {
  return Boolean(reading?.digits?.length) && 3 * good(reading) >= reading.read.length;
}

/**
 * Whether a network can write numbers: nine in ten on a sheet of all digits are
 * recognized.
 */
export function canWrite(reading) {
  return Boolean(reading?.asked) && digitOf(reading) === null &&
    10 * good(reading) >= 9 * reading.read.length;
}

/**
 * Return a label for every drawing that is not recognized, at its lower right corner: a
 * wrong digit that the classifier is sure of, "?", or "×" if the drawing is far from
 * every real digit.
 * @param {Reading} reading
 */
export function marks(reading) {
  const wide = columns(reading.digits.length);
  return words(reading).flatMap((text, index) => {
    if (reading.read[index]) return [];
    const column = index % wide;
    const row = Math.floor(index / wide);
    return [{
      x: (column + 1) * STEP - 0.5,
      y: (row + 1) * STEP - 1,
      text,
      other: isOther(reading, index),
    }];
  });
}

/** Say how many drawings are recognized; "" without a classifier. */
export function summary(reading) {
  if (!reading?.digits?.length) return "";
  return `Recognized: ${good(reading)} of ${reading.read.length}`;
}

/**
 * Explain the signs that occur among the labels of a sheet.
 * @param {ReturnType<typeof marks>} labels
 */
export function key(labels) {
  const about = {
    "?: hard to read.": ({ text }) => text === "?",
    "×: not a digit.": ({ text }) => text === "×",
    "Crossed out: wrong digit.": ({ other }) => other,
  };
  return Object.keys(about).filter((words) => labels.some(about[words])).join(" ");
}

/** Explain what "recognized" means on this sheet. */
export function legend(reading) {
  if (!reading?.digits?.length) return "";
  const { asked, near } = reading;
  const digit = digitOf(reading);
  let what = asked ? "of the digit asked for, 0 to 9 in turn" : "of a digit";
  if (digit !== null) what = `that it is ${withArticle(digit)}`;
  const close = near ? ", and the drawing is close to a real digit" : "";
  const sure = `${Math.round(100 * reading.sure)} % sure ${what}${close}`;
  return `Recognized: a third network, the classifier, is at least ${sure}.`;
}

/** Describe the labels for screen readers. */
export function spoken(reading) {
  if (!isReadable(reading)) return summary(reading);
  const all = words(reading).map((word, index) => aloud(word, reading, index));
  const wide = columns(all.length);
  const rows = [];
  for (let at = 0; at < all.length; at += wide) {
    rows.push(all.slice(at, at + wide).join(" "));
  }
  return `${summary(reading)}. Row by row: ${rows.join("; ")}.`;
}

function aloud(word, reading, index) {
  if (word === "?") return "unsure";
  if (word === "×") return "far from real";
  return !isOther(reading, index) ? word : `${word} for ${reading.asked[index]}`;
}

function words({ digits, confidence, near, sure }) {
  return digits.map((digit, index) => {
    if (near && !near[index]) return "×";
    return confidence[index] >= sure ? String(digit) : "?";
  });
}

function isOther({ confidence, read, near, sure }, index) {
  return confidence[index] >= sure && !read[index] && (!near || near[index]);
}

const good = ({ read }) => read.filter(Boolean).length;

/**
 * Return the digit that all drawings of the sheet should show, or null if there are
 * several, or none.
 */
function digitOf({ asked }) {
  const isOne = asked?.length > 1 && asked.every((digit) => digit === asked[0]);
  return isOne ? asked[0] : null;
}

/** Return "a 3" or "an 8". */
function withArticle(digit) {
  return digit === 8 ? "an 8" : `a ${digit}`;
}

function columns(length) {
  return Math.ceil(Math.sqrt(length));
}

/**
 * @typedef {{iteration?: number, drawing: number, asked: number|null, digit:
 * number|null, confidence: number|null, sure: number, near: boolean|null, real_digit:
 * number|null, names?: string[], scale?: import("./network-diagram.js").Scale, png:
 * Record<string, string>}} Answer
 *   `ExplanationEvent` in gan/runs/messages.py; a saved picture has no judge, so some
 *   fields are missing
 */

const COUNT = 64; // drawings on the sheet of a live run

/**
 * Return the source of answers about a drawing: "judge" for a watched live run, "kept"
 * for a saved picture, or null for none. `width` is the picture's width in pixels,
 * which shows whether it has 64 drawings.
 * @returns {"judge"|"kept"|null}
 */
export function inspectMode(shown, iteration, watches, width) {
  const { recorded, connection, state, run } = shown;
  if (connection !== "open" || run === null || iteration === undefined) return null;
  const own = watches && !recorded;
  if (own && ["idle", "training"].includes(state)) return "judge";
  const kept = !own || ["gone", "closed"].includes(state);
  return kept && width === side(COUNT) ? "kept" : null;
}

/**
 * Return the title of the panel.
 * @param {Pick<Answer, "asked"|"names">|null} answer null while it loads
 */
export function title(drawing, answer) {
  const asked = answer?.asked ?? null;
  const name = answer?.names?.[asked] ?? withArticle(asked);
  return `Drawing ${drawing + 1}${asked === null ? "" : ` (should be ${name})`}`;
}

/** Return the caption of the drawing. @param {Pick<Answer, "asked"|"names">} answer */
export function drawn({ asked, names }) {
  return asked === null || names?.length === 1
    ? "drawn"
    : `drawn ${names?.[asked] ?? asked}`;
}

export function nearest({ real_digit, names }) {
  if (!names?.length) return `real ${real_digit ?? ""}`.trim();
  return names.length > 1 && real_digit !== null
    ? `your ${names[real_digit]}`
    : "yours";
}

/**
 * Return the evaluation of one drawing from that of its sheet, or null without one.
 */
export function fromSheet(read, drawing) {
  if (!read?.digits) return null;
  const { sure, ...many } = read;
  const [asked, digit, confidence, near] = ["asked", "digits", "confidence", "near"]
    .map((name) => many[name]?.[drawing] ?? null);
  return { asked, digit, confidence, near, sure };
}

/** Say what the classifier sees in a drawing. */
export function reading({ digit, confidence, sure, near, names }) {
  if (names?.length) {
    if (near === null) return "";
    return near ? "Close to one of yours." : "Unlike any of yours.";
  }
  if (near === false) return "Not recognized: it looks like no real digit.";
  if (digit === null) return "There is no classifier.";
  const seen = `${withArticle(digit)}, ${Math.floor(100 * confidence)} %`;
  return confidence >= sure
    ? `The classifier sees ${seen} sure.`
    : `The classifier is not sure: ${seen}.`;
}
