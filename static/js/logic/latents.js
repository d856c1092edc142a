/**
 * How a sheet wanders, in times and frames. Pure. The drawings begin one after another, in an order that the server
 * tells, each PACE seconds after the one before; each takes LEG times as long to where it rests next, and waits for its
 * next turn. The server draws the legs of `group` drawings at a time, as a strip of `frames` pictures (gan/latent_walk.py).
 *
 * @typedef {{order: number[], group: number, frames: number, strips: number}} Plan
 * @typedef {{cell: number, strip: number, column: number, frame: number, fade: number}} Step a drawing on its way: `fade`
 *   of frame `frame` of that strip, the rest of the frame before; before frame 0 it is as it rests
 */

export const PACE = 0.5, LEG = 16; // of 64 drawings so many are on their way, and each rests three times as long
export const SPEEDS = { slow: 0.5, usual: 1, fast: 2 };

/**
 * Whether the sheet of an iteration may wander: training rests, and what is shown has learned something.
 * @param {import("./state.js").State} shown @param {import("./state.js").State} own @param {number|undefined} iteration
 */
export function mayWander(shown, own, iteration) {
  const rests = own.connection === "open" && own.asked === null && ["idle", "gone", "closed"].includes(own.state);
  return rests && iteration > 0 && iteration === shown.pictures.at(-1);
}

/** The address of a strip; a recorded run has no network any more, so the one that ships draws in its place. */
export function stripAddress({ run, recorded }, strip) {
  return `/api/wander?${new URLSearchParams(recorded ? { strip } : { strip, run })}`;
}

/** Which strips are needed from one time to another, and behind them the one after those. @param {Plan} plan */
export function needed(before, time, plan) {
  const from = Math.floor(turns(before)[0] / plan.group), to = Math.floor(turns(time)[1] / plan.group) + 1;
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) % plan.strips);
}

/** All drawings that are on their way at a time. @param {number} time @param {Plan} plan @returns {Step[]} */
export function onTheWay(time, plan) {
  const [first, last] = turns(time);
  return range(first, last + 1).map((turn) => {
    const gone = plan.frames * eased((time / PACE - turn) / LEG), frame = Math.min(plan.frames - 1, Math.floor(gone));
    return { ...place(turn, plan), frame, fade: gone - frame };
  });
}

/** All drawings that came to rest after one time and until another. @param {Plan} plan @returns {Step[]} */
export function arrived(before, time, plan) {
  return range(turns(before)[0], turns(time)[0]).map((turn) => ({ ...place(turn, plan), frame: plan.frames - 1, fade: 1 }));
}

/** The first turn that has not ended at a time, and the last that has begun. */
function turns(time) {
  return [Math.max(0, Math.floor(time / PACE - LEG) + 1), Math.floor(time / PACE)];
}

function place(turn, { order, group, strips }) {
  return { cell: order[turn % order.length], strip: Math.floor(turn / group) % strips, column: turn % group };
}

/** Slow at both ends. @param {number} part of the way, 0 to 1 */
const eased = (part) => part * part * (3 - 2 * part);

const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

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
