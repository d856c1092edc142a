/**
 * A slideshow as a value: its pictures (or steps), the one shown, and whether it plays. Pure.
 *
 * @typedef {{pictures: number[], index: number, playing: boolean}} Show
 * @typedef {{iteration: number|null, drawing: number|null}} Place a picture and the drawing followed, counted from 0
 */

import { count } from "./words.js";

const DRAWINGS = 64; // on a sheet
const FEWEST_SHARED = 5; // times at which both runs have a picture

/** Start a show at its first picture. @returns {Show} */
export function start(pictures, playing) {
  return { pictures, index: 0, playing };
}

/** Add new pictures at the end; keep the one shown. */
export function join(show, pictures) {
  return { ...show, pictures, index: clamp(show.index, pictures) };
}

/** Move to a picture and stop playing. */
export function seek(show, index) {
  return { ...show, index: clamp(index, show.pictures), playing: false };
}

/** Move to the picture nearest to an iteration, the earlier of two. */
export function goTo(show, iteration) {
  const far = show.pictures.map((picture) => Math.abs(picture - iteration));
  return seek(show, far.indexOf(Math.min(...far)));
}

/** Say if the picture shown is not from the requested iteration. */
export function nearestMessage({ pictures, index }, iteration) {
  const shown = pictures[index];
  return shown === iteration ? "" : `Iteration ${count(iteration)} has no picture. The nearest one is ${count(shown)}.`;
}

/** Read a place from a query. @returns {Place} */
export function placeFromQuery(query) {
  const given = new URLSearchParams(query);
  const [iteration, drawing] = ["iteration", "drawing"].map((name) => (/^\d{1,9}$/.test(given.get(name)) ? Number(given.get(name)) : null));
  return { iteration, drawing: drawing < DRAWINGS ? drawing : null };
}

/** Return a query with a place; other parameters stay. */
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

/** Advance a playing show by one picture. At the last one it waits if more are to come, otherwise it stops. */
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
 * Return after how many seconds of training each picture was drawn; null if unknown. Recording slows a run down, so the
 * recorded run has none. @param {import("./state.js").State} run @returns {number[]|null}
 */
export function secondsOf({ pictures, metrics, recorded }) {
  const speed = (line) => metrics[line]?.iterations_per_second; // since the line before
  if (recorded || !metrics.length || !metrics.every((_, line) => speed(line) > 0)) return null;
  let line = 0, from = 0, seconds = 0;
  return pictures.map((picture) => {
    for (; line < metrics.length - 1 && metrics[line].iteration < picture; line++) {
      seconds += (metrics[line].iteration - from) / speed(line);
      from = metrics[line].iteration;
    }
    return seconds + (picture - from) / speed(line);
  });
}

/** Align two runs by iterations, or by seconds if asked and known. */
export function alignment(both, asked) {
  return asked === "seconds" && both.every(secondsOf) ? "seconds" : "iterations";
}

/**
 * Return the times (iterations or seconds) at which to compare two runs: those at which both have a picture, or, if these
 * are few, those at which either has one, until one of them ends.
 */
export function sharedTimes(left, right) {
  const shared = left.filter((time) => right.includes(time));
  if (shared.length >= FEWEST_SHARED) return shared;
  const end = Math.min(...[left, right].filter((times) => times.length).map((times) => times.at(-1)));
  return [...new Set([...left, ...right])].filter((time) => time <= end).sort((a, b) => a - b);
}

/** Return the index of the newest picture up to a time, otherwise of the first. */
export function upTo(times, time) {
  return Math.max(0, times.findLastIndex((one) => one <= time));
}

/** Sort runs by iterations, the most first; among equals the open one first; the recorded one last. */
function byProgress(runs) {
  return [...runs].sort((a, b) => a.recorded - b.recorded || b.iteration - a.iteration || b.live - a.live);
}

/** Return the run that has learned most if another one is open; null if none has learned more. */
export function furthest(runs) {
  const [first] = byProgress(runs.filter(({ iteration, recorded }) => iteration > 0 && !recorded));
  return first && !first.live ? first.id : null;
}

/** Choose two runs by name: those requested, otherwise those that have learned most. @param {{left: string, right: string}} asked "" for any */
export function chosenPair(runs, asked) {
  const ids = byProgress(runs).map(({ id }) => id), left = asked.left || ids.find((id) => id !== asked.right) || "";
  return { left, right: asked.right || ids.find((id) => id !== left) || left };
}
