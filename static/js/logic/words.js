/** What the training page says: sentences, numbers and the labels of its buttons. Pure. */

import { diverged } from "./state.js";

/** What is said of the networks that the page offers, by the name that the server knows them by. */
const PROMISES = {
  quick: "Noise becomes digits in seconds.",
  digits: "Noise becomes finer digits: one in minutes, all in an hour.",
};

/**
 * The one sentence about the present state, and its kind for the eye ("bad" is also said in words).
 * @param {import("./state.js").State} state of the live run
 * @param {boolean} recorded whether the recorded run is shown in its place
 * @returns {{kind: "busy"|"ready"|"bad", text: string}}
 */
export function status(state, recorded = false) {
  const { connection, reason, error, asked } = state;
  if (connection === "lost") {
    const lost = reason
      ? `The server let this page go: ${reason.replace(/\.$/, "")}. Trying again.`
      : "The connection to the server is lost. Trying again. While the server runs, so does the training.";
    return { kind: "bad", text: lost };
  }
  if (connection === "connecting") return { kind: "busy", text: "Connecting to the server." };
  if (error) return { kind: "bad", text: error };
  if (diverged(state)) {
    return { kind: "bad", text: "This run diverged: its losses are no longer numbers. Reset starts it anew." };
  }
  if (asked === "pause") return { kind: "busy", text: "Stopping after this iteration." };
  if (asked === "reset") return { kind: "busy", text: "Making a new, untrained network." };
  return said(state, recorded);
}

function said(state, recorded) {
  switch (state.state) {
    case "starting":
      return { kind: "busy", text: "Starting the training process." };
    case "compiling":
      return { kind: "busy", text: "Compiling the kernels. This happens once and takes up to a minute." };
    case "training":
      return { kind: "busy", text: state.target === null ? "Training until you press Stop." : `Training up to iteration ${count(state.target)}.` };
    case "idle":
      return { kind: "ready", text: idle(state, recorded) };
    default:
      return { kind: "ready", text: "The training process is not running. Train or Fun starts it." };
  }
}

/** Whether a run can be told what to do. @param {import("./state.js").State} state */
export function isSettled({ connection, run, asked, state }) {
  return connection === "open" && run !== null && asked === null && !["starting", "compiling", "missing"].includes(state);
}

function idle({ iteration, config }, recorded) {
  if (iteration === 0 && config?.freeze === false) return "Press Fun. Here the judge may move while the artist learns: what will become of that?";
  if (iteration === 0) return `Press Fun. ${PROMISES[config?.network] ?? "Noise becomes digits."}`;
  if (recorded) return `Your own run stopped at iteration ${count(iteration)}. Fun goes on with it.`;
  return `Stopped at iteration ${count(iteration)}. Fun goes on from here.`;
}

/** What the judge's word is worth. @param {import("./state.js").Config|null} config */
export function worth(config) {
  return config?.freeze === false ? "Not worth much: this judge is not frozen, and may be bent." : "Half would be a coin’s toss.";
}

/** In how many pairs the judge prefers the real digit, and what that is worth. @param {import("./state.js").Config|null} config */
export function preference(reading, config) {
  const asked = (reading?.prefers_real ?? null) !== null;
  return { value: asked ? `${reading.prefers_real} of ${reading.near.length}` : "–", worth: worth(asked ? config : null) };
}

/** Which buttons can be pressed, and what the one button that changes says: no Stop where the server cannot be told. */
export function controls(state) {
  const training = state.state === "training" && state.connection !== "lost", settled = isSettled(state);
  return {
    fun: training ? "Stop" : "Fun",
    funCommand: training ? "pause" : "fun",
    canFun: settled,
    canTrain: settled && !training,
    canReset: settled && (state.iteration > 0 || training || (state.state === "gone" && state.pictures.length > 0)),
  };
}

/** 1234 as "1,234". */
export function count(number) {
  return number.toLocaleString("en-US");
}

/** A measured number in few digits; "–" where there is none. */
export function measured(number) {
  if ((number ?? null) === null) return "–";
  if (number !== 0 && Math.abs(number) < 0.001) return number.toExponential(1);
  return number.toFixed(Math.abs(number) < 10 ? 3 : 1);
}

/** The change of D's weights during G's update, in words, from a run's config and a row of its metrics. */
export function change(config, row) {
  const value = row?.d_change;
  if (value === 0) return "0 (frozen)";
  const unknown = (value ?? null) === null && config?.freeze !== false;
  return `${measured(value)}${unknown ? "" : " (not frozen)"}`;
}

/** The newest speed, and while a target is set the time until it is reached. */
export function speed(state) {
  const perSecond = state.metrics.at(-1)?.iterations_per_second;
  if (state.state !== "training" || !perSecond) return { speed: "–", left: "–" };
  const left = state.target === null ? "–" : duration((state.target - state.iteration) / perSecond);
  return { speed: `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} it/s`, left };
}

/** Seconds as a person says them. */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** The name of a run for a person: the one that somebody has given it, or what it draws. */
export function runTitle(config, label = null) {
  if (label) return label;
  const what = config.digit === null ? "all digits" : `the digit ${config.digit}`;
  return config.freeze ? what : `${what}, D not frozen`;
}

const CALLED = { loss: "loss", generator_updates: "updates of G", gamma: "penalty", learning_rate: "rate", batch: "batch" };

/** The same with its network. */
export function runAndNetwork(config, label = null) {
  return `${runTitle(config, label)}, ${config.network === "digits" ? "fine" : config.network}`;
}

/** The same with what is unusual about it, for the list of runs: so a copy differs from its original. */
export function runInFull(config) {
  const odd = Object.entries(config.unusual ?? {}).map(([name, value]) => `, ${CALLED[name]} ${value}`);
  return `${runAndNetwork(config)}${odd.join("")}`;
}

/**
 * What stands beside the switch, and on it; who only watches has no run of their own.
 * @param {State|null} chosen the one that is not the person's own, where they chose it
 */
export function which(shown, own, watching = false, chosen = null) {
  const [open, Open] = watching ? ["the run that is open", "The run that is open"] : ["your own run", "Your own run"];
  const meanwhile = own.state === "training" ? ` ${Open} goes on meanwhile.` : "";
  const far = `${count(shown.iteration)} iterations of ${runTitle(shown.config ?? {}, shown.label)}`;
  if (shown.recorded) return { text: `Recorded: ${far}, made earlier.${meanwhile}`, other: `Show ${open}` };
  if (shown.run !== own.run) return { text: `Chosen: ${far}.${meanwhile}`, other: "Show the run that is open" };
  return { text: "", other: chosen === null || chosen.recorded ? "Show a run made earlier" : "Show the chosen run" };
}
