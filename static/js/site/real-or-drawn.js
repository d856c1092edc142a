/**
 * Pairs of the page "Real or drawn?" from recorded images, as
 * gan/web/services/real_or_drawn.py makes them.
 */

import { choose } from "../nn/random.js";
import { recorded } from "./recorded-answers.js";

const pools = new Map(); // by recording, its images, the longest unseen first

/**
 * Pair a drawing with a real image of the same digit, on random sides.
 * @param {{rung?: string}} query rung: the level of difficulty
 */
export function pair({ rung }) {
  const rungs = recorded("rungs");
  const { digit, ink } = take(recorded("drawings to guess")[rungs[rung]]);
  const real = take(recorded("reals to guess"), digit);
  const person = Math.random() < 0.5 ? "left" : "right";
  return { digit, person, rungs, left: ink, right: ink, [person]: real.ink };
}

/** Return the image of a digit, or of any, that was not shown for the longest time. */
function take(images, kind = null) {
  if (!pools.has(images)) pools.set(images, choose(images, images.length));
  const pool = pools.get(images);
  const [image] = pool.splice(
    kind === null ? 0 : pool.findIndex(({ digit }) => digit === kind),
    1,
  );
  pool.push(image);
  return image;
}
