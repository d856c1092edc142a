/** The scenes of "A GAN in the plane" as data, and their games. Their words are in templates/points-gan.html. */

import { adam, iterate, network, outputs, plain, updateD, updateG } from "./points-gan.js";
import { sigmoid } from "../nn/losses.js";
import { random } from "../nn/random.js";

export const EDGE = 3; // the plane reaches from -EDGE to EDGE
const SHOWN = 128, BATCH = 64, NEAR = 0.35, RADIUS = 2.1, CORNER = [-2, 2], HIDDEN = [32, 32];

const USUAL = { data: "moons", turns: 3, rateG: 0.005, rateD: 0.005, beta: 0, gamma: 0, saturating: false, frozen: true, limit: 900 };
const RING = { data: "ring", rateG: 0.006, rateD: 0.003, rows: true };

/** `warm`: iterations in advance; `ahead`: those of D alone; `burst`: updates per press; `then`: changed by the second press. */
export const SCENES = {
  chase: { corner: CORNER },
  arrows: { corner: CORNER, warm: 15, burst: 5, rateG: 0.0025, limit: Infinity, arrows: true },
  freeze: { corner: CORNER, frozen: false, limit: 300, then: { frozen: true } },
  log: {
    data: "spot", corner: [-1.6, -1.4], ahead: 200, saturating: true, plain: true, turns: 1, rateG: 0.01, rateD: 0.001, limit: 300,
    arrows: true, then: { saturating: false },
  },
  circle: { path: true, limit: 1500 },
  collapse: { ...RING, beta: 0.9, limit: 600, hops: true },
  spiral: { path: true, gamma: 0.1, limit: 1500 },
  penalty: { ...RING, gamma: 1, limit: 700 }, // without momentum: gamma alone does not stop the collapse
  best: { data: "cloud", still: true, turns: 1, rateG: 0, rateD: 0.003, limit: 300, then: { onReal: true } },
  digits: { corner: CORNER, warm: 25, arrows: true },
};

/** Make a real point from two uniform and two normal numbers. */
const REAL = {
  ring(u, _, a, b) {
    const angle = (Math.floor(8 * u) * Math.PI) / 4;
    return [RADIUS * Math.sin(angle) + 0.09 * a, RADIUS * Math.cos(angle) + 0.09 * b];
  },
  moons(u, v, a, b) {
    const side = v < 0.5 ? 1 : -1;
    return [side * (1.5 * Math.cos(Math.PI * u) - 0.75) + 0.1 * a, side * (1.5 * Math.sin(Math.PI * u) - 0.4) + 0.1 * b];
  },
  line: (u, _, a, b) => [4.4 * u - 2.2 + 0.06 * a, 2.2 * u - 1.1 + 0.06 * b],
  spot: (_, __, a, b) => [1.4 + 0.3 * a, 1.2 + 0.3 * b],
  cloud: (_, __, a, b) => [-0.8 + 0.6 * a, 0.6 * b],
};

/** Let a linear G make a cloud of this size around (x, 0). */
function spread({ layers: [{ params }] }, size, x) {
  params.W.data.set([size, 0, 0, size]);
  params.b.data.set([x, 0]);
}

/** Begin a scene. @param {number[][]} own the visitor's points, in place of `data` */
export function begin(id, seed, data, own = []) {
  const scene = { ...USUAL, ...SCENES[id] }, { uniform, normal } = random(seed);
  if (scene.path) return { scene, iteration: 0, trail: [[1.5, 0]] };
  const G = scene.still ? network([2, 2], () => 0) : network([2, ...HIDDEN, 2], normal), D = network([2, ...HIDDEN, 1], normal);
  if (scene.still) spread(G, 1, 0.8);
  if (scene.corner) {
    const { W, b } = G.layers[2].params;
    b.data.set(scene.corner);
    W.data.set(W.data.map((w) => 0.3 * w));
  }
  const optimizerG = scene.plain ? plain(G) : adam(scene.frozen ? [G] : [G, D], scene.beta);
  const game = { ...scene, G, D, optimizerG, optimizerD: adam([D], scene.beta) };
  const make = own.length ? (u, _, a, b) => own[Math.floor(own.length * u)].map((x, i) => x + 0.05 * [a, b][i]) : REAL[data || scene.data];
  const real = (n = BATCH) => Float64Array.from(Array.from({ length: n }, () => make(uniform(), uniform(), normal(), normal())).flat());
  const latents = (n = BATCH) => Float64Array.from({ length: 2 * n }, normal);
  const play = { scene, game, real, latents, fixed: latents(SHOWN), shown: pairs(real(300)), iteration: 0, columns: [], past: [] };
  for (let i = 0; i < scene.warm; i++) iterate(game, real(), [latents()]);
  for (let i = 0; i < scene.ahead; i++) updateD({ ...game, rateD: 0.005 }, real(), outputs(G, latents()));
  return play;
}

/** Carry out the second press of a scene. */
export function change({ game, scene }) {
  Object.assign(game, scene.then);
  if (game.onReal) spread(game.G, 0.6, -0.8);
  if (scene.then.frozen) game.optimizerG = adam([game.G], scene.beta);
}

/** Play one iteration, or in the scene "arrows" an update of D or G. */
export function advance(play) {
  const { scene, game, real, latents, iteration } = play, { burst } = scene;
  if (scene.path) play.trail.push(orbit(play.trail.at(-1), scene.gamma));
  else if (!burst) [play.loss] = iterate(game, real(), Array.from({ length: scene.turns }, () => latents()));
  else if (iteration % (2 * burst) < burst) updateD(game, real(), drawn(play));
  else updateG(game, play.fixed);
  play.iteration += 1;
  if (scene.rows && iteration % 3 === 0) play.columns.push(groups(play).nearest);
}

/** One number a against one slope b, as in docs/why.md: the real point is 0, G lowers log(1 - D), and D raises it minus the penalty. */
function orbit([a, b], gamma, rate = 0.1) {
  b -= rate * (sigmoid(a * b) * a + gamma * b);
  return [a + rate * sigmoid(a * b) * b, b];
}

export const drawn = ({ game, fixed }) => outputs(game.G, fixed);

export const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

/** The share of points nearest to each of the ring's groups, and the number of groups with at least 1 in 50 points near. */
export function groups(play) {
  const nearest = Array(8).fill(0), close = [...nearest];
  for (const [x, y] of pairs(drawn(play))) {
    const group = (Math.round(Math.atan2(x, y) / (Math.PI / 4)) + 8) % 8, [gx, gy] = REAL.ring((group + 0.5) / 8, 0, 0, 0);
    nearest[group] += 1 / SHOWN;
    if (Math.hypot(x - gx, y - gy) < 0.5) close[group] += 1 / SHOWN;
  }
  return { nearest, found: close.filter((share) => share >= 0.02).length };
}

/** How often the crowd, more than half of the points, has moved to another group. */
export function hops({ columns }) {
  const crowded = columns.map((shares) => shares.findIndex((share) => share > 0.5)).filter((group) => group >= 0);
  return crowded.filter((group, i) => i && group !== crowded[i - 1]).length;
}

/** The number of drawn points that have a real one near. */
export function arrived(play) {
  return pairs(drawn(play)).filter(([x, y]) => play.shown.some(([a, b]) => Math.hypot(x - a, y - b) < NEAR)).length;
}

/** The mean distance of D from p / (p + q), at real and drawn points. */
export function missing({ game, fixed, shown }) {
  const points = Float64Array.of(...shown.flat(), ...outputs(game.G, fixed)), { W, b } = game.G.layers[0].params;
  const log = (x, y, size, to) => -((x - to) ** 2 + y * y) / (2 * size ** 2) - 2 * Math.log(size);
  const best = pairs(points).map(([x, y]) => sigmoid(log(x, y, 0.6, -0.8) - log(x, y, W.data[0], b.data[0])));
  return outputs(game.D, points).reduce((sum, r, i) => sum + Math.abs(sigmoid(r) - best[i]), 0) / best.length;
}

/** Describe the picture by its present numbers. @param {boolean} isSpoken to those who do not see it */
export function reading(play, isSpoken = false) {
  const { scene, iteration, loss } = play, said = `Iteration ${iteration.toLocaleString("en")}. `;
  if (scene.path) return `${said}Distance from the equilibrium: ${Math.hypot(...play.trail.at(-1)).toFixed(2)}.`;
  if (scene.hops) return `${said}Hops to another group: ${hops(play)}.`;
  if (scene.rows) return `${said}${groups(play).found} of 8 groups found.`;
  if (scene.still) return `${said}The judge is ${missing(play).toFixed(2)} from the best. Its loss: ${loss?.toFixed(2) ?? "none yet"}.`;
  return isSpoken ? `${said}${arrived(play)} of ${SHOWN} orange points are near real ones.` : said;
}
