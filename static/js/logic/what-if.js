/** What the "What if?" page says about two runs that differ in one setting. Pure. */

import { hasBegun } from "./state.js";
import { busy, count, isSettled, ready, status } from "./words.js";

/** @typedef {import("./state.js").State} State */

export const NAMES = ["what-if-frozen", "what-if-not-frozen"];
export const ITERATIONS = 200; // per press; they take seconds and show the difference

const MANY = 0.5, FEW = 0.05, MOST = 0.95; // fractions of a sheet: learned, not learned, judge changed

/** Return the figures of the sheet shown; null if there are none yet. @param {State} state */
function figures({ sheet, progress }) {
  return progress.find(({ iteration, mistaken }) => iteration === sheet?.iteration && mistaken !== null) ?? null;
}

/** Say what a row of the chart shows, for each of its lines. @param {import("./state.js").ProgressRow} row */
export function readout({ of, recognized, mistaken }) {
  return [`Recognized ${recognized} of ${of}`, mistaken === null ? "" : `${mistaken} fooled the judge`];
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

/** Say how many turns the artist takes for each turn of the judge. */
export function turns(config) {
  if (!config) return "";
  const { generator_updates: count } = config;
  return count === 1 ? "Both take one turn each." : `The artist has ${count} turns for each of the judge’s.`;
}

/** Return where the axes of both charts end. @param {State[]} both */
export function lastIteration(both) {
  return Math.max(...both.map(({ state, iteration, target }) => (state === "training" && target) || iteration));
}

/** Return the conclusion that both sheets support; "" if there is none, or while a run trains. */
export function moral(frozen, unlocked) {
  if ([frozen, unlocked].some(({ state }) => state === "training")) return "";
  const [a, b] = [figures(frozen), figures(unlocked)];
  if (!a || !b || a.recognized < MANY * a.of) return "";
  const digits = frozen.config?.digit === null ? "digits" : `${frozen.config?.digit}s`;
  if (b.recognized <= FEW * b.of && b.mistaken >= MOST * b.of) {
    return `The artist on the right learned no ${digits}: it made the judge prefer bad drawings.`;
  }
  return b.recognized >= MANY * b.of ? `Both learned ${digits}. This time the unlocked judge kept up.` : "";
}

/** Return the state of the button and the status sentence. @param {State[]} both */
export function controls(both) {
  const training = both.some(({ state }) => state === "training");
  const command = training ? "pause" : "train", button = training ? "Stop" : "Train both";
  return { button, command, can: both.every(isSettled), ...statusText(both, training) };
}

function statusText(both, training) {
  const held = both.map((state) => status(state)).find(({ kind }) => kind === "bad");
  if (held) return held;
  const unsettled = both.find((state) => state.asked === null && !isSettled(state));
  if (unsettled) return status(unsettled);
  if (training) return busy(`Training. Both stop at iteration ${count(lastIteration(both))}.`);
  const [a, b] = both.map(({ iteration }) => iteration);
  if (a + b === 0) return ready(`Press Train both: ${ITERATIONS} iterations, in seconds.`);
  if (a === b) return ready(`Stopped after ${count(a)} iteration${a === 1 ? "" : "s"}. Each press trains ${ITERATIONS} more.`);
  const next = count(Math.max(a, b) + ITERATIONS);
  return ready(`Stopped after ${count(a)} and ${count(b)} iterations. The next press trains both to ${next}.`);
}
