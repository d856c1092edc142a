/**
 * A show as a value: which pictures (or steps) there are, which one is shown, whether it plays; and its place as a page's
 * address tells it. Pure.
 *
 * @typedef {{pictures: number[], index: number, playing: boolean}} Show
 * @typedef {{iteration: number|null, drawing: number|null}} Place a picture, a drawing that is watched, from 0
 */

import { count } from "./words.js";

const DRAWINGS = 64; // on a sheet

/** @returns {Show} the show of these pictures, at the oldest */
export function start(pictures, playing) {
  return { pictures, index: 0, playing };
}

/** New pictures join at the end; the shown one stays. */
export function join(show, pictures) {
  return { ...show, pictures, index: clamp(show.index, pictures) };
}

/** Move by hand: the show stops playing. */
export function seek(show, index) {
  return { ...show, index: clamp(index, show.pictures), playing: false };
}

/** Move by hand to the picture that is nearest to an iteration, the earlier of two. */
export function goTo(show, iteration) {
  const far = show.pictures.map((picture) => Math.abs(picture - iteration));
  return seek(show, far.indexOf(Math.min(...far)));
}

/** What is said where that is another than was asked for. @param {Show} show @param {number} iteration */
export function arrived({ pictures, index }, iteration) {
  const found = pictures[index];
  return found === iteration ? "" : `No picture of iteration ${count(iteration)} was kept; the nearest is of ${count(found)}.`;
}

/** The place that an address tells. @param {string} query @returns {Place} */
export function placeIn(query) {
  const given = new URLSearchParams(query);
  const [iteration, drawing] = ["iteration", "drawing"].map((name) => (/^\d{1,9}$/.test(given.get(name)) ? Number(given.get(name)) : null));
  return { iteration, drawing: drawing < DRAWINGS ? drawing : null };
}

/** The query that tells a place; what else is in it stays. @param {string} query @param {Place} place */
export function withPlace(query, place) {
  const told = new URLSearchParams(query);
  for (const [name, value] of Object.entries(place)) {
    if (value === null) told.delete(name);
    else told.set(name, value);
  }
  return told.size ? `?${told}` : "";
}

/** Play or pause. Playing from the newest picture starts again at the oldest. */
export function toggle(show) {
  if (show.playing) return { ...show, playing: false };
  return { ...show, playing: true, index: atEnd(show) ? 0 : show.index };
}

/** One beat of a playing show. At the newest picture it waits where more are to come, else it stops. */
export function beat(show, moreToCome) {
  if (!show.playing) return show;
  if (!atEnd(show)) return { ...show, index: show.index + 1 };
  return { ...show, playing: moreToCome };
}

/** Whether the newest picture is shown. */
export function atEnd(show) {
  return show.index >= show.pictures.length - 1;
}

function clamp(index, pictures) {
  return Math.max(0, Math.min(index, pictures.length - 1));
}

/** Two runs at one iteration: which pictures there are, and which of each is shown. Pure. */

/** All iterations of which either has a picture, ascending. @param {number[]} left @param {number[]} right */
export function times(left, right) {
  return [...new Set([...left, ...right])].sort((a, b) => a - b);
}

/** The newest picture up to an iteration; the first where all are later, null where there is none. @param {number[]} pictures */
export function upTo(pictures, iteration) {
  return pictures.filter((one) => one <= iteration).at(-1) ?? pictures[0] ?? null;
}

/**
 * Which two runs are shown, by name: those that are asked for; for one that is not, the one that is open, or the first other.
 * @param {{id: string, live: boolean}[]} runs that have pictures @param {{left: string, right: string}} asked "" for any
 */
export function chosenPair(runs, asked) {
  const ids = [...runs].sort((a, b) => Number(b.live) - Number(a.live)).map(({ id }) => id);
  const left = asked.left || ids.find((id) => id !== asked.right) || "";
  return { left, right: asked.right || ids.find((id) => id !== left) || left };
}
