/**
 * The settings of a new run as a form has them: which differ from what is recommended, and a link that has them. Pure.
 *
 * @typedef {{digit: number|null, seed: number, network: string, loss: string, freeze: boolean, generator_updates: number,
 *            gamma: number, learning_rate: number, batch: number}} Settings
 */

/** Those that may be left to what is recommended; that depends on DECIDE. */
export const NUMBERS = ["generator_updates", "gamma", "learning_rate", "batch"];
export const DECIDE = ["digit", "network", "loss"];
const OTHERS = ["seed", "freeze"];

/** The query that asks what is recommended. @param {Object} wish */
export function decided(wish) {
  return new URLSearchParams(DECIDE.filter((name) => (wish[name] ?? "") !== "").map((name) => [name, wish[name]])).toString();
}

/** Settings as the fields have them: a number that is recommended is left out. @param {Settings} settings @param {Settings} usual */
export function fields(settings, usual) {
  const text = (name) => (NUMBERS.includes(name) && Number(settings[name]) === usual[name] ? "" : String(settings[name] ?? ""));
  return Object.fromEntries([...DECIDE, ...OTHERS, ...NUMBERS].map((name) => [name, text(name)]));
}

/** The address of the page with the form filled in. @param {Object} wish of the form */
export function link(wish) {
  const given = Object.entries(wish).filter(([, value]) => (value ?? "") !== "" && value !== true);
  return `/?${new URLSearchParams([["new", ""], ...given])}`;
}

/** What such an address asks for, over what the form has anyway; null for any other. @param {string} search @param {Object} wish */
export function fromLink(search, wish) {
  const query = new URLSearchParams(search);
  if (!query.has("new")) return null;
  return Object.fromEntries(Object.entries(wish).map(([name, value]) => [name, query.get(name) ?? value]));
}
