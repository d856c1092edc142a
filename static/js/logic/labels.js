/**
 * What was said of a sheet of drawings: as marks beside them and in words. Pure.
 *
 * *Read* is a drawing of which the classifier names the digit that was asked for and is sure of it, and that lies near a
 * real digit: what does not is far from real, whatever the classifier says. All that is told by the server
 * (gan/runs/evaluation.py), as is from where on the classifier is sure.
 *
 * @typedef {object} Reading
 * @property {number[]|null} digits null where nothing was read
 * @property {number[]|null} confidence
 * @property {number[]|null} asked which digits they should be; null where G draws what it likes: then any will do
 * @property {boolean[]|null} read
 * @property {boolean[]|null} near whether each lies near a real digit; null where nobody looked
 * @property {number|null} prefers_real in how many pairs the judge prefers a real digit to the drawing
 * @property {string|null} ailment what ails the run, see DIAGNOSES in gan/web/services/describe.py
 * @property {number} sure
 */

import { worth } from "./words.js";

/** Pixels from one drawing to the next, between two, and of one, as gan/pictures.py lays them out. */
export const STEP = 30, GAP = 2, SIDE = STEP - GAP;

/** Pixels a side of the sheet of so many drawings. */
export function side(length) {
  return columns(length) * STEP + GAP;
}

/** Whether enough is read for labels to help: a third of the sheet. @param {Reading|null} reading */
export function isReadable(reading) {
  return Boolean(reading?.digits?.length) && 3 * good(reading) >= reading.read.length;
}

/** Whether a network can write numbers: on a sheet of all digits nine in ten are read. @param {Reading|null} reading */
export function canWrite(reading) {
  return Boolean(reading?.asked) && digitOf(reading) === null && 10 * good(reading) >= 9 * reading.read.length;
}

/**
 * A mark for every drawing, at its lower right corner: what the classifier is sure to see, "?", or "×" for what is far
 * from every real digit. On a sheet of one digit only what is not read has a mark.
 * It is `good` if the drawing is read, `other` if the classifier is sure of another digit.
 * @param {Reading} reading
 */
export function marks(reading) {
  const wide = columns(reading.digits.length), alike = digitOf(reading) !== null;
  const all = words(reading).map((text, index) => {
    const column = index % wide, row = Math.floor(index / wide);
    return { x: (column + 1) * STEP - 0.5, y: (row + 1) * STEP - 1, text, good: reading.read[index], other: isOther(reading, index) };
  });
  return alike ? all.filter(({ good }) => !good) : all;
}

/** How many drawings are read; "" where nobody read. @param {Reading|null} reading */
export function summary(reading) {
  if (!reading?.digits?.length) return "";
  const digit = digitOf(reading), said = `${good(reading)} of ${reading.read.length} read`;
  if (!isReadable(reading)) return good(reading) ? `Only ${said} yet` : "None is read yet";
  return digit === null ? said : `${said} as ${one(digit)}`;
}

/** What "read" means here, and what the marks mean, for who sees them. @param {Reading|null} reading */
export function inWords(reading, labelled) {
  if (!reading?.digits?.length) return "";
  const { asked, near } = reading, digit = digitOf(reading);
  const what = digit !== null ? `that it is ${one(digit)}` : asked ? "of the digit asked for, 0 to 9 in turn" : "of a digit";
  const sure = `Read: the classifier, a third network, is at least ${Math.round(100 * reading.sure)} % sure ${what}${near ? ", and it is near a real one" : ""}.`;
  return labelled && isReadable(reading) ? `${sure} ${asked ? "Struck out: another digit. " : ""}?: not sure.${near ? " ×: far from every real one." : ""}` : sure;
}

/** How soon it was so. @param {import("./state.js").Sheet|null} sheet the one that is watched */
export function milestones(sheet) {
  if (!sheet || sheet.half_after === null) return "";
  const most = sheet.most_after === null ? "" : `, nine in ten after ${seconds(sheet.most_after)}`;
  return `(half after ${seconds(sheet.half_after)} of training${most})`;
}

/** The same marks for somebody who hears the page. @param {Reading|null} reading */
export function spoken(reading) {
  if (!isReadable(reading)) return summary(reading);
  const all = words(reading).map((word, index) => aloud(word, reading, index)), wide = columns(all.length);
  const rows = Array.from({ length: Math.ceil(all.length / wide) }, (_, row) => all.slice(row * wide, (row + 1) * wide));
  return `${summary(reading)}. Row by row: ${rows.map((row) => row.join(" ")).join("; ")}.`;
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

/** The digit that was asked for everywhere; null where there were several, or none. */
function digitOf({ asked }) {
  return asked && asked.length > 1 && asked.every((digit) => digit === asked[0]) ? asked[0] : null;
}

/** A digit as one says it. @param {number} digit */
export function one(digit) {
  return digit === 8 ? "an 8" : `a ${digit}`;
}

function seconds(number) {
  return number < 100 ? `${number.toFixed(1)} s` : `${Math.round(number / 60)} min`;
}

function columns(length) {
  return Math.ceil(Math.sqrt(length));
}

/**
 * What the judge's answer about one drawing is in words. Pure.
 *
 * The server computes it (gan/runs/explain_drawing.py): the drawing beside its nearest real digit, what the judge and the
 * classifier say of it, and the drawing a step along the gradient of the judge's logit. Of a picture that was kept
 * there is no judge any more (gan/web/services/drawing.py): what is the judge's is missing then.
 *
 * @typedef {object} Answer
 * @property {string} run
 * @property {number} iteration
 * @property {number} drawing its place on the sheet, from 0
 * @property {number|null} asked which digit it should be; null where G draws what it likes
 * @property {number|null} digit as which one it is read; null: nobody reads
 * @property {number|null} confidence
 * @property {number} sure from this confidence on the classifier is
 * @property {boolean|null} near whether it is near a real digit of the kind asked for
 * @property {number} [prefers_real] to how many of so many real digits it loses
 * @property {number} [would_prefer_real] to how many after the step
 * @property {number} [of]
 * @property {number} real_digit
 * @property {{drawing: string, real: string, wanted?: string, gradient?: string}} png each in base64
 */

const COUNT = 64; // drawings on the sheet of a live run

/**
 * What a drawing of the picture of an iteration can be asked: "judge" of a live run that the page watches; "kept", what
 * is known without a judge, of a picture that was kept; null where nothing can.
 * @param {import("./state.js").State} shown @param {number|undefined} iteration
 * @param {boolean} watches @param {number} width of the picture: of fewer drawings the places would be wrong
 * @returns {"judge"|"kept"|null}
 */
export function wayOf(shown, iteration, watches, width) {
  const { recorded, connection, state, run } = shown;
  if (connection !== "open" || run === null || iteration === undefined) return null;
  const own = watches && !recorded;
  if (own && ["idle", "training"].includes(state)) return "judge";
  const kept = !own || ["gone", "closed"].includes(state);
  return kept && width === side(COUNT) ? "kept" : null;
}

/** The head of the panel. @param {number} drawing @param {Answer|null} answer null while it is awaited */
export function title(drawing, answer) {
  const asked = answer?.asked ?? null;
  return asked === null ? `Drawing ${drawing + 1}` : `Drawing ${drawing + 1}, to be ${one(asked)}`;
}

/** @param {Answer} answer */
export function nearest({ real_digit }) {
  return `The nearest real ${real_digit}`;
}

/**
 * What the judge says, and what that is worth.
 * @param {Answer} answer @param {import("./state.js").Config|null} config
 */
export function verdict({ prefers_real, of }, config) {
  return `Against ${of} real digits, the judge prefers the real one ${prefers_real} times. ${worth(config)}`;
}

/** What was said of a drawing together with its sheet; null where nobody read it. @param {Reading|null} read */
export function ofSheet(read, drawing) {
  if (!read?.digits) return null;
  const { sure, ...many } = read;
  const [asked, digit, confidence, near] = ["asked", "digits", "confidence", "near"].map((name) => many[name]?.[drawing] ?? null);
  return { asked, digit, confidence, near, sure };
}

/** What the classifier says. @param {Answer} answer */
export function reading({ digit, confidence, sure, near }) {
  if (near === false) return "Not read: pixel by pixel it is farther from every real one than these are from each other.";
  if (digit === null) return "Nobody reads it: there is no classifier.";
  const seen = `${one(digit)}, ${Math.floor(100 * confidence)} %`;
  return confidence >= sure ? `The classifier reads ${seen} sure.` : `The classifier is not sure: ${seen}.`;
}

/** What the step does. @param {Answer} answer */
export function wish({ would_prefer_real, of }) {
  return `After it the judge prefers the real one ${would_prefer_real} of ${of} times.`;
}
