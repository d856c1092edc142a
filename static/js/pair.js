/** What the page "What if?" says of two runs that differ in one line. Pure. */

import { one } from "./labels.js";
import { count } from "./words.js";

export const FROZEN = "what-if-frozen", LOOSE = "what-if-not-frozen";

const MANY = 0.5, FEW = 0.05, BENT = 0.95; // shares of a sheet: has learned, has not, the judge is bent

/**
 * What was said of the sheet that is shown, as far as this page needs it; null where there is none yet.
 * @param {import("./state.js").State} state
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

/** Under a sheet. @param {import("./state.js").State} state */
export function caption({ sheet, iteration, state }) {
  if (["starting", "compiling"].includes(state)) return "Making it ready";
  const at = sheet ? sheet.iteration : iteration;
  return at === 0 ? "Untrained" : `Iteration ${count(at)}`;
}

/** How many drawings are what they should be. @param {import("./state.js").State} state */
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
  const real = frozen.config?.digit === null ? "a real digit" : `a real ${frozen.config?.digit}`;
  return `Beside ${real} the judge prefers the drawing: on the left ${a.preferred} of ${a.of} times, on the right ${b.preferred} of ${b.of}`;
}

/** The sentence that the two sheets bear out; none where they do not, or not yet. */
export function moral(frozen, loose) {
  const [a, b] = [found(frozen), found(loose)];
  if (!a || !b || a.good < MANY * a.of) return "";
  const digits = frozen.config?.digit === null ? "digits" : `${frozen.config?.digit}s`;
  if (b.good <= FEW * b.of && b.preferred >= BENT * b.of) {
    return `The right artist learned no ${digits}: it bent its judge until noise passed for real.`;
  }
  return b.good >= MANY * b.of ? `Both learned ${digits}: here the judge mends what the artist bends.` : "";
}

/**
 * What the button does, and the one sentence beside it.
 * @returns {{button: string, command: "train"|"pause", can: boolean, kind: "busy"|"ready"|"bad", status: string}}
 */
export function controls(frozen, loose) {
  const both = [frozen, loose], training = both.some(({ state }) => state === "training");
  const open = both.every(({ connection, run }) => connection === "open" && run !== null);
  const can = open && both.every(({ state, asked }) => asked === null && !["starting", "compiling"].includes(state));
  return { button: training ? "Stop" : "Train both", command: training ? "pause" : "train", can, ...said(both, open, training) };
}

function said(both, open, training) {
  const broken = both.find(({ error }) => error);
  if (both.some(({ connection }) => connection === "lost")) return { kind: "bad", status: "The connection to the server is lost. Trying again." };
  if (!open) return { kind: "busy", status: "Connecting to the server." };
  if (broken) return { kind: "bad", status: broken.error };
  if (both.some(({ state }) => state === "compiling")) return { kind: "busy", status: "Compiling the kernels. This happens once and takes up to a minute." };
  if (both.some(({ state }) => state === "starting")) return { kind: "busy", status: "Making both ready." };
  if (training) return { kind: "busy", status: "Both learn." };
  return { kind: "ready", status: both.every(({ iteration }) => iteration === 0) ? "Press Train both. It takes seconds." : "Train both goes on from here." };
}
