/**
 * What is said of a checked gradient. Pure.
 *
 * @typedef {{name: string, analytic: number, numeric: number, error: number}} Check as gan/web/gradient.py tells it
 */

const DECIMALS = 9;
const WRONG = 1e-6; // an error so large is no rounding: the derivative is wrong

/** The cells of a check's row: what was moved, the slope by the derivative, the slope as measured. @param {Check} check */
export function cells({ name, analytic, numeric }) {
  const what = name === "x" ? "input x" : `weights ${name}`;
  return [what, analytic.toFixed(DECIMALS), numeric.toFixed(DECIMALS)];
}

/**
 * One sentence about all of them. An error is relative to the slope, or to 1 where the slope is smaller.
 * @param {Check[]} checks
 */
export function verdict(checks) {
  const worst = Math.max(...checks.map(({ error }) => error));
  const said = `The largest error is ${worst === 0 ? "0" : worst.toExponential(1)}`;
  return worst < WRONG ? `${said}: the derivative is right.` : `${said}: the derivative is wrong.`;
}
