/** Pairs of the page "Real or drawn?" from recorded images, as gan/web/services/real_or_drawn.py makes them. */

import { recorded } from "./recordings.js";

const pools = new Map(), persons = {}; // images by recording, the longest unseen first; answers by pair

/** Return the iterations of the climb. */
export const climb = () => ({ round: 0, rungs: recorded("rungs") });

/** Pair a drawing with a real digit of the same kind, on random sides. @param {string} [iteration] none: by the bundled networks */
export function pair(number, iteration = "") {
  const drawing = take(recorded("drawings to guess")[iteration]);
  const real = take(recorded("reals to guess"), drawing.digit);
  const person = persons[number] = Math.random() < 0.5 ? "left" : "right";
  return { digit: drawing.digit, left: drawing.ink, right: drawing.ink, [person]: real.ink };
}

export const answer = (number) => ({ person: persons[number] });

/** Take the image that was not shown for the longest time. */
function take(images, kind = null) {
  if (!pools.has(images)) pools.set(images, shuffled(images));
  const pool = pools.get(images), [image] = pool.splice(kind === null ? 0 : pool.findIndex(({ digit }) => digit === kind), 1);
  pool.push(image);
  return image;
}

/** Return the items in random order. */
function shuffled(items) {
  return items.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b).map(([, item]) => item);
}
