/**
 * A slideshow as a value: its pictures, the index of the one shown, and whether it
 * plays. Pure functions.
 *
 * @typedef {{pictures: number[], index: number, playing: boolean}} Show pictures: their
 * iterations, ascending
 * @typedef {{iteration: number|null, drawing: number|null}} Place a picture and the
 * drawing followed, counted from 0
 */

import { count } from "./words.js";

const DRAWINGS = 64; // on a sheet

/** Start a show at its first picture. @returns {Show} */
export function start(pictures, playing) {
  return { pictures, index: 0, playing };
}

/** Replace the pictures by an extended list; keep the one shown. */
export function join(show, pictures) {
  return { ...show, pictures, index: clamp(show.index, pictures) };
}

/** Move to a picture and stop playing. */
export function seek(show, index) {
  return { ...show, index: clamp(index, show.pictures), playing: false };
}

/** Move to the picture nearest to an iteration, or to the earlier of two. */
export function goTo(show, iteration) {
  const far = show.pictures.map((picture) => Math.abs(picture - iteration));
  return seek(show, far.indexOf(Math.min(...far)));
}

/** Say that the requested iteration has no picture; "" if it is the one shown. */
export function nearestMessage({ pictures, index }, iteration) {
  const shown = pictures[index];
  if (shown === iteration) return "";
  const nearest = `The nearest one is ${count(shown)}.`;
  return `Iteration ${count(iteration)} has no picture. ${nearest}`;
}

/** Read a place from a query. @returns {Place} */
export function placeFromQuery(query) {
  const given = new URLSearchParams(query);
  const [iteration, drawing] = ["iteration", "drawing"].map((name) => {
    const text = given.get(name);
    return /^\d{1,9}$/.test(text) ? Number(text) : null;
  });
  return { iteration, drawing: drawing < DRAWINGS ? drawing : null };
}

/** Return the query with its place replaced; other parameters stay. */
export function queryWithPlace(query, place) {
  const params = new URLSearchParams(query);
  for (const [name, value] of Object.entries(place)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return params.size ? `?${params}` : "";
}

/** Play or pause. Playing from the last picture starts again at the first. */
export function toggle(show) {
  if (show.playing) return { ...show, playing: false };
  return { ...show, playing: true, index: atEnd(show) ? 0 : show.index };
}

/**
 * Advance a playing show by one picture. At the last one it waits if more are to come,
 * otherwise it stops.
 */
export function tick(show, moreToCome) {
  if (!show.playing) return show;
  if (!atEnd(show)) return { ...show, index: show.index + 1 };
  return { ...show, playing: moreToCome };
}

export function atEnd(show) {
  return show.index >= show.pictures.length - 1;
}

function clamp(index, pictures) {
  return Math.max(0, Math.min(index, pictures.length - 1));
}

/**
 * Return the id of the run at the highest iteration, or null if that is the live run or
 * there is none. Recorded runs do not count.
 */
export function furthest(runs) {
  const own = runs.filter(({ iteration, recorded }) => iteration > 0 && !recorded);
  const [first] = own.sort((a, b) => b.iteration - a.iteration || b.live - a.live);
  return first && !first.live ? first.id : null;
}
