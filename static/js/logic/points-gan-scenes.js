/**
 * The scenes of "A GAN in the plane": their settings, and how they are played. Their
 * texts are in templates/points-gan.html.
 */

import { adam, iterate, network, outputs, updateD } from "./points-gan.js";
import { sigmoid } from "../nn/losses.js";
import { random } from "../nn/random.js";

export const EDGE = 3; // the plane reaches from -EDGE to EDGE
const SHOWN = 128; // drawn points in the picture
const BATCH = 64;
const NEAR = 0.35; // a drawn point is near a real one up to this distance
const RADIUS = 2.1; // of the ring
const CORNER = [-2, 2];
const HIDDEN = [32, 32];

/**
 * The settings of a scene, and which parts its picture has.
 * @typedef {{data?: string, corner?: number[], ahead?: number, turns?: number,
 * rateG?: number, rateD?: number, beta?: number, frozen?: boolean, gamma?: number,
 * limit?: number, arrows?: boolean, rows?: boolean, path?: boolean, then?: Scene}} Scene
 *   corner: where the artist's points begin; ahead: number of the judge's turns before
 *   the first iteration, so that its arrows can be seen at once; path: two numbers are
 *   trained instead of two networks; then: settings that the second press changes
 *
 * The state of a scene that is played.
 * @typedef {{scene: Scene, game: any, iteration: number, trail?: number[][],
 * real?: () => Float64Array, latents?: () => Float64Array, fixed?: Float64Array,
 * shown?: number[][], columns?: number[][], past?: number[][][]}} Play
 *   game: `Game` of points-gan.js with the settings; trail: the path of two numbers;
 *   fixed: the latents of the drawn points in the picture; shown: the real points in
 *   the picture; columns: shares of points near each group, over time; past: the drawn
 *   points of the last pictures
 */

/** @type {Scene} */
const USUAL = {
  data: "moons",
  turns: 3,
  rateG: 0.005,
  rateD: 0.005,
  beta: 0,
  frozen: true,
  limit: 900,
};

/** @type {Record<string, Scene>} */
export const SCENES = {
  chase: { corner: CORNER, ahead: 15, arrows: true },
  freeze: { corner: CORNER, frozen: false, limit: 300, then: { frozen: true } },
  collapse: {
    data: "ring",
    rateG: 0.006,
    rateD: 0.003,
    rows: true,
    beta: 0.9,
    limit: 600,
  },
  circle: { path: true, gamma: 0, limit: 900, then: { gamma: 0.1 } },
};

/** Functions that make a real point from two uniform and two normal random numbers. */
const REAL = {
  ring(u, _, a, b) {
    const angle = (Math.floor(8 * u) * Math.PI) / 4;
    return [RADIUS * Math.sin(angle) + 0.09 * a, RADIUS * Math.cos(angle) + 0.09 * b];
  },
  moons(u, v, a, b) {
    const side = v < 0.5 ? 1 : -1;
    return [
      side * (1.5 * Math.cos(Math.PI * u) - 0.75) + 0.1 * a,
      side * (1.5 * Math.sin(Math.PI * u) - 0.4) + 0.1 * b,
    ];
  },
  line: (u, _, a, b) => [4.4 * u - 2.2 + 0.06 * a, 2.2 * u - 1.1 + 0.06 * b],
};

/**
 * Begin a scene.
 * @param {number[][]} own the visitor's points, in place of `data`
 * @returns {Play}
 */
export function begin(id, seed, data, own = []) {
  const scene = { ...USUAL, ...SCENES[id] };
  const { uniform, normal } = random(seed);
  if (scene.path) return { scene, game: { ...scene }, iteration: 0, trail: [[1.5, 0]] };
  const G = network([2, ...HIDDEN, 2], normal);
  const D = network([2, ...HIDDEN, 1], normal);
  if (scene.corner) {
    const { W, b } = G.layers[2].params;
    b.data.set(scene.corner);
    W.data.set(W.data.map((w) => 0.3 * w));
  }
  /** @type {Play["game"]} */
  const game = {
    ...scene,
    G,
    D,
    optimizerG: adam(scene.frozen ? [G] : [G, D], scene.beta),
    optimizerD: adam([D], scene.beta),
  };
  const make = own.length
    ? (u, _, a, b) =>
      own[Math.floor(own.length * u)].map((x, i) => x + 0.05 * [a, b][i])
    : REAL[data || scene.data];
  const draw = () => make(uniform(), uniform(), normal(), normal());
  const real = (n = BATCH) => Float64Array.from(Array.from({ length: n }, draw).flat());
  const latents = (n = BATCH) => Float64Array.from({ length: 2 * n }, normal);
  const play = {
    scene,
    game,
    real,
    latents,
    fixed: latents(SHOWN),
    shown: pairs(real(300)),
    iteration: 0,
    columns: [],
    past: [],
  };
  // The judge cannot train before the visitor has drawn a point.
  const ahead = data || own.length ? scene.ahead : 0;
  for (let i = 0; i < ahead; i++) updateD(game, real(), outputs(G, latents()));
  return play;
}

/** Apply the settings of a scene's second press. @param {Play} play */
export function change({ game, scene }) {
  Object.assign(game, scene.then);
  if (game.G) game.optimizerG = adam([game.G], scene.beta);
}

/** Play one iteration. @param {Play} play */
export function advance(play) {
  const { scene, game, real, latents, iteration } = play;
  if (scene.path) play.trail.push(orbit(play.trail.at(-1), game.gamma));
  else iterate(game, real(), Array.from({ length: scene.turns }, () => latents()));
  play.iteration += 1;
  if (scene.rows && iteration % 3 === 0) play.columns.push(nearestGroups(play));
}

/**
 * Train a minimal GAN for one iteration, and return the new numbers: G is a number a, D
 * is the slope b of the logit b x (docs/why.md). The real point is 0. G lowers
 * log(1 - D), and D raises it minus the penalty.
 * @param {number[]} point a and b
 */
function orbit([a, b], gamma, rate = 0.1) {
  b -= rate * (sigmoid(a * b) * a + gamma * b);
  return [a + rate * sigmoid(a * b) * b, b];
}

/** Return the drawn points in the picture. @param {Play} play */
export const drawn = ({ game, fixed }) => outputs(game.G, fixed);

export const pairs = (flat) =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

/** Return the share of drawn points nearest to each of the ring's eight groups. */
function nearestGroups(play) {
  const shares = Array(8).fill(0);
  for (const [x, y] of pairs(drawn(play))) {
    shares[(Math.round(Math.atan2(x, y) / (Math.PI / 4)) + 8) % 8] += 1 / SHOWN;
  }
  return shares;
}

/**
 * Return how often the crowd, more than half of the points, has moved to another group.
 * @param {Play} play
 */
export function hops({ columns }) {
  const crowded = columns.map((shares) => shares.findIndex((share) => share > 0.5))
    .filter((group) => group >= 0);
  return crowded.filter((group, i) => i && group !== crowded[i - 1]).length;
}

/** Return the number of drawn points near a real point. @param {Play} play */
export function arrived(play) {
  return pairs(drawn(play)).filter(([x, y]) =>
    play.shown.some(([a, b]) => Math.hypot(x - a, y - b) < NEAR)
  ).length;
}

/**
 * Describe the present picture in a sentence.
 * @param {Play} play
 * @param {boolean} isSpoken whether the sentence is for screen readers
 */
export function reading(play, isSpoken = false) {
  const { scene, iteration } = play;
  const said = `Iteration ${iteration.toLocaleString("en")}. `;
  if (scene.path) {
    return `${said}Distance from the equilibrium: ${
      Math.hypot(...play.trail.at(-1)).toFixed(2)
    }.`;
  }
  if (scene.rows) return `${said}Hops to another group: ${hops(play)}.`;
  return isSpoken
    ? `${said}${arrived(play)} of ${SHOWN} orange points are near real ones.`
    : said;
}
