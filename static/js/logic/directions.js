/**
 * A place on the disk of two directions, as numbers, keys and a link. Pure.
 * @typedef {{seed: number, x: number, y: number}} Place x to the right, y up, whole numbers; the edge is `edge` from the middle
 */

const STEP = 5; // of a key; PageUp and PageDown are not used, for the page scrolls with them
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SEEDS = 2 ** 32;

/** The nearest place on the disk. @returns {Place} */
export function within({ seed, x, y }, edge) {
  const scale = Math.min(1, edge / Math.hypot(x, y) || 1);
  return { seed, x: Math.trunc(scale * x) + 0, y: Math.trunc(scale * y) + 0 };
}

/** The place in an address; what is missing or wrong there is as it usually is. @param {string} query @param {Place} usual */
export function fromQuery(query, usual, edge) {
  const given = new URLSearchParams(query);
  const read = (name, good) => (/^-?\d{1,10}$/.test(given.get(name) ?? "") && good(Number(given.get(name))) ? Number(given.get(name)) : usual[name]);
  const near = (number) => Math.abs(number) <= edge;
  return within({ seed: read("seed", (seed) => seed >= 0 && seed < SEEDS), x: read("x", near), y: read("y", near) }, edge);
}

/** @param {Place} place */
export function linkTo(place) {
  return `/learn?${new URLSearchParams(place)}#place`;
}

/** Where a pointer is on the disk. @param {{left: number, top: number, width: number}} box of the disk */
export function placeAt(seed, left, top, box, edge) {
  const along = (distance) => Math.round(edge * (2 * distance / box.width - 1));
  return within({ seed, x: along(left - box.left), y: -along(top - box.top) }, edge);
}

/** Where an arrow key leads, in both directions; null for another key. @param {Place} place */
export function stepped(place, key, edge) {
  if (!Object.hasOwn(WAYS, key)) return null;
  const [x, y] = WAYS[key];
  return within({ ...place, x: place.x + STEP * x, y: place.y + STEP * y }, edge);
}
