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
