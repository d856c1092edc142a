/** Rounds of the page "Real or drawn?" from recorded images, as gan/web/services/real_or_drawn.py makes them. */

import { PNG } from "../logic/state.js";
import { recorded } from "./recordings.js";

const PAIRS = 10;
let rounds = 0, answers = []; // of the newest round

/** Return the opponents, with the pictures of the recorded run, and a round against the last of them. */
export function opponents() {
  const { ladders, real } = recorded("/api/guess"), { pngs } = recorded("/api/runs/recorded");
  const shown = (one) => ({ ...one, picture: one.picture && PNG + pngs[one.picture.match(/(\d+)\.png$/)[1]] });
  return { ladders: ladders.map((ladder) => ladder.map(shown)), real, ...begin({}) };
}

/** Begin a round: pair drawings with real digits of the same kind, each on a random side. */
export function begin({ run, iteration }) {
  const asked = run ? String(new URLSearchParams({ run, iteration })) : "", reals = shuffled(recorded("reals to guess"));
  const pairs = shuffled(recorded("drawings to guess")[asked]).slice(0, PAIRS).map((drawing) => {
    const [real] = reals.splice(reals.findIndex(({ digit }) => digit === drawing.digit), 1);
    return Math.random() < 0.5 ? { left: real, right: drawing, person: "left" } : { left: drawing, right: real, person: "right" };
  });
  answers = pairs.map(({ left, right, person }) => ({ person, judge: left.rating > right.rating ? "left" : "right" }));
  rounds += 1;
  return {
    round: rounds,
    pairs: pairs.map(({ left, right }) => ({ digit: left.digit, left: left.ink, right: right.ink, pixels: { left: left.pixels, right: right.pixels } })),
  };
}

/** Return who made the images of a pair. Only the newest round is kept. */
export const answer = (round, pair) => (Number(round) === rounds ? answers[pair] : undefined);

/** Return the items in random order. */
function shuffled(items) {
  return items.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b).map(([, item]) => item);
}
