/** What the writer may be asked for, and the address that asks it. Pure. */

/** @typedef {{number: string, seed: string, ink: string, size: string, hand: string}} Wish */

/** What is wrong with a text as a number to be written; null where nothing is. */
export function problem(text, longest) {
  const characters = Array.from(text);
  const bad = characters.find((character) => !/[0-9 -]/.test(character));
  if (bad !== undefined) return `“${bad}” cannot be written: only the digits 0 to 9, spaces and - can.`;
  if (characters.length > longest) {
    return `That is ${characters.length} characters; at most ${longest} can be written at once.`;
  }
  if (text.trim() === "") return "Type a number to see it in handwriting.";
  return null;
}

/** What is wrong with a text as a seed; null where nothing is. @param {string} text @param {number} most */
export function seedProblem(text, most) {
  if (/^\d+$/.test(text) && Number(text) <= most) return null;
  return `The seed must be a whole number from 0 to ${most.toLocaleString("en-US")}.`;
}

/** The address of a written number. @param {Wish} wish @param {"png"|"svg"|"json"} format */
export function address(wish, format) {
  return `/api/write?${new URLSearchParams({ ...wish, format })}`;
}

/** The wish in a page's own address, over the given one; only known names count. */
export function fromQuery(query, wish) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(Object.entries(wish).map(([name, value]) => [name, given.get(name) ?? value]));
}

/** A file name for a download. */
export function fileName(number, format) {
  return `${number.trim().replace(/[^0-9-]+/g, "_")}.${format}`;
}

/** A day as people type it: 2026-11-25. */
export function day(date) {
  const two = (part) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
