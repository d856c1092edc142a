/**
 * What the classifier read on a sheet of drawings: as marks beside them and in words. Pure.
 *
 * @typedef {{digits: number[]|null, confidence: number[]|null}} Reading both null where nothing was read
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

/** A mark for every drawing, at its lower right corner. @param {Reading} reading */
export function marks(reading) {
  return words(reading).map((text, index) => {
    const column = index % columns(reading.digits.length), row = Math.floor(index / columns(reading.digits.length));
    return { x: (column + 1) * STEP - 0.5, y: (row + 1) * STEP - 1, text, sure: text !== "?" };
  });
}

/** @param {Reading} reading @returns {string} how many drawings are digits beyond doubt */
export function summary(reading) {
  const sure = words(reading).filter((word) => word !== "?").length;
  return `The classifier is sure of ${sure} of ${reading.digits.length}.`;
}

/** The same marks for somebody who hears the page. @param {Reading} reading */
export function spoken(reading) {
  const all = words(reading), wide = columns(all.length);
  const rows = Array.from({ length: Math.ceil(all.length / wide) }, (_, row) => all.slice(row * wide, (row + 1) * wide));
  const said = rows.map((row) => row.map((word) => (word === "?" ? "unsure" : word)).join(" "));
  return `${summary(reading)} Row by row: ${said.join("; ")}.`;
}

function words({ digits, confidence }) {
  return digits.map((digit, index) => (confidence[index] >= SURE ? String(digit) : "?"));
}

function columns(length) {
  return Math.ceil(Math.sqrt(length));
}
