/**
 * Points on a disk that spans two directions of the latent space. Pure functions.
 *
 * A point has whole coordinates, x to the right and y up, and is at most `edge` from
 * the centre. The seed chooses the directions.
 * @typedef {{seed: number, x: number, y: number}} Place
 */

const STEP = 5; // per arrow key; PageUp and PageDown keep scrolling the page
const WAYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
const SEEDS = 2 ** 32;

/** Return the nearest point on the disk. @returns {Place} */
export function within({ seed, x, y }, edge) {
  const scale = Math.min(1, edge / Math.hypot(x, y) || 1);
  return { seed, x: Math.trunc(scale * x) + 0, y: Math.trunc(scale * y) + 0 };
}

/** Read a point from a query; use defaults for missing or invalid values. */
export function fromQuery(query, usual, edge) {
  const given = new URLSearchParams(query);
  /** Return a whole number within its limits, or the default. */
  function read(name, least, most) {
    const text = given.get(name) ?? "";
    const number = Number(text);
    return /^-?\d{1,10}$/.test(text) && number >= least && number <= most
      ? number
      : usual[name];
  }
  return within({
    seed: read("seed", 0, SEEDS - 1),
    x: read("x", -edge, edge),
    y: read("y", -edge, edge),
  }, edge);
}

export function linkTo(place) {
  return `?${new URLSearchParams(place)}#place`;
}

/** Return the point that an arrow key leads to; null for other keys. */
export function stepped(place, key, edge) {
  if (!Object.hasOwn(WAYS, key)) return null;
  const [x, y] = WAYS[key];
  return within({ ...place, x: place.x + STEP * x, y: place.y + STEP * y }, edge);
}
