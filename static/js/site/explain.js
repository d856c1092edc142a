/**
 * Explain one drawing in the page, as gan/runs/explain_drawing.py, feature_maps.py and turn_frames.py do. Everything is
 * computed at once; only the encoding of pictures takes time afterwards, while training goes on.
 */

import { fromSheet } from "../logic/drawing-labels.js";
import { judge, pull } from "./gan.js";
import { gradientPng, imagePng, mapsPng, sheetPng } from "./pictures.js";

const PIXELS = 28 * 28, CHANNELS = 3;
const NEARLY = 0.7; // fraction of the largest possible variance

/** Return the drawing with this index as a batch of its own. */
const alone = ({ data }, index) => ({ data: data.subarray(index * PIXELS, (index + 1) * PIXELS), shape: [1, 28, 28, 1] });

/** Return the judge's logits relative to the median real image of the same label. */
export function scale({ drawn, real }, asked) {
  const middles = new Map();
  for (const label of asked) {
    const sorted = real.filter((_, index) => asked[index] === label).sort(), last = sorted.length - 1;
    middles.set(label, (sorted[Math.floor(last / 2)] + sorted[Math.ceil(last / 2)]) / 2);
  }
  const rounded = (logits) => Array.from(logits, (logit, index) => {
    const rating = logit - middles.get(asked[index]);
    return Number.isFinite(rating) ? Math.round(100 * rating) / 100 : null;
  });
  return { drawn: rounded(drawn), real: rounded(real) };
}

/**
 * Return what every feature map shows for one drawing: three channels below one another, from 0 (white) to 1 (black).
 * @param {import("../nn/layer.js").Saved[]} saved of both networks
 * @param {number[][]} channels the channels shown before, which are replaced
 */
function featureMaps(saved, index, channels) {
  const inside = saved.flatMap(({ parts }) => parts.map(({ y }) => y)).filter(({ shape }) => shape.length === 4 && shape[1] < 28);
  return inside.map((maps, place) => {
    const { data, shape: [, H, W, C] } = maps;
    channels[place] = mostVarying(maps, channels[place]);
    return channels[place].flatMap((c) => normalized(Array.from({ length: H * W }, (_, i) => data[(index * H * W + i) * C + c])));
  });
}

/** Return the channels that vary most between drawings, or `before` as long as those vary nearly as much. */
export function mostVarying({ data, shape: [N, H, W, C] }, before) {
  const variance = Array.from({ length: C }, (_, c) => varianceOf(data, N, H * W * C, c, C));
  const most = variance.map((_, c) => c).sort((a, b) => variance[b] - variance[a]).slice(0, CHANNELS).sort((a, b) => a - b);
  const total = (channels) => channels.reduce((sum, c) => sum + variance[c], 0);
  return before && total(before) >= NEARLY * total(most) ? before : most;
}

/** Return how much a channel varies between drawings, summed over its pixels. */
function varianceOf(data, N, size, channel, C) {
  let total = 0;
  for (let i = channel; i < size; i += C) {
    let sum = 0, squares = 0;
    for (let n = 0; n < N; n++) {
      const value = data[n * size + i];
      sum += value;
      squares += value * value;
    }
    total += squares / N - (sum / N) ** 2;
  }
  return total;
}

function normalized(values) {
  const largest = Math.max(...values, Number.MIN_VALUE);
  return values.map((value) => Math.max(value, 0) / largest);
}

/** Return the state of both networks for one drawing, with a function that encodes its pictures. */
function look({ memory, gan, latents, evaluator, channels }, network, index) {
  const D = gan.discriminator, { asked: labels } = evaluator, [drawings, ofG] = network.forward(latents), { saved: ofD } = judge(D, drawings, labels), verdicts = evaluator.verdicts(D, drawings);
  const one = alone(drawings, index), drawing = one.data.slice(), asked = [labels[index]];
  const dx = D.frozen(() => pull(memory, D, judge(D, one, asked), asked, [1])).data.slice();
  const maps = featureMaps([ofG, ofD], index, channels);
  const real = evaluator.nearest(drawings)[index].image;
  const encode = async () => ({ drawing: await imagePng(drawing), real: await imagePng(real), gradient: await gradientPng(dx), maps: await mapsPng(maps) });
  return { drawings, asked: labels[index], verdicts, scale: scale(verdicts, labels), encode };
}

/** Return an "answer" event about a drawing of the sheet. @param {Object} reading the evaluation of the sheet */
export async function explain(session, reading, index) {
  const { memory, gan, config: { names } } = session, { used } = memory, { iteration } = gan, seen = look(session, gan.average, index), { asked, verdicts } = seen;
  const above = (logit) => verdicts.real.filter((real) => real > logit).length;
  memory.release(used);
  return {
    ...fromSheet(reading, index) ?? { asked, digit: null, near: null }, type: "answer", iteration, drawing: index,
    prefers_real: above(verdicts.drawn[index]), of: verdicts.real.length, real_digit: asked, names, scale: seen.scale,
    png: await seen.encode(),
  };
}

/** Train one iteration and return a "turns" event with its frames for a drawing. @param {(between: () => void) => void} iterate */
export async function showTurns(session, drawing, iterate) {
  const { memory, gan, config } = session, frames = [], locked = session.frozen;
  const note = (turn) => memory.freeing(() => {
    const { drawings, ...seen } = look(session, gan.generator, drawing);
    frames.push({ turn, ...seen, sheet: drawings.data.slice() });
  });
  note("start");
  iterate(() => note("judge"));
  note("artist");
  const encoded = [];
  for (const frame of frames) encoded.push({ turn: frame.turn, scale: frame.scale, png: await frame.encode() });
  encoded.at(-1).png.sheet = await sheetPng(frames.at(-1).sheet);
  const { iteration } = gan;
  return { type: "turns", iteration, drawing, asked: frames[0].asked, names: config.names, channels: config.channels, locked, frames: encoded };
}
