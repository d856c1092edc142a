/** Distort the user's drawings slightly, at random, as gan/data/distortions.py does with GENTLE. */

const SIDE = 28, CENTRE = (SIDE - 1) / 2;
const TURN = 0.1, GROWTH = 0.06, LEAN = 0.1, BEND = 0.35, SHARPEN = 0.5;
const NET = 5, REACH = 0.7; // points along each side of the grid that bends an image; their reach, in grid spacings

/** Weights of the grid points for each pixel along one axis, (28, 5). */
const NEAR = Array.from({ length: SIDE }, (_, pixel) => {
  const place = pixel * (NET - 1) / (SIDE - 1);
  const weights = Array.from({ length: NET }, (_, point) => Math.exp(-0.5 * ((place - point) / REACH) ** 2));
  return weights.map((weight) => weight / Math.hypot(...weights));
});

/** Return a displacement for every pixel along one axis. */
function randomBend(normal) {
  const points = Array.from({ length: NET }, () => Array.from({ length: NET }, () => BEND * normal()));
  const rows = NEAR.map((near) => points[0].map((_, column) => sum((point) => near[point] * points[point][column])));
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const row = rows[Math.floor(i / SIDE)], near = NEAR[i % SIDE];
    return sum((point) => row[point] * near[point]);
  });
}

function sum(term) {
  let total = 0;
  for (let point = 0; point < NET; point++) total += term(point);
  return total;
}

/** Return the ink of a pixel. Outside of the image is paper. */
const at = (ink, row, column) => (row >= 0 && row < SIDE && column >= 0 && column < SIDE ? ink[row * SIDE + column] : 0);

/** Return the mean of the four pixels around a point, weighted by distance. */
function bilinear(ink, y, x) {
  const top = Math.floor(y), left = Math.floor(x), f = y - top, g = x - left;
  const between = (row) => (1 - g) * at(ink, row, left) + g * at(ink, row, left + 1);
  return (1 - f) * between(top) + f * between(top + 1);
}

/**
 * Distort an image in [-1, 1] in its place.
 * @param {Float32Array} image @param {{uniform: () => number, normal: () => number}} random
 */
export function distort(image, { uniform, normal }) {
  const within = (most) => most * (2 * uniform() - 1), turn = within(TURN), lean = within(LEAN), cos = Math.cos(turn), sin = Math.sin(turn);
  const height = 1 + within(GROWTH), width = 1 + within(GROWTH), drawn = image.map((value) => value + 1);
  const [ys, xs] = [[cos - sin * lean, -sin], [sin + cos * lean, cos]].map(([down, across]) => (
    randomBend(normal).map((bend, i) => CENTRE + bend + down / height * (Math.floor(i / SIDE) - CENTRE) + across / width * (i % SIDE - CENTRE))
  ));
  const ink = drawn.map((_, i) => bilinear(drawn, ys[i], xs[i]));
  ink.forEach((value, i) => {
    const row = Math.floor(i / SIDE), column = i % SIDE;
    const around = at(ink, row - 1, column) + at(ink, row + 1, column) + at(ink, row, column - 1) + at(ink, row, column + 1);
    image[i] = Math.max(0, Math.min(2, value + SHARPEN * (value - around / 4))) - 1;
  });
}
