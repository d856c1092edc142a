/**
 * One iteration as seven steps: what each says, shows and lights up. All numbers are the server's. Pure.
 *
 * @typedef {Object} Iteration as gan/web/one_iteration.py tells it: logits, losses and changes by name, PNGs in base64
 * @typedef {{said: string, g: string, d: string, active: string[], rows: string[], way: Record<string, string>}} Step
 *   active: the players and rows it is about; rows: those that are there; way: of each arrow, "on", "back" or ""
 */

import { atEnd } from "./slides.js";

export const STEPS = [1, 2, 3, 4, 5, 6, 7];

/** How likely D holds something to be real, from its logit, as "62 %". */
export function percent(logit) {
  return `${Math.round(100 * sigmoid(logit))} %`;
}

/** The same for a row: the mean of the likelihoods. @param {number[]} logits */
export function mean(logits) {
  return `${Math.round((100 * logits.map(sigmoid).reduce((a, b) => a + b)) / logits.length)} %`;
}

/** How far weights moved; only what did not move at all is "0". */
export function moved(change) {
  return change === 0 ? "exactly 0" : change.toPrecision(2);
}

/** A loss in three digits. */
export function loss(value) {
  return value.toFixed(3);
}

/** @param {Iteration} it @param {number} step 1 to 7 @returns {Step} */
export function describe(it, step) {
  const rows = ["drawn", "real", "gradient", "again"].filter((row) => step >= SINCE[row]);
  const [g, d] = players(it, step);
  const said = `Step ${step} of ${STEPS.length}. ${sentence(it, step)}`;
  return { said, g, d, rows, active: ACTIVE[step], way: WAY[step] };
}

/** What stands below a picture: D's word, where the loss pulls it, or how it has changed. @param {number} index */
export function number(it, row, step, index) {
  if (row === "gradient" || step < SINCE[row] || step === 1) return "";
  if (row === "again") return percent(it.again_after[index]);
  const before = it[`${row}_before`][index], after = it[`${row}_after`][index];
  if (step === 2) return percent(before);
  if (step === 3) return `${percent(before)} ${pull(it[`${row}_pull`][index])}`;
  if (step === 4) return `${percent(before).replace(" %", "")} → ${percent(after)}`;
  return row === "drawn" && step === 6 ? `${percent(after)} ${pull(it.g_pull[index])}` : percent(after);
}

/** What is said of a picture to those who do not see it. */
export function alternative(it, row, index) {
  const maps = "A red and blue map of the drawing";
  const names = { real: "A real digit", drawn: "A drawing", gradient: maps, again: "The drawing again" };
  return `${names[row]}, ${index + 1} of ${it.real.length}`;
}

/** What the large button says. @param {import("./slides.js").Show|null} show @param {boolean} calm nothing plays */
export function offer(show, calm) {
  if (!show) return "Play one iteration";
  if (calm || atEnd(show)) return "Play another";
  return show.playing ? "Pause" : "Go on";
}

const SINCE = { drawn: 1, real: 2, gradient: 6, again: 7 }; // the step from which a row is there
const ACTIVE = {
  1: ["g", "drawn"], 2: ["d", "real", "drawn"], 3: ["d", "real", "drawn"], 4: ["d", "real", "drawn"],
  5: ["d", "drawn"], 6: ["d", "drawn", "gradient"], 7: ["g", "d", "again"],
};
const STILL = { g: "", d: "" };
const WAY = {
  1: { ...STILL, g: "on" }, 2: { ...STILL, d: "on" }, 3: STILL, 4: { ...STILL, d: "on" },
  5: { ...STILL, d: "on" }, 6: { g: "back", d: "back" }, 7: { g: "on", d: "on" },
};

function sentence(it, step) {
  const drawn = [mean(it.drawn_before), mean(it.drawn_after), mean(it.again_after)];
  const bent = `The error goes back through D, which was not frozen: its weights moved by ${moved(it.d_change_in_g)}.`;
  const frozen = "The error goes back through the frozen D to the pixels: blue wants more ink, red less. "
    + "D’s weights moved by exactly 0.";
  return {
    1: `The artist (G) draws ${it.real.length} pictures, each from ${it.latent} random numbers.`,
    2: `The judge (D) holds the real digits for real with ${mean(it.real_before)}, the drawings with ${drawn[0]}.`,
    3: `D’s loss is ${loss(it.d_loss)}. The error goes back through D: `
      + "up with the real ones, down with the drawings.",
    4: `D moves. Of the same pictures it now says ${mean(it.real_after)} and ${drawn[1]}; `
      + `its loss is ${loss(it.d_loss_after)}, and was ${loss(it.d_loss)}.`,
    5: `Now G’s turn. The moved D judges the same drawings: ${drawn[1]}. So G’s loss is ${loss(it.g_loss)}.`,
    6: it.d_change_in_g === 0 ? frozen : bent,
    7: `G moves, and draws from the same numbers: ${drawn[2]} instead of ${drawn[1]}. `
      + `Its loss is ${loss(it.g_loss_after)}, and was ${loss(it.g_loss)}.`,
  }[step];
}

/** What stands in the boxes of G and D. */
function players(it, step) {
  const held = it.d_change_in_g === 0 ? "frozen, moved by" : "not frozen, moved by";
  return {
    1: ["draws", "waits"],
    2: ["waits", "judges"],
    3: ["waits", `loss ${loss(it.d_loss)}`],
    4: ["waits", `moved by ${moved(it.d_change)}`],
    5: ["waits", `G’s loss ${loss(it.g_loss)}`],
    6: ["listens", `${held} ${moved(it.d_change_in_g)}`],
    7: [`moved by ${moved(it.g_change)}`, "judges"],
  }[step];
}

/** Up or down, as a step against d loss / d logit goes. */
function pull(slope) {
  return slope < 0 ? "↑" : "↓";
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
