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
