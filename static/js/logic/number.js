/** What the writer is asked for, and the addresses and the command that ask it. Pure. */

import { count } from "./words.js";

/**
 * By the names of `GET /api/write`, in strings. `usual` is what the server takes unless told otherwise.
 * @typedef {Record<string, string>} Wish
 */

/** Number and seed, and whatever is not usual. @param {Wish} wish @param {Wish} usual */
export function told(wish, usual) {
  return Object.fromEntries(Object.entries(wish).filter(([name, value]) => /^(number|seed)$/.test(name) || value !== usual[name]));
}

/** From a query: what is not there is usual, and only known names count. @param {Wish} usual */
export function fromQuery(query, usual) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, given.get(name) ?? value]));
}

/** The address of a picture. @param {Wish} asked @param {"png"|"svg"|"animated"|"strokes"|"json"} format */
export function address(asked, format, more = {}) {
  return `/api/write?${new URLSearchParams({ ...asked, format, ...more })}`;
}

const SAVED = "my-handwriting.json"; // as the page /mine saves it

/** Whether a run of `GET /api/runs` is one's own whose network can write. */
export const writes = ({ labels, recorded, iteration }) => Boolean(labels && !recorded && iteration);

/** How far it is. */
export const learned = (run) => (run ? `It stands at iteration ${count(run.iteration)}. If it writes blots, train it longer.` : "");

/** The command that writes what is told. @param {{runs: string, python: string}} place the runs' folder, the interpreter */
export function command({ number, run, mine, ...others }, { runs, python }) {
  const model = run?.split(",").map((name) => `${runs}/${name.replace(".", "/")}/generator.safetensors`);
  const words = Object.entries({ ...others, model, mine: mine && SAVED }).flatMap(([name, value]) => (value ? [`--${name}`, value].flat() : []));
  const text = number.replaceAll("\n", "\\n");
  const all = ["-o", fileName(number, ".svg"), ...words];
  if (number.startsWith("-")) all.push("--", text); // or it would be an option
  else all.unshift(text);
  return [python, "-m", "gan.write", ...all].map(quoted).join(" ");
}

/** Quoted for a shell where it must be: within "" a $ would be a variable. */
function quoted(text) {
  if (/^[\w.:/,+-]+$/.test(text)) return text;
  return text.includes("$") ? `'${text}'` : `"${text}"`;
}

/** A file name for a download. */
export function fileName(number, ending) {
  const name = number.replace(/[^0-9.,-]+/g, "_").replace(/^[_.,-]+|[_.,-]+$/g, "").slice(0, 64);
  return `${name || "number"}${ending}`;
}

/** What is read aloud. */
export function spoken(number) {
  return `${number.trim().replace(/\s+/g, " ")} in handwriting`;
}

/** Long lines broken so that digits stay large, and the choices of digits through every change of the text. Pure. */

const WIDTHS = [20, 32, 64]; // characters a line: on a phone digits 20 pixels high; more where it takes too many lines
const MOST_LINES = 20; // LINES in gan/write/request.py

/** What is wrong with a text; "" where nothing is. @param {string} signs @param {string} can all that the server understands */
export function problem(text, signs, can) {
  const characters = Array.from(text), at = characters.findIndex((one) => !can.includes(one));
  const count = text.split("\n").length;
  if (at < 0) return count > MOST_LINES ? `${count} lines are too many: at most ${MOST_LINES} can be written.` : "";
  const lines = characters.slice(0, at + 1).join("").split("\n"), where = lines.length > 1 ? `line ${lines.length}, ` : "";
  return `“${characters[at]}” (${where}character ${[...lines.at(-1)].length}) cannot be written: only digits, spaces and ${signs} can.`;
}

/** Without what has no width and no ink: so positions are those of the server. */
export function clean(text) {
  return text.replace(/[\p{Cf}\u2065]/gu, "");
}

/**
 * A text whose long lines are broken, at spaces if there are any.
 * @returns {{text: string, places: number[]}} for each character where it was; -1 for a break between two
 */
export function wrapped(text) {
  const all = WIDTHS.map((most) => broken(text, most));
  return all.find((found) => found.text.split("\n").length <= MOST_LINES) ?? all.at(-1);
}

function broken(text, most) {
  const written = []; // characters, each with its place
  let start = 0; // of the line
  text.split("").forEach((one, place) => {
    written.push([one, place]);
    if (one === "\n") start = written.length;
    if (written.length - start <= most) return;
    const space = written.findLastIndex(([before]) => before === " ");
    if (space > start) written[space][0] = "\n"; // it was a space
    else written.splice(-1, 0, ["\n", -1]);
    start = space > start ? space + 1 : written.length - 1;
  });
  return { text: written.map(([one]) => one).join(""), places: written.map(([, place]) => place) };
}

/** "3:2,7:1" as pairs of a position and a variant; null for what is not so. */
function pairs(choices) {
  if (!/^(\d+:\d+(,\d+:\d+)*)?$/.test(choices)) return null;
  return choices === "" ? [] : choices.split(",").map((pair) => pair.split(":").map(Number));
}

/** The same choices at other positions, those at none (-1) dropped. @param {(position: number) => number} to */
export function moved(choices, to) {
  const found = pairs(choices)?.map(([position, variant]) => [to(position), variant]).filter(([position]) => position >= 0);
  return found ? joined(found) : choices; // what cannot be read is for the server to complain of
}

/** With another choice at a position; variant 0 is none. */
export function chosen(choices, position, variant) {
  const others = (pairs(choices) ?? []).filter(([other]) => other !== position);
  return joined(variant === 0 ? others : [...others, [position, variant]]);
}

/** After an edit: what was chosen before it stays, behind it moves along, within it is dropped. */
export function shifted(choices, before, after) {
  const least = Math.min(before.length, after.length);
  let start = 0, end = 0; // how much is the same at both ends
  while (start < least && before[start] === after[start]) start += 1;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return moved(choices, (position) => {
    if (position < start) return position;
    return position >= before.length - end ? position + after.length - before.length : -1;
  });
}

/** The text up to a digit with nothing but its likes in it: it is written as in the whole, and little else need be. */
export function alike(text, position) {
  return text.slice(0, position + 1).replace(/[^\n]/g, (one) => (one === text[position] ? one : " "));
}

function joined(found) {
  return found.sort(([a], [b]) => a - b).map((pair) => pair.join(":")).join();
}
