/**
 * Walks of the drawings through the latent space, as times and frames. Pure.
 * Drawings start one after another, PACE seconds apart, in an order given by the server; each moves for LEG times as long
 * and then rests. The server sends `group` drawings at a time, as a strip of `frames` pictures (gan/latent_walk.py).
 *
 * @typedef {{cell: number, strip: number, column: number, frame: number, fade: number}} Step a moving drawing: a blend of
 *   frame `frame` (weight `fade`) and the frame before it, which for frame 0 is the drawing at rest
 */

export const PACE = 0.5, LEG = 16; // LEG of 64 drawings move at once, so each rests three times as long as it moves
export const SPEEDS = { slow: 0.5, usual: 1, fast: 2 };

/** Whether the sheet may change shape: no training is running, and the newest trained picture is shown. */
export function mayWander(shown, own, iteration) {
  const rests = own.connection === "open" && own.asked === null && ["idle", "gone", "closed"].includes(own.state);
  return rests && iteration > 0 && iteration === shown.pictures.at(-1);
}

/** Return the address of a strip. A recorded run has no network, so the bundled one draws instead. */
export function stripAddress({ run, recorded }, strip) {
  return `/api/wander?${new URLSearchParams(recorded ? { strip } : { strip, run })}`;
}

/** Return the strips needed between two times, and the next one to preload. */
export function neededStrips(before, time, plan) {
  const from = Math.floor(turns(before)[0] / plan.group), to = Math.floor(turns(time)[1] / plan.group) + 1;
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) % plan.strips);
}

/** Return the drawings that move at a given time. @returns {Step[]} */
export function moving(time, plan) {
  const [first, last] = turns(time);
  return range(first, last + 1).map((turn) => {
    const gone = plan.frames * eased((time / PACE - turn) / LEG), frame = Math.min(plan.frames - 1, Math.floor(gone));
    return { ...place(turn, plan), frame, fade: gone - frame };
  });
}

/** Return the drawings that finish between two times. @returns {Step[]} */
export function finished(before, time, plan) {
  return range(turns(before)[0], turns(time)[0]).map((turn) => ({ ...place(turn, plan), frame: plan.frames - 1, fade: 1 }));
}

/** Return the first turn that has not ended, and the last one that has begun. */
function turns(time) {
  return [Math.max(0, Math.floor(time / PACE - LEG) + 1), Math.floor(time / PACE)];
}

function place(turn, { order, group, strips }) {
  return { cell: order[turn % order.length], strip: Math.floor(turn / group) % strips, column: turn % group };
}

/** Ease in and out. @param {number} part of the way, 0 to 1 */
const eased = (part) => part * part * (3 - 2 * part);

const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

/**
 * A point on the disk of two latent directions: x to the right, y up, whole numbers, at most `edge` from the centre.
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

/** Return the point under a pointer. @param {{left: number, top: number, width: number}} box of the disk */
export function placeAt(seed, left, top, box, edge) {
  const along = (distance) => Math.round(edge * (2 * distance / box.width - 1));
  return within({ seed, x: along(left - box.left), y: -along(top - box.top) }, edge);
}

/** Return the point that an arrow key leads to; null for other keys. */
export function stepped(place, key, edge) {
  if (!Object.hasOwn(WAYS, key)) return null;
  const [x, y] = WAYS[key];
  return within({ ...place, x: place.x + STEP * x, y: place.y + STEP * y }, edge);
}
