/**
 * A link that repeats a run: its settings, and the iterations at which its lock was
 * pressed. Pure.
 */

import { presses } from "./judge-lock.js";
import { count, runInFull } from "./words.js";

/** Fields whose defaults depend on the fields in DECIDE. */
export const NUMBERS = ["generator_updates", "gamma", "learning_rate", "batch"];
export const DECIDE = ["digit", "network", "loss"];
export const SETTINGS = [...DECIDE, "seed", "freeze", ...NUMBERS];

const FIXED = "all digits"; // what the site trains

/** Return the query of the link to a run. */
export function linkTo(config) {
  const given = SETTINGS.map((name) => [name, config[name] ?? ""]);
  return `?${new URLSearchParams([["new", ""], ...given, [
    "lock",
    config.freeze_switches,
  ]])}`;
}

/**
 * Say what a link plays, from its query and the form's values, and return its presses.
 * isFixed: this page chooses only seed and lock.
 */
export function linkedRun(
  { seed, freeze, ...settings },
  { lock = "", ...linked } = {},
  isFixed = false,
) {
  if (
    ["seed", ...NUMBERS].some((name) => !Number.isFinite(Number(linked[name] ?? 0)))
  ) throw new Error("This link is damaged: its settings must be numbers.");
  const freeze_switches = lock ? lock.split(",").map(Number) : [];
  const { length } = freeze_switches;
  if (
    !/^(\d{1,9}(,\d{1,9})*)?$/.test(lock) ||
    freeze_switches.some((at, index) => at <= freeze_switches[index - 1])
  ) {
    throw new Error(
      "This link is damaged: its lock must have iterations in ascending order.",
    );
  }
  const odd = ["loss", ...NUMBERS].map((name) => [name, settings[name]]).filter((
    [, value],
  ) => value !== null && value !== "relativistic");
  const asked = runInFull({ ...settings, freeze, unusual: Object.fromEntries(odd) })
    .replace(", quick", "");
  const played = isFixed ? FIXED : asked;
  const begin = asked === played
    ? "This link repeats a run of"
    : `This link asks for ${asked}, which needs the program; this page plays`;
  const moves = presses({ freeze: isFixed || freeze, freeze_switches }).map((
    { iteration, open },
  ) => `${open ? "opens" : "shuts"} at iteration ${count(iteration)}`);
  const lockMoves = length
    ? `: the lock ${moves.slice(0, 3).join(", ")}${length > 3 ? ", and so on" : ""}`
    : "";
  return { text: `${begin} ${played}, seed ${seed}${lockMoves}.`, freeze_switches };
}
