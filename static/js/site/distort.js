/**
 * Distorts the user's drawings at random, as gan/data/distortions.py does with GENTLE.
 */

const SIDE = 28;
const CENTRE = (SIDE - 1) / 2;
// Largest turn in radians, and largest relative change of size and slant.
const TURN = 0.1;
const GROWTH = 0.06;
const LEAN = 0.1;
const BEND = 0.35; // standard deviation of the shift of a pixel, in pixels
const SHARPEN = 0.5; // strength; interpolation would blur the ink
const NET = [0, 1, 2, 3, 4]; // points along each side of the grid that bends images
const REACH = 0.7; // standard deviation of a point's influence, in spacings of the grid

/** Weights of the grid points for each pixel along one axis, (28, 5). */
const NEAR = Array.from({ length: SIDE }, (_, pixel) => {
  const weights = NET.map((point) =>
    Math.exp(-0.5 * ((pixel * 4 / (SIDE - 1) - point) / REACH) ** 2)
  );
  return weights.map((weight) => weight / Math.hypot(...weights));
});

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Return the ink of a pixel, which is 0 outside of the image. */
function at(ink, row, column) {
  const isInside = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
  return isInside ? ink[row * SIDE + column] : 0;
}

/** Interpolate the ink between pixels bilinearly. */
function bilinear(ink, y, x) {
  const top = Math.floor(y);
  const left = Math.floor(x);
  const f = y - top;
  const g = x - left;
  const between = (row) => (1 - g) * at(ink, row, left) + g * at(ink, row, left + 1);
  return (1 - f) * between(top) + f * between(top + 1);
}

/**
 * Distort an image in place: turn, resize, slant, bend and sharpen it. Its pixels are
 * in [-1, 1].
 * @param {import("../nn/arrays.js").Numbers} image
 */
export function distort(image, { uniform, normal }) {
  const within = (most) => most * (2 * uniform() - 1);
  const turn = within(TURN);
  const lean = within(LEAN);
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const height = 1 + within(GROWTH);
  const width = 1 + within(GROWTH);
  const drawn = image.map((value) => value + 1);
  const [ys, xs] = [[cos - sin * lean, -sin], [sin + cos * lean, cos]].map(
    ([down, across]) => {
      const points = NET.map(() => NET.map(() => BEND * normal()));
      const bends = NEAR.map((near) => points.map((row) => dot(near, row))); // (28, 5)
      return drawn.map((_, i) => {
        const row = Math.floor(i / SIDE);
        const column = i % SIDE;
        return CENTRE + down / height * (row - CENTRE) +
          across / width * (column - CENTRE) + dot(NEAR[row], bends[column]);
      });
    },
  );
  const ink = drawn.map((_, i) => bilinear(drawn, ys[i], xs[i]));
  ink.forEach((value, i) => {
    const row = Math.floor(i / SIDE);
    const column = i % SIDE;
    const around = at(ink, row - 1, column) + at(ink, row + 1, column) +
      at(ink, row, column - 1) + at(ink, row, column + 1);
    image[i] = Math.max(0, Math.min(2, value + SHARPEN * (value - around / 4))) - 1;
  });
}
