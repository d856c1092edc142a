/**
 * The turns of an iteration as phases that the diagram shows. Pure functions.
 *
 * @typedef {{turn: string, scale: import("./network-diagram.js").Scale, png:
 * Record<string, string>}} Frame `Frame` in gan/runs/messages.py
 * @typedef {{iteration: number, drawing: number, asked: number|null, names: string[],
 * locked: boolean, frames: Frame[]}} Turns
 * `TurnsEvent` in gan/runs/messages.py
 * @typedef {{said: string, turn: "start"|"judge"|"artist", back: boolean, frame: Frame,
 * ghost: number|null}} Phase
 * back: whether the gradient flows back, from the judge to the artist; ghost: the
 * drawing's rating before this phase
 */

/**
 * Return the phases of an iteration. Only iteration 1 begins with a phase that shows
 * the untrained networks.
 * @param {Turns} turns
 * @returns {Phase[]}
 */
export function phases({ iteration, drawing, frames, locked }) {
  const [start, judged, drawn] = frames;
  const rating = (frame) => frame.scale.drawn[drawing];
  const lock = locked
    ? "the judge is locked."
    : "the judge is unlocked, so it changes, too.";
  /** @type {Phase[]} */
  const all = [
    {
      said: "Nobody has learned anything yet.",
      turn: "start",
      back: false,
      frame: start,
      ghost: null,
    },
    {
      said: "Judge’s turn: learn to spot drawings.",
      turn: "judge",
      back: false,
      frame: judged,
      ghost: rating(start),
    },
    {
      said: `Artist’s turn: ${lock}`,
      turn: "artist",
      back: true,
      frame: judged,
      ghost: null,
    },
    {
      said: "The artist and its drawing changed.",
      turn: "artist",
      back: false,
      frame: drawn,
      ghost: rating(judged),
    },
  ];
  return iteration === 1 ? all : all.slice(1);
}
