/**
 * Places characters so that the gaps between them look even. A simpler version of
 * gan/write/layout.py, without side effects. Lengths are in the units of the writer.
 *
 * @typedef {{points: number[][], mark: number, gap: number, learned: boolean}}
 * Character points: [x, y] along its strokes, none for a space; mark: the pen's width;
 * gap: a change of the gap before it; learned: whether it is a digit
 */

const SAMPLES = 2; // rows per unit

/**
 * Return the left and right edge of a character's ink in every row, each also covering
 * the rows around, and `least` and `most`, the edges of all its ink.
 * @param {Character} character
 * @param {Record<string, any>} writer
 */
function profile({ points, mark }, { TOP, BOTTOM, LOW, SLACK, DASH_SLACK }) {
  const left = new Float64Array((BOTTOM - TOP) * SAMPLES).fill(Infinity);
  const right = left.map(() => -Infinity);
  const r = mark / 2;
  for (const [x, y] of points) {
    for (
      let row = Math.max(0, Math.round((y - r - TOP) * SAMPLES));
      row < (y + r - TOP) * SAMPLES;
      row += 1
    ) {
      const half = Math.sqrt(
        Math.max(0, r * r - (TOP + (row + 0.5) / SAMPLES - y) ** 2),
      );
      left[row] = Math.min(left[row], x - half);
      right[row] = Math.max(right[row], x + half);
    }
  }
  const reach = SAMPLES *
    (left.filter(Number.isFinite).length <= LOW * SAMPLES ? DASH_SLACK : SLACK);
  const around = (edge, most) =>
    edge.map((_, row) =>
      most(...edge.subarray(Math.max(0, row - reach), row + reach + 1))
    );
  return {
    least: Math.min(...left),
    most: Math.max(...right),
    left: around(left, Math.min),
    right: around(right, Math.max),
  };
}

/**
 * Return the least shift of the second character at which the gap between the two is
 * at least `nearest` in every row, and at least `mean` on average.
 */
function advance(
  { right, most },
  { left, least },
  nearest,
  mean = -Infinity,
  deepest = 0,
) {
  const n =
    left.filter((edge, row) => edge < Infinity || right[row] > -Infinity).length;
  const gaps = left.map((edge, row) => edge - right[row]).filter(Number.isFinite)
    .sort();
  let sum = 0;
  return Math.max(
    nearest - (gaps[0] ?? least - most),
    ...gaps.map((gap, k) => {
      sum += gap;
      return (n * mean - (n - k - 1) * deepest - sum) / (k + 1);
    }),
  );
}

/**
 * Place the characters of a line.
 * @param {Character[]} line @param {boolean} squared one in each square of the paper
 * @param {Record<string, any>} writer the constants that gan/web/site/recordings.py
 * collects
 * @returns {{places: number[], end: number, aligned: number}} the x of each character,
 * of the end of the line, and of the end of its last digit
 */
export function placed(line, squared, writer) {
  const { MARGIN, SPACE, GAP, NEAREST, DEEPEST, SQUARE, IN_SQUARES, NEAR } = writer;
  const places = [];
  let end = squared ? SQUARE / 2 : MARGIN;
  let aligned = null;
  /** @type {(ReturnType<typeof profile> & {x: number})|null} */
  let before = null;
  let spaces = 0;
  for (const character of line) {
    const own = character.points.length ? profile(character, writer) : null;
    const { gap } = character;
    let x = end;
    if (own && squared) {
      x = Math.max(
        x + (SQUARE - own.least - own.most) / 2,
        before ? before.x + advance(before, own, IN_SQUARES) : NEAR - own.least,
      );
    } else if (own) {
      x = before
        ? before.x + spaces +
          advance(before, own, NEAREST + gap / 2, GAP + gap, DEEPEST)
        : end - own.least;
    }
    places.push(x);
    end = squared ? end + SQUARE : own ? x + own.most : end + SPACE;
    spaces = own ? 0 : spaces + SPACE;
    if (own) before = { ...own, x };
    if (character.learned) aligned = end;
  }
  return { places, end, aligned: aligned ?? end };
}
