/** The lock of the judge, and the sentence below the sheet. Pure functions. */

import { progressUpTo } from "./state.js";
import { goOn, isOwn, isUnlocked } from "./words.js";

/** Return the SVG path of the padlock in templates/sheet.html, 16 × 16 pixels. */
export const padlock = (open) =>
  `M4 7V5a4 4 0 0 1 ${open ? "7-2.6" : "8 0v2"}M3 7h10v7H3z`;

/**
 * @typedef {{iteration: number, open: boolean}} Press of the lock: whether it is open
 *   from this iteration on
 */

/**
 * Return every press of a run.
 * @param {Pick<import("./state.js").Config, "freeze"|"freeze_switches">|null} config
 * @returns {Press[]}
 */
export function presses(config) {
  return (config?.freeze_switches ?? []).map((iteration, index) => ({
    iteration,
    open: config.freeze === (index % 2 === 0),
  }));
}

/**
 * Whether an unlocked judge takes bad drawings for real digits: fewer than half are
 * recognized, but it rates nine in ten above the median real digit.
 */
export function isFooled({ config, answer, progress }) {
  const { recognized, of } = progress.at(-1) ?? {};
  const drawn = answer?.scale?.drawn;
  if (!drawn || !isUnlocked(config) || config.loss !== "relativistic") return false;
  return 2 * recognized < of &&
    10 * drawn.filter((rating) => rating > 0).length >= 9 * drawn.length;
}

/** What an open lock does, in a sentence. */
export const UNLOCKED =
  "Unlocked: the artist now changes the judge, too. Its hints stop helping.";

const NOISE = 15; // iterations in which the artist draws noise
const FEW_NOISE = 5; // the same for a run on the user's drawings
// While a run trains, the best of the last RECENT sheets since the last press of the
// lock counts, so that the sentence does not flicker.
const RECENT = 5;

/**
 * Return the sentence below the sheet of an iteration.
 * @param {import("./state.js").State} state
 */
export function story(state, iteration) {
  const { config } = state;
  const counted = state.state === "training" ? RECENT : 1;
  const pressed = config?.freeze_switches?.at(-1) ?? -1;
  const sheets = progressUpTo(state, iteration).slice(-counted).filter((sheet) =>
    sheet.iteration > pressed
  );
  const share = Math.max(0, ...sheets.map(({ recognized, of }) => recognized / of));
  if (isUnlocked(config)) return unlocked(state, share);
  if (iteration < (isOwn(config) ? FEW_NOISE : NOISE) && share < 0.1) return "Noise.";
  if (share >= 0.5) return "Digits.";
  if (pressed >= 0) return "Locked again: first the judge heals, then the drawings.";
  if (isOwn(config)) return "The artist never saw yours, only the judge’s hints.";
  return "Strokes: the judge’s hints say where ink belongs.";
}

/** Return the sentence while the judge is unlocked. */
function unlocked(run, share) {
  const { config, state, iteration } = run;
  if (state !== "training" && (config.freeze_switches?.at(-1) ?? 0) === iteration) {
    return `Unlocked. Press ${goOn(run)}: the artist changes the judge, too.`;
  }
  if (config.loss === "classic" && share >= 0.25) {
    return "Unlocked. With the classic loss, that hardly matters.";
  }
  return UNLOCKED;
}
