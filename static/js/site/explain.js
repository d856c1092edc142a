/**
 * Explains one drawing in the page, as gan/runs/explain_drawing.py, judge_ratings.py
 * and learning_turns.py do. Everything is computed before training goes on, except that
 * pictures are encoded in the meantime.
 */

import { fromSheet } from "../logic/drawing-labels.js";
import { judge, PIXELS, pull } from "./gan.js";
import { gradientPng, imagePng, sheetPng } from "./pictures.js";

/** Return the drawing with this index as a batch of its own. */
const alone = ({ data }, index) => ({
  data: data.subarray(index * PIXELS, (index + 1) * PIXELS),
  shape: [1, 28, 28, 1],
});

/** Return D's logits minus the median logit of the real images of the same label. */
export function scale({ drawn, real }, asked) {
  const medians = asked.map((label) => {
    const sorted = real.filter((_, index) => asked[index] === label).sort();
    const middle = (sorted.length - 1) / 2;
    return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  });
  const rounded = (logits) =>
    Array.from(logits, (logit, index) => {
      const rating = logit - medians[index];
      return Number.isFinite(rating) ? Math.round(100 * rating) / 100 : null;
    });
  return { drawn: rounded(drawn), real: rounded(real) };
}

/**
 * Return what both networks do with the drawing at `index`: the sheet, D's ratings, and
 * a function that encodes the drawing, its nearest real image and D's gradient.
 */
function look({ memory, gan, latents }, evaluator, network, index) {
  const D = gan.discriminator;
  const { asked: labels } = evaluator;
  const [drawings] = network.forward(latents);
  const verdicts = evaluator.verdicts(D, drawings);
  const one = alone(drawings, index);
  const drawing = one.data.slice();
  const asked = [labels[index]];
  const dx = D.frozen(() => pull(memory, D, judge(D, one, asked), asked, [1])).data
    .slice();
  const real = evaluator.nearest(drawings)[index].image;
  const encode = async () => ({
    drawing: await imagePng(drawing),
    real: await imagePng(real),
    gradient: await gradientPng(dx),
  });
  return { drawings, asked: labels[index], scale: scale(verdicts, labels), encode };
}

/**
 * Return an "answer" event about a drawing of the sheet. The caller frees the memory.
 * @param {Object} reading the evaluation of the sheet
 */
export async function explain(trainer, evaluator, reading, index) {
  const { gan, iteration, config: { names } } = trainer;
  const { asked, scale, encode } = look(trainer, evaluator, gan.average, index);
  return {
    ...fromSheet(reading, index) ?? { asked, digit: null, near: null },
    type: "answer",
    iteration,
    drawing: index,
    real_digit: asked,
    names,
    scale,
    png: await encode(),
  };
}

/**
 * Train one iteration, and return a "turns" event about a drawing, with frames before
 * it, after the judge's turn and after the artist's turn.
 * @param {(between: () => void) => void} iterate trains it, and calls `between` after
 * the judge's turn
 */
export async function showTurns(trainer, evaluator, drawing, iterate) {
  const { memory, gan, config } = trainer;
  const frames = [];
  const locked = trainer.frozen;
  const note = (turn) =>
    memory.freeing(() => {
      const { drawings, ...seen } = look(trainer, evaluator, gan.generator, drawing);
      frames.push({ turn, ...seen, sheet: drawings.data.slice() });
    });
  note("start");
  iterate(() => note("judge"));
  note("artist");
  const encoded = [];
  for (const frame of frames) {
    encoded.push({ turn: frame.turn, scale: frame.scale, png: await frame.encode() });
  }
  encoded.at(-1).png.sheet = await sheetPng(frames.at(-1).sheet);
  const { iteration } = gan;
  return {
    type: "turns",
    iteration,
    drawing,
    asked: frames[0].asked,
    names: config.names,
    locked,
    frames: encoded,
  };
}
