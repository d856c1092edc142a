/** A request to write a number: address, checks and line breaks. Pure functions. */

import { count } from "./words.js";

/** Remove parameters equal to their defaults, except the number and the seed. */
export function withoutDefaults(params, defaults) {
  return Object.fromEntries(
    Object.entries(params).filter(([name, value]) =>
      /^(number|seed)$/.test(name) || value !== defaults[name]
    ),
  );
}

/** Read the known parameters from a query. */
export function fromQuery(query, defaults) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, given.get(name) ?? value]),
  );
}

/** Return a warning that names a link's unknown parameters; "" if there are none. */
export function unknownIn(query, defaults) {
  const names = [...new URLSearchParams(query).keys()].filter((name) =>
    name !== "kiosk" && !(name in defaults)
  );
  const begin = "The link has unknown parameters, so the number may look different";
  return names.length ? `${begin}: ${names.join(", ")}.` : "";
}

/** Return the address of a picture. */
export function address(params, format, more = {}) {
  return `/api/write?${new URLSearchParams({ ...params, format, ...more })}`;
}

/** Whether addresses with this host name work on this computer only. */
export const isLocal = (host) =>
  /^(127\.|0\.0\.0\.0$|\[::1?]$|(.+\.)?localhost$)/.test(host);

export const progress = (run) =>
  run ? `It is at iteration ${count(run.iteration)}.` : "";

export function fileName(number, ending) {
  const name = number.replace(/[^0-9.,-]+/g, "_").replace(/^[_.,-]+|[_.,-]+$/g, "")
    .slice(0, 64);
  return `${name || "number"}${ending}`;
}

/** Return the alternative text of the picture. */
export function spoken(number) {
  return `${number.trim().replace(/\s+/g, " ")} in handwriting`;
}

// Characters per line, to be tried in order. On a phone, lines of 20 characters make
// digits 20 pixels high.
const WIDTHS = [20, 32, 64];
const MOST_LINES = 40; // LINES in gan/write/options_and_limits.py

/**
 * Say why a text cannot be written; "" if it can.
 * @param {string} signs the accepted signs, as named in the message
 * @param {string} can all characters that the server accepts
 */
export function inputError(text, signs, can) {
  const characters = Array.from(text);
  // As in Python's check_text, any white space but a line break counts as a space.
  const isKnown = (one) => can.includes(/[^\S\n]/.test(one) ? " " : one);
  const at = characters.findIndex((one) => !isKnown(one));
  const typed = lineCount(text);
  if (at < 0) {
    if (text.length < 65 * MOST_LINES && lineCount(wrapLines(text)) <= MOST_LINES) {
      return "";
    }
    const many = typed > MOST_LINES
      ? `${count(typed)} lines`
      : `${count(text.length)} characters`;
    return `${many} are too many: at most ${MOST_LINES} lines of 64 can be written. See “Many numbers”.`;
  }
  const lines = characters.slice(0, at + 1).join("").split("\n");
  const line = lines.length > 1 ? `line ${lines.length}, ` : "";
  const where = `${line}character ${[...lines.at(-1)].length}`;
  const sign = characters[at];
  return `“${sign}” (${where}) cannot be written: only digits, spaces and ${signs} can.`;
}

const lineCount = (text) => text.split("\n").length;

/** Return a file's text, or of a CSV file the first column without its header. */
export function firstColumn(text, name) {
  if (!/csv$/i.test(name)) return text.trimEnd();
  const lines = text.split(/\s*\n/);
  const decimals = !/^\D*,/.test(lines[0]) && /^[+-]?\d+,\d/m.test(text);
  const mark = [";", "\t"].find((one) => lines[0].includes(one)) ??
    (decimals ? "\n" : ",");
  const cells = lines.map((line) => line.match(/^"([^"]*)/)?.[1] ?? line.split(mark)[0])
    .filter(Boolean);
  if (/^\D*\p{L}\D*$/u.test(cells[0])) cells.shift();
  return cells.join("\n");
}

/** Break long lines, at spaces if possible. */
export function wrapLines(text) {
  const all = WIDTHS.map((most) => broken(text, most));
  return all.find((found) => lineCount(found) <= MOST_LINES) ?? all.at(-1);
}

/** Break lines of more than `most` characters. */
function broken(text, most) {
  const written = [];
  let start = 0; // start of the line
  for (const one of text) {
    written.push(one);
    if (one === "\n") start = written.length;
    if (written.length - start <= most) continue;
    const space = written.lastIndexOf(" ");
    if (space > start) written[space] = "\n";
    else written.splice(-1, 0, "\n");
    start = space > start ? space + 1 : written.length - 1;
  }
  return written.join("");
}
