/** Says what the live run does and what the user can do. Pure functions. */

import { diverged } from "./state.js";
import { count, duration, elapsed, ENOUGH, goOn, isOwn } from "./words.js";

/** @typedef {import("./state.js").State} State */

/** A status is a sentence and its kind, which decides its style. */
const busy = (text) => ({ kind: "busy", text });
const ready = (text) => ({ kind: "ready", text });
const bad = (text) => ({ kind: "bad", text });

/** Return the status of the live run. @param {State} state */
export function status(state) {
  const { connection, reason, error, asked } = state;
  if (connection === "lost") {
    const why = reason.replace(/\.$/, "");
    if (why) return bad(`The server closed the connection: ${why}. Trying again.`);
    return bad(
      "The connection to the server is lost. Trying again. Training goes on while the server runs.",
    );
  }
  if (error) return bad(error);
  if (connection === "connecting") return busy("Connecting.");
  if (diverged(state)) {
    return bad(
      "This run diverged: its losses are no longer numbers. Press New network.",
    );
  }
  if (asked === "pause") return busy("Stopping after this iteration.");
  if (asked === "step") return busy("The next turns are on their way.");
  if (asked === "reset") return busy("Making a new, untrained network.");
  return stateText(state);
}

/** Return the status for the state of the training process. */
function stateText(state) {
  const isFun = state.asked === "fun";
  switch (state.state) {
    case "starting":
      return busy(`Starting the training process.${isFun ? " Then it trains." : ""}`);
    case "compiling":
      return busy(`Preparing the program${isFun ? ", then training" : ""}.`);
    case "training":
      return busy(training(state));
    case "idle":
      return ready(idle(state));
    case "closed":
      return busy("Another program trains this run.");
    default:
      return ready(`Press ${goOn(state)} to start the training process.`);
  }
}

/** @param {State} state */
function training({ sheet, progress, config, expected, target, iteration }) {
  const drawsNow = areDigits(progress.at(-1) ?? { recognized: 1, of: 1 });
  if (sheet?.most_after && drawsNow && !config?.freeze_switches?.length) {
    return `Learned to draw in ${elapsed(sheet.most_after)}.`;
  }
  if (target !== null) {
    return `Training up to iteration ${count(target)}. Press Stop to pause.`;
  }
  if (expected && !progress.some(areDigits)) {
    return `Training: digits after about ${duration(expected)} in this browser.`;
  }
  return isOwn(config) && iteration >= ENOUGH
    ? "Press Stop as soon as you like yours."
    : "Training. Press Stop to pause.";
}

/** Whether half of a sheet is recognized. */
const areDigits = ({ recognized, of }) => 2 * recognized >= of;

/** Return the sentence about an open run that is not training. */
function idle(state) {
  if (state.iteration === 0) {
    return isOwn(state.config)
      ? "Press Fun: watch them learn yours."
      : "Press Fun: watch them learn.";
  }
  if (isOwn(state.config) && state.iteration >= ENOUGH) {
    return "Here are 64 of yours, ready to save.";
  }
  return `Stopped at iteration ${count(state.iteration)}.`;
}
