/** What the "What if?" page says about two runs that differ in one setting. Pure. */

import { withArticle } from "./drawing-labels.js";
import { hasBegun } from "./state.js";
import { busy, count, isSettled, ready, status } from "./words.js";

/** @typedef {import("./state.js").State} State */

export const NAMES = ["what-if-frozen", "what-if-not-frozen"];
export const ITERATIONS = 200; // per press; they take seconds and show the difference

const MANY = 0.5, FEW = 0.05, BENT = 0.95; // fractions of a sheet: learned, not learned, judge changed

/**
 * Return the figures of the sheet shown; null if there are none yet.
 * @param {State} state
 * @returns {{good: number, preferred: number, of: number}|null} recognized drawings, and pairs in which the judge prefers
 *   the drawing
 */
function results({ sheet }) {
  const reading = sheet?.reading;
  if (!reading?.read || reading.prefers_real === null || sheet.iteration === 0) return null;
  const of = reading.read.length;
  return { good: reading.read.filter(Boolean).length, preferred: of - reading.prefers_real, of };
}

/** Return "a 3", or "a digit" for all digits. */
export function kind(config) {
  if (!config || config.digit === null) return "a digit";
  return withArticle(config.digit);
}

/**
 * Whether to show the recorded pair: the user's pair has not started and has the same settings.
 * @param {State[]} own @param {State[]|null} recorded null if none is bundled or loaded
 */
export function playsRecorded(own, recorded) {
  const config = own[0].config, alike = (name) => !config || config[name] === recorded[0].config[name];
  return recorded !== null && !own.some((run) => hasBegun(run) || run.asked === "train") && ["digit", "seed", "generator_updates"].every(alike);
}

export function caption({ sheet, iteration, state, recorded }) {
  if (!sheet && ["starting", "compiling"].includes(state)) return "Getting ready";
  const at = sheet ? sheet.iteration : iteration;
  const text = at === 0 ? "untrained" : `iteration ${count(at)}`;
  return recorded ? `Recorded, ${text}` : `${text[0].toUpperCase()}${text.slice(1)}`;
}

/** Say how many drawings are recognized. */
export function recognized(state) {
  const seen = results(state), digit = state.config?.digit ?? null;
  return seen ? `Recognized${digit === null ? "" : ` as ${withArticle(digit)}`}: ${seen.good} of ${seen.of}` : "";
}

/** Say how many turns the artist takes for each turn of the judge. */
export function turns(config) {
  if (!config) return "";
  const { generator_updates: count } = config;
  return count === 1 ? "Both take one turn each." : `The artist takes ${count} turns for each turn of the judge.`;
}

/** Say which pictures the two judges prefer. */
export function preference(frozen, unlocked) {
  const [a, b] = [results(frozen), results(unlocked)];
  if (!a || !b) return "";
  return `The judge mistook ${a.preferred} of ${a.of} drawings for real on the left, ${b.preferred} of ${b.of} on the right.`;
}

/** Return the conclusion that both sheets support, or "". */
export function moral(frozen, unlocked) {
  const [a, b] = [results(frozen), results(unlocked)];
  if (!a || !b || a.good < MANY * a.of) return "";
  const digits = frozen.config?.digit === null ? "digits" : `${frozen.config?.digit}s`;
  if (b.good <= FEW * b.of && b.preferred >= BENT * b.of) {
    return `The artist on the right learned no ${digits}: it changed the judge instead of its drawings.`;
  }
  return b.good >= MANY * b.of ? `Both learned ${digits}. The judge recovered: its own turns undid the artist’s changes.` : "";
}

/**
 * Return the state of the button and the status sentence.
 * @param {State[]} both @param {boolean} recorded whether the recorded pair is shown
 */
export function controls(both, recorded = false) {
  const training = both.some(({ state }) => state === "training");
  const command = training ? "pause" : "train", button = training ? "Stop" : "Train both";
  return { button, command, can: both.every(isSettled), ...statusText(both, training, recorded) };
}

function statusText(both, training, recorded) {
  const held = both.map((state) => status(state)).find(({ kind }) => kind === "bad");
  if (held) return held;
  const unsettled = both.find((state) => state.asked === null && !isSettled(state));
  if (unsettled) return status(unsettled);
  if (training) return busy(`Training both up to iteration ${count(Math.max(...both.map(({ target }) => target ?? 0)))}.`);
  const [a, b] = both.map(({ iteration }) => iteration);
  if (a + b > 0) return ready(stopped(count(a), count(b)));
  const seen = recorded ? " This is a recording." : "";
  return ready(`Press Train both. It takes seconds.${seen}`);
}

function stopped(a, b) {
  if (a === b) return `Stopped at iteration ${a}. Press Train both for ${ITERATIONS} more.`;
  return `Stopped at iterations ${a} and ${b}. Press Train both to bring them level.`;
}
