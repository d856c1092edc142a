/**
 * A link that repeats a run: its settings, and the iterations at which the lock was
 * pressed. Pure functions.
 */

import { presses } from "./judge-lock.js";
import { count, runInFull } from "./words.js";

/** Number fields, whose defaults depend on the fields in DECIDE. */
export const NUMBERS = ["generator_updates", "gamma", "learning_rate", "batch"];
export const DECIDE = ["digit", "network", "loss"];
export const SETTINGS = [...DECIDE, "seed", "freeze", ...NUMBERS];

const FIXED = "all digits"; // what the site trains

/** Return the query of the link to a run. */
export function linkTo(config) {
  const query = new URLSearchParams({ new: "" });
  for (const name of SETTINGS) query.set(name, config[name] ?? "");
  query.set("lock", config.freeze_switches);
  return `?${query}`;
}

/**
 * Describe the run that a link repeats as `text`, and return the presses of its lock as
 * `freeze_switches`.
 * @param {ReturnType<typeof import("../lib/form.js").formValues>} values
 * @param {Record<string, string>} query
 * @param {boolean} isFixed whether this page can only choose the seed and the lock
 */
export function linkedRun(
  { seed, freeze, ...settings },
  { lock = "", ...linked } = {},
  isFixed = false,
) {
  for (const name of ["seed", ...NUMBERS]) {
    if (Number.isFinite(Number(linked[name] ?? 0))) continue;
    throw new Error("This link is damaged: its settings must be numbers.");
  }
  const freeze_switches = pressesIn(lock);
  const odd = ["loss", ...NUMBERS].map((name) => [name, settings[name]]);
  const unusual = odd.filter(([, value]) => value !== null && value !== "relativistic");
  const asked = runInFull({ ...settings, freeze, unusual: Object.fromEntries(unusual) })
    .replace(", quick", "");
  const played = isFixed ? FIXED : asked;
  const begin = asked === played
    ? "This link repeats a run of"
    : `This link asks for ${asked}, which needs the program; this page plays`;
  const locked = isFixed || freeze === true;
  const moves = movesOf(presses({ freeze: locked, freeze_switches }));
  return { text: `${begin} ${played}, seed ${seed}${moves}.`, freeze_switches };
}

/** Parse the iterations of a link's lock, such as "100,250". Throws if damaged. */
function pressesIn(lock) {
  const all = lock ? lock.split(",").map(Number) : [];
  const isAscending = all.every((at, index) => index === 0 || at > all[index - 1]);
  if (/^(\d{1,9}(,\d{1,9})*)?$/.test(lock) && isAscending) return all;
  throw new Error(
    "This link is damaged: its lock must have iterations in ascending order.",
  );
}

/** Say when a lock opens and shuts; "" if it is never pressed. */
function movesOf(pressed) {
  const moves = pressed.slice(0, 3).map(({ iteration, open }) =>
    `${open ? "opens" : "shuts"} at iteration ${count(iteration)}`
  );
  const more = pressed.length > 3 ? ", and so on" : "";
  return moves.length ? `: the lock ${moves.join(", ")}${more}` : "";
}
