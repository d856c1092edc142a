/** Sentences, numbers and button texts about a run. Pure functions. */

import { BEGINNING, diverged } from "./state.js";

/** @typedef {import("./state.js").State} State */

/** Whether a run trains on the user’s own pictures, whose labels have names. */
export const isOwn = (config) => Boolean(config?.names?.length);

/** Whether the run accepts commands now or soon. */
function takesCommands({ connection, run, asked, state }) {
  return connection === "open" && run !== null && asked === null && state !== "missing";
}

/** Whether the run accepts commands now. */
function isSettled(state) {
  return takesCommands(state) && !BEGINNING.includes(state.state);
}

/**
 * Iterations after which a run on the user's drawings draws legibly and with variety
 * (docs/notebook.md).
 */
export const ENOUGH = 300;

/** Return the text of the button that starts or continues training. */
export const goOn = ({ iteration }) => (iteration > 0 ? "Go on" : "Fun");

/**
 * Whether a new network replaces a run and deletes its history, instead of beginning
 * another run. The iteration is also 0 if the run could not be opened.
 * @param {Pick<State, "config"|"iteration">} run
 */
export const isReplaced = ({ config, iteration }) => isOwn(config) || iteration === 0;

/**
 * Whether the artist's turns change the judge now: each switch of the lock reverses how
 * the run began.
 */
export function isUnlocked(config) {
  return config?.freeze === ((config?.freeze_switches?.length ?? 0) % 2 === 1);
}

/** Explain how much `preference` is worth. @param {number} of the number of pairs */
export function worth(config, of) {
  return isUnlocked(config)
    ? "Not worth much: this judge is not locked."
    : `${of / 2} of ${of} would be guessing.`;
}

/** Say in how many pairs the judge prefers the real digit. */
export function preference(reading, config) {
  if ((reading?.prefers_real ?? null) === null) return { value: "–", worth: "" };
  const of = reading.near?.length ?? 64;
  return { value: `${reading.prefers_real} of ${of}`, worth: worth(config, of) };
}

/**
 * Return which buttons are enabled, and the text and command of the main button.
 * @param {State} state
 */
export function controls(state) {
  const training = state.state === "training" && state.connection !== "lost";
  const settled = isSettled(state);
  const [fun, funCommand] = training ? ["Stop", "pause"] : [goOn(state), "fun"];
  const { iteration, pictures } = state;
  return {
    fun,
    funCommand,
    // If Fun is pressed too early, training starts when the program is ready.
    canFun: takesCommands(state),
    canTrain: settled && !training,
    canLock: settled,
    lockCommand: isUnlocked(state.config) ? "lock" : "unlock",
    renews: (!training || diverged(state)) &&
      (iteration > 0 || (state.state === "gone" && pictures.length > 0)),
  };
}

/** Format 1234 as "1,234". */
export function count(number) {
  return number.toLocaleString("en-US");
}

/** Format a measured number with few digits; "–" for null. */
export function measured(number) {
  if ((number ?? null) === null) return "–";
  if (number !== 0 && Math.abs(number) < 0.001) return number.toExponential(1);
  return number.toFixed(Math.abs(number) < 10 ? 3 : 1);
}

/**
 * Say how much the judge's weights changed during the artist's turn, according to a row
 * of metrics.
 */
export function change(config, row) {
  const value = row?.d_change;
  if (value === 0) return "0 (locked)";
  const unknown = (value ?? null) === null && !isUnlocked(config);
  return `${measured(value)}${unknown ? "" : " (not locked)"}`;
}

/** Return the speed, and the time left until the target. */
export function speed(state) {
  const perSecond = state.metrics.at(-1)?.iterations_per_second;
  if (state.state !== "training" || !perSecond) return { speed: "–", left: "–" };
  const left = state.target === null
    ? "–"
    : duration((state.target - state.iteration) / perSecond);
  return { speed: `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} it/s`, left };
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Format seconds exactly: "0.5 s" or "2 min 5 s". */
export function elapsed(seconds) {
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Return the names of the labels that a run draws; none for digits. */
function labels({ digit, names = [] }) {
  return digit === null ? names : names.slice(digit, digit + 1);
}

/** Name the file of a sheet: "star-64.png". */
export function sheetFile(config) {
  const words = `${labels(config)} 64`.match(/[\p{L}\p{M}\p{N}]+/gu);
  return `${words.join("-")}.png`;
}

/** Return the title of a run: its label, or what it draws. */
export function runTitle(config, label = null) {
  if (label) return label;
  const { digit } = config;
  const own = labels(config).join(", ");
  const what = own || (digit === null ? "all digits" : `the digit ${digit}`);
  return isUnlocked(config) ? `${what}, judge not locked` : what;
}

const CALLED = {
  loss: "loss",
  generator_updates: "artist’s turns",
  gamma: "penalty",
  learning_rate: "rate",
  batch: "batch",
};

export function runAndNetwork(config, label = null) {
  return `${runTitle(config, label)}, ${
    config.network === "digits" ? "fine" : config.network
  }`;
}

/**
 * Return the title, the network and the unusual settings, so that a copy differs from
 * its original.
 */
export function runInFull(config) {
  const odd = Object.entries(config.unusual ?? {}).map(([name, value]) =>
    `, ${CALLED[name]} ${value}`
  );
  return `${runAndNetwork(config)}${odd.join("")}`;
}
