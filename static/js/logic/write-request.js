/** A number to write: the request, its addresses, line breaks, and the variants of its digits. Pure. */

import { count } from "./words.js";

/** Return number and seed, and the parameters that differ from the defaults. */
export function withoutDefaults(params, defaults) {
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => /^(number|seed)$/.test(name) || value !== defaults[name]));
}

/** Read the known parameters from a query. */
export function fromQuery(query, defaults) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, given.get(name) ?? value]));
}

/** Return the address of a picture. Only a plotter needs millimetres. */
export function address({ digit_mm = "8", ...params }, format, more = {}) {
  const plotted = format === "strokes" && { digit_mm };
  return `/api/write?${new URLSearchParams({ ...params, format, ...plotted, ...more })}`;
}

/** Whether the addresses of a host work on this computer only. */
export const isLocal = (host) => /^(127\.|0\.0\.0\.0$|\[::1?]$|(.+\.)?localhost$)/.test(host);

export const progress = (run) => (run ? `It is at iteration ${count(run.iteration)}.` : "");

export function fileName(number, ending) {
  const name = number.replace(/[^0-9.,-]+/g, "_").replace(/^[_.,-]+|[_.,-]+$/g, "").slice(0, 64);
  return `${name || "number"}${ending}`;
}

/** Return the alternative text of the picture. */
export function spoken(number) {
  return `${number.trim().replace(/\s+/g, " ")} in handwriting`;
}

const WIDTHS = [20, 32, 64]; // characters per line, fewest first; on a phone, 20 make digits 20 pixels high
const MOST_LINES = 40; // LINES in gan/write/options_and_limits.py

/** Return the error in a text, or "". @param {string} can all characters that the server accepts */
export function inputError(text, signs, can) {
  const characters = Array.from(text), at = characters.findIndex((one) => !can.includes(one)), typed = lineCount(text);
  if (at < 0) {
    if (text.length < 65 * MOST_LINES && lineCount(wrapLines(text).text) <= MOST_LINES) return "";
    const many = typed > MOST_LINES ? `${count(typed)} lines` : `${count(text.length)} characters`;
    return `${many} are too many: at most ${MOST_LINES} lines of 64 can be written. See “Many numbers”.`;
  }
  const lines = characters.slice(0, at + 1).join("").split("\n"), where = lines.length > 1 ? `line ${lines.length}, ` : "";
  return `“${characters[at]}” (${where}character ${[...lines.at(-1)].length}) cannot be written: only digits, spaces and ${signs} can.`;
}

const lineCount = (text) => text.split("\n").length;

/** Return the text of a file; of a CSV file its first column without a header. */
export function firstColumn(text, name) {
  if (!/csv$/i.test(name)) return text.trimEnd();
  const lines = text.split(/\s*\n/), decimals = !/^\D*,/.test(lines[0]) && /^[+-]?\d+,\d/m.test(text);
  const mark = [";", "\t"].find((one) => lines[0].includes(one)) ?? (decimals ? "\n" : ",");
  const cells = lines.map((line) => line.match(/^"([^"]*)/)?.[1] ?? line.split(mark)[0]).filter(Boolean);
  if (/^\D*\p{L}\D*$/u.test(cells[0])) cells.shift();
  return cells.join("\n");
}

/** Remove zero-width characters, as the server does, so that positions agree. */
export function withoutInvisible(text) {
  return text.replace(/[\p{Cf}\u2065]/gu, "");
}

/**
 * Break long lines, at spaces if possible.
 * @returns {{text: string, places: number[]}} for each character its index in the original; -1 for an added break
 */
export function wrapLines(text) {
  const all = WIDTHS.map((most) => broken(text, most));
  return all.find((found) => lineCount(found.text) <= MOST_LINES) ?? all.at(-1);
}

function broken(text, most) {
  const written = []; // pairs of a character and its original index
  let start = 0; // start of the line
  text.split("").forEach((one, place) => {
    written.push([one, place]);
    if (one === "\n") start = written.length;
    if (written.length - start <= most) return;
    const space = written.findLastIndex(([before]) => before === " ");
    if (space > start) written[space][0] = "\n";
    else written.splice(-1, 0, ["\n", -1]);
    start = space > start ? space + 1 : written.length - 1;
  });
  return { text: written.map(([one]) => one).join(""), places: written.map(([, place]) => place) };
}

/** Parse "3:2,7:1" as pairs of position and variant; null if invalid. */
export function pairs(choices) {
  if (!/^(\d+:\d+(,\d+:\d+)*)?$/.test(choices)) return null;
  return choices === "" ? [] : choices.split(",").map((pair) => pair.split(":").map(Number));
}

/** Move choices to other positions; drop those at -1. */
export function moveChoices(choices, to) {
  const found = pairs(choices)?.map(([position, variant]) => [to(position), variant]).filter(([position]) => position >= 0);
  return found ? joined(found) : choices; // the server reports invalid choices
}

/** Set the variant at a position; 0 removes the choice. */
export function withChoice(choices, position, variant) {
  const others = (pairs(choices) ?? []).filter(([other]) => other !== position);
  return joined(variant === 0 ? others : [...others, [position, variant]]);
}

/** Adjust choices to an edit: keep those before it, move those after it, drop those inside. */
export function shiftChoices(choices, before, after) {
  const least = Math.min(before.length, after.length);
  let start = 0, end = 0; // lengths of the common prefix and suffix
  while (start < least && before[start] === after[start]) start += 1;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return moveChoices(choices, (position) => {
    if (position < start) return position;
    return position >= before.length - end ? position + after.length - before.length : -1;
  });
}

/** Blank all characters but those equal to the one at a position, and cut the text there, so that the digit looks the same. */
export function blankOthers(text, position) {
  return text.slice(0, position + 1).replace(/[^\n]/g, (one) => (one === text[position] ? one : " "));
}

function joined(found) {
  return found.sort(([a], [b]) => a - b).map((pair) => pair.join(":")).join();
}
