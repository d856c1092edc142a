/**
 * The turns of an iteration as phases of the diagram. Pure.
 *
 * @typedef {{turn: string, scale: import("./network-diagram.js").Scale, png: Object<string, string>}} Frame made by `NewGan.frame` in gan/web/services/turns.py
 * @typedef {{iteration: number, drawing: number, asked: number, channels: number[], frames: Frame[]}} Turns
 * @typedef {{said: string, turn: "start"|"judge"|"artist", back: boolean, frame: Frame, ghost: number|null}} Phase
 * back: whether the gradient flows back, from the judge to the artist; ghost: the drawing's rating before this phase
 */

/**
 * Return the phases of an iteration. Only the first iteration shows the untrained networks.
 * @param {Turns} turns
 * @returns {Phase[]}
 */
export function phases({ iteration, drawing, frames }) {
  const [start, judged, drawn] = frames, rating = (frame) => frame.scale.drawn[drawing];
  const all = [
    { said: "Nobody has learned anything yet.", turn: "start", back: false, frame: start, ghost: null },
    { said: "Judge’s turn: learn to spot drawings.", turn: "judge", back: false, frame: judged, ghost: rating(start) },
    { said: "Artist’s turn: the judge is locked.", turn: "artist", back: true, frame: judged, ghost: null },
    { said: "The artist changed. So did its drawing.", turn: "artist", back: false, frame: drawn, ghost: rating(judged) },
  ];
  return iteration === 1 ? all : all.slice(1);
}
