/**
 * What the classifier read on a sheet of drawings: as marks beside them and in words. Pure.
 *
 * @typedef {object} Reading
 * @property {number[]|null} digits null where nothing was read
 * @property {number[]|null} confidence
 * @property {number[]|null} [asked] which digits G was told to draw; null where it draws what it likes
 */

const SURE = 0.9; // below this confidence a drawing is marked with a question mark
const STEP = 30, GAP = 2; // pixels from one drawing to the next, and between two, as gan/pictures.py lays them out

/** Whether anything was read. @param {Reading|null} reading */
export function isRead(reading) {
  return Boolean(reading?.digits?.length);
}

/** Pixels a side of the sheet of so many drawings. */
export function side(length) {
  return columns(length) * STEP + GAP;
}

/**
 * A mark for every drawing, at its lower right corner: what was read, or "?".
 * It is `good` if the classifier is sure, and sees the digit that was asked for, `other` if it is sure of another one:
 * it knows nothing but digits, and calls noise an 8.
 * @param {Reading} reading
 */
export function marks(reading) {
  return words(reading).map((text, index) => {
    const column = index % columns(reading.digits.length), row = Math.floor(index / columns(reading.digits.length));
    return { x: (column + 1) * STEP - 0.5, y: (row + 1) * STEP - 1, text, good: isGood(reading, index), other: isOther(reading, index) };
  });
}

/** @param {Reading} reading @returns {string} how many drawings are good */
export function summary(reading) {
  const good = reading.digits.filter((_, index) => isGood(reading, index)).length;
  const all = reading.digits.length;
  return reading.asked
    ? `The classifier is sure that ${good} of ${all} are the digit asked for.`
    : `The classifier is sure of ${good} of ${all}.`;
}

/** What the marks mean, for who sees them. @param {Reading} reading */
export function legend({ asked }) {
  return asked ? "Asked for are 0 to 9 in turn. Struck out: another digit. ?: not sure." : "?: not sure.";
}

/** The same marks for somebody who hears the page. @param {Reading} reading */
export function spoken(reading) {
  const all = words(reading).map((word, index) => aloud(word, reading, index)), wide = columns(all.length);
  const rows = Array.from({ length: Math.ceil(all.length / wide) }, (_, row) => all.slice(row * wide, (row + 1) * wide));
  return `${summary(reading)} Row by row: ${rows.map((row) => row.join(" ")).join("; ")}.`;
}

function aloud(word, reading, index) {
  if (word === "?") return "unsure";
  return !isOther(reading, index) ? word : `${word} for ${reading.asked[index]}`;
}

function words({ digits, confidence }) {
  return digits.map((digit, index) => (confidence[index] >= SURE ? String(digit) : "?"));
}

function isGood({ digits, confidence, asked }, index) {
  return confidence[index] >= SURE && (!asked || asked[index] === digits[index]);
}

function isOther(reading, index) {
  return reading.confidence[index] >= SURE && !isGood(reading, index);
}

function columns(length) {
  return Math.ceil(Math.sqrt(length));
}
