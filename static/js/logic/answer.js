/**
 * What the judge's answer about one drawing is in words. Pure.
 *
 * The server computes it (gan/runs/explain_drawing.py): the drawing beside its nearest real digit, what the judge and the
 * classifier say of it, and the drawing a step along the gradient of the judge's logit. Of a picture that was kept
 * there is no judge any more (gan/web/services/drawing.py): what is the judge's is missing then.
 *
 * @typedef {object} Answer
 * @property {string} run
 * @property {number} iteration
 * @property {number} drawing its place on the sheet, from 0
 * @property {number|null} asked which digit it should be; null where G draws what it likes
 * @property {number|null} digit as which one it is read; null: nobody reads
 * @property {number|null} confidence
 * @property {number} sure from this confidence on the classifier is
 * @property {boolean|null} near whether it is near a real digit of the kind asked for
 * @property {number} [prefers_real] to how many of so many real digits it loses
 * @property {number} [would_prefer_real] to how many after the step
 * @property {number} [of]
 * @property {number} real_digit
 * @property {{drawing: string, real: string, wanted?: string, gradient?: string}} png each in base64
 */

import { one, side } from "./labels.js";
import { worth } from "./words.js";

const COUNT = 64; // drawings on the sheet of a live run

/**
 * What a drawing of the picture of an iteration can be asked: "judge" of a live run that the page watches; "kept", what
 * is known without a judge, of a picture that was kept; null where nothing can.
 * @param {import("./state.js").State} shown @param {number|undefined} iteration
 * @param {boolean} watches @param {number} width of the picture: of fewer drawings the places would be wrong
 * @returns {"judge"|"kept"|null}
 */
export function wayOf(shown, iteration, watches, width) {
  const { recorded, connection, state, run } = shown;
  if (connection !== "open" || run === null || iteration === undefined) return null;
  const own = watches && !recorded;
  if (own && ["idle", "training"].includes(state)) return "judge";
  const kept = !own || ["gone", "closed"].includes(state);
  return kept && width === side(COUNT) ? "kept" : null;
}

/** The head of the panel. @param {number} drawing @param {Answer|null} answer null while it is awaited */
export function title(drawing, answer) {
  const asked = answer?.asked ?? null;
  return asked === null ? `Drawing ${drawing + 1}` : `Drawing ${drawing + 1}, to be ${one(asked)}`;
}

/** @param {Answer} answer */
export function nearest({ real_digit }) {
  return `The nearest real ${real_digit}`;
}

/**
 * What the judge says, and what that is worth.
 * @param {Answer} answer @param {import("./state.js").Config|null} config
 */
export function verdict({ prefers_real, of }, config) {
  return `Against ${of} real digits, the judge prefers the real one ${prefers_real} times. ${worth(config)}`;
}

/** What was said of a drawing together with its sheet; null where nobody read it. @param {import("./labels.js").Reading|null} read */
export function ofSheet(read, drawing) {
  if (!read?.digits) return null;
  const { sure, ...many } = read;
  const [asked, digit, confidence, near] = ["asked", "digits", "confidence", "near"].map((name) => many[name]?.[drawing] ?? null);
  return { asked, digit, confidence, near, sure };
}

/** What the classifier says. @param {Answer} answer */
export function reading({ digit, confidence, sure, near }) {
  if (near === false) return "Not read: pixel by pixel it is farther from every real one than these are from each other.";
  if (digit === null) return "Nobody reads it: there is no classifier.";
  const seen = `${one(digit)}, ${Math.floor(100 * confidence)} %`;
  return confidence >= sure ? `The classifier reads ${seen} sure.` : `The classifier is not sure: ${seen}.`;
}

/** What the step does. @param {Answer} answer */
export function wish({ would_prefer_real, of }) {
  return `After it the judge prefers the real one ${would_prefer_real} of ${of} times.`;
}
