/** The geometry of a line chart: from numbers to SVG paths. Pure functions. */

/**
 * Margins in pixels: for tick labels on the left and below, for half a label on the
 * right, and for padlocks at the top.
 */
export const MARGIN = { left: 40, right: 24, top: 18, bottom: 28 };

/**
 * Compute the scales, paths and ticks of a chart, with one line per key. Unless
 * `spec.exact`, the line is smoothed, and the unsmoothed one is returned as `faint`.
 * @param {import("../components/line-chart.js").Row[]} rows
 * @param {import("../components/line-chart.js").Spec} spec
 * @param {number} until the horizontal axis reaches at least this iteration
 */
export function layOut(rows, { keys, height, ticks: fixed, exact }, width, until = 0) {
  const all = keys.map((key) => points(rows, key));
  const values = all.flat().map(([, value]) => value);
  const last = Math.max(10, until, rows.at(-1)?.iteration ?? 0);
  const yTicks = fixed ?? ticks(Math.min(0, ...values), Math.max(1, ...values), 5);
  const x = scale(0, last, MARGIN.left, width - MARGIN.right);
  const y = scale(yTicks[0], yTicks.at(-1), height - MARGIN.bottom, MARGIN.top);
  const lines = keys.map((key, index) => {
    const line = path(all[index], x, y);
    return exact
      ? { key, path: line, faint: "" }
      : { key, path: path(smooth(all[index]), x, y), faint: line };
  });
  const wanted = Math.max(2, Math.floor(width / 110));
  const [few, more] = [wanted, 2 * wanted].map((number) =>
    ticks(0, last, number).filter((tick) => tick <= last)
  );
  const xTicks = few.length > 1 ? few : more;
  return { x, y, width, height, lines, xTicks, yTicks, last };
}

/** Return the points [iteration, value] of one key; skip rows without a number. */
export function points(rows, key) {
  const measured = rows.filter((row) => Number.isFinite(row[key]));
  return measured.map((row) => [row.iteration, row[key]]);
}

/** Return the linear map from [from, to] to [start, end]. */
export function scale(from, to, start, end) {
  const slope = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * slope;
}

/**
 * Return about `wanted` evenly spaced round numbers that enclose [from, to]. Their
 * distance is 1, 2 or 5 times a power of ten.
 */
export function ticks(from, to, wanted) {
  const rough = (to - from || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = power * [1, 2, 5, 10].find((step) => step * power >= rough * 0.999);
  const first = Math.floor(from / stride);
  const last = Math.ceil(to / stride - 1e-9);
  return Array.from(
    { length: last - first + 1 },
    (_, index) => Number(((first + index) * stride).toPrecision(12)),
  );
}

/**
 * Return the points with an exponential moving average over about a twentieth of them,
 * corrected for its start at 0.
 */
export function smooth(line) {
  const keep = Math.max(0, 1 - 20 / Math.max(20, line.length));
  let sum = 0;
  let weight = 0;
  return line.map(([at, value]) => {
    sum = sum * keep + value;
    weight = weight * keep + 1;
    return [at, sum / weight];
  });
}

export function path(line, x, y) {
  return line.map(([at, value], index) =>
    `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
  ).join("");
}

/** Return the row nearest to an iteration; undefined if there are no rows. */
export function nearest(rows, iteration) {
  const far = (row) => Math.abs(row.iteration - iteration);
  return rows.reduce(
    (best, row) => best && far(best) <= far(row) ? best : row,
    undefined,
  );
}
