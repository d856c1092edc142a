/** What the page "What if?" says of two runs that differ in one line. Pure. */

import { one } from "./labels.js";
import { begun } from "./state.js";
import { count, isSettled, status } from "./words.js";

/** @typedef {import("./state.js").State} State */

export const NAMES = ["what-if-frozen", "what-if-not-frozen"];
export const ITERATIONS = 200; // of one press: seconds, and enough to tell

const MANY = 0.5, FEW = 0.05, BENT = 0.95; // shares of a sheet: has learned, has not, the judge is bent

/**
 * What was said of the sheet that is shown, as far as this page needs it; null where there is none yet.
 * @param {State} state
 * @returns {{good: number, preferred: number, of: number}|null} drawings that are read and near a real digit; pairs in
 *   which the judge prefers the drawing; of how many
 */
export function found({ sheet }) {
  const said = sheet?.reading;
  if (!said?.read || said.prefers_real === null || sheet.iteration === 0) return null;
  const of = said.read.length;
  return { good: said.read.filter(Boolean).length, preferred: of - said.prefers_real, of };
}

/** "a 3", or "a digit" where all are drawn. @param {import("./state.js").Config|null} config */
export function kind(config) {
  if (!config || config.digit === null) return "a digit";
  return one(config.digit);
}

/**
 * Whether the recorded pair is shown: while one's own has not begun, and is not another pair.
 * @param {State[]} own @param {State[]|null} recorded null where it is not loaded, or none ships
 */
export function playsRecorded(own, recorded) {
  const config = own[0].config, alike = (name) => !config || config[name] === recorded[0].config[name];
  return recorded !== null && !own.some((run) => begun(run) || run.asked === "train") && ["digit", "seed", "generator_updates"].every(alike);
}

/** Under a sheet. @param {State} state */
export function caption({ sheet, iteration, state, recorded }) {
  if (!sheet && ["starting", "compiling"].includes(state)) return "Making it ready";
  const at = sheet ? sheet.iteration : iteration;
  const said = at === 0 ? "untrained" : `iteration ${count(at)}`;
  return recorded ? `Recorded, ${said}` : `${said[0].toUpperCase()}${said.slice(1)}`;
}

/** How many drawings are what they should be. @param {State} state */
export function goodOnes(state) {
  const seen = found(state);
  return seen ? `${seen.good} of ${seen.of} can be read as ${kind(state.config)}` : "";
}

/** How often the artist plays for each turn of the judge. @param {import("./state.js").Config|null} config */
export function turns(config) {
  if (!config) return "";
  const { generator_updates: count } = config;
  return count === 1 ? "Both take one turn each." : `The artist takes ${count} turns for each of the judge’s.`;
}

/** What the two judges prefer. */
export function preference(frozen, loose) {
  const [a, b] = [found(frozen), found(loose)];
  if (!a || !b) return "";
  return `Beside ${kind(frozen.config).replace(/^an? /, "a real ")} the judge prefers the drawing: on the left ${a.preferred} of ${a.of} times, on the right ${b.preferred} of ${b.of}`;
}

/** The sentence that the two sheets bear out; none where they do not, or not yet. */
export function moral(frozen, loose) {
  const [a, b] = [found(frozen), found(loose)];
  if (!a || !b || a.good < MANY * a.of) return "";
  const digits = frozen.config?.digit === null ? "digits" : `${frozen.config?.digit}s`;
  if (b.good <= FEW * b.of && b.preferred >= BENT * b.of) {
    return `The artist on the right learned no ${digits}: it bent its judge until noise passed for real.`;
  }
  return b.good >= MANY * b.of ? `Both learned ${digits}: here the judge mends what the artist bends.` : "";
}

/**
 * What the button does, and the one sentence beside it.
 * @param {State[]} both @param {boolean} recorded whether the recorded pair is shown in their place
 * @returns {{button: string, command: "train"|"pause", can: boolean, kind: "busy"|"ready"|"bad", text: string}}
 */
export function controls(both, recorded = false) {
  const training = both.some(({ state }) => state === "training");
  const command = training ? "pause" : "train", button = training ? "Stop" : "Train both";
  return { button, command, can: both.every(isSettled), ...said(both, training, recorded) };
}

function said(both, training, recorded) {
  const held = both.map((state) => status(state)).find(({ kind }) => kind === "bad");
  if (held) return held;
  const unsettled = both.find((state) => state.asked === null && !isSettled(state));
  if (unsettled) return status(unsettled);
  if (training) return { kind: "busy", text: `Both train up to iteration ${count(Math.max(...both.map(({ target }) => target ?? 0)))}, each at its own pace.` };
  const [a, b] = both.map(({ iteration }) => iteration);
  if (a + b > 0) return { kind: "ready", text: stopped(count(a), count(b)) };
  const seen = recorded ? " What plays here is a recording." : "";
  return { kind: "ready", text: `Press Train both. It takes seconds.${seen}` };
}

/** Where both rest. */
function stopped(a, b) {
  if (a === b) return `Stopped at iteration ${a}: each press trains ${ITERATIONS} more.`;
  return `Stopped at iterations ${a} and ${b}, each at its own pace. Train both brings them level.`;
}
