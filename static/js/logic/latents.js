/**
 * Points on the disk of two latent directions. Pure.
 *
 * A point has x to the right, y up, whole numbers, at most `edge` from the centre.
 * @typedef {{seed: number, x: number, y: number}} Place
 */

const STEP = 5; // step per arrow key; PageUp and PageDown keep scrolling the page
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SEEDS = 2 ** 32;

/** Return the nearest point on the disk. @returns {Place} */
export function within({ seed, x, y }, edge) {
  const scale = Math.min(1, edge / Math.hypot(x, y) || 1);
  return { seed, x: Math.trunc(scale * x) + 0, y: Math.trunc(scale * y) + 0 };
}

/** Read a point from a query; use defaults for missing or invalid values. */
export function fromQuery(query, usual, edge) {
  const given = new URLSearchParams(query);
  const read = (name, good) => (/^-?\d{1,10}$/.test(given.get(name) ?? "") && good(Number(given.get(name))) ? Number(given.get(name)) : usual[name]);
  const near = (number) => Math.abs(number) <= edge;
  return within({ seed: read("seed", (seed) => seed >= 0 && seed < SEEDS), x: read("x", near), y: read("y", near) }, edge);
}

export function linkTo(place) {
  return `/learn?${new URLSearchParams(place)}#place`;
}

/** Return the point that an arrow key leads to; null for other keys. */
export function stepped(place, key, edge) {
  if (!Object.hasOwn(WAYS, key)) return null;
  const [x, y] = WAYS[key];
  return within({ ...place, x: place.x + STEP * x, y: place.y + STEP * y }, edge);
}
