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
