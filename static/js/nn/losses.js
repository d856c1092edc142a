/** The relativistic pair loss and its gradients (gan/rules/relativistic.py). */

export const sigmoid = (x) => (1 + Math.tanh(x / 2)) / 2;

export const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * Return the loss, which is low if the logits of `winner` are above those of `loser`,
 * and its gradient with respect to `winner`. The gradient for `loser` is its negative.
 * @param {Float64Array} winner @param {Float64Array} loser
 * @returns {[number, Float64Array]}
 */
export function relativisticPair(winner, loser) {
  const count = winner.length;
  const dwinner = new Float64Array(count);
  let loss = 0;
  for (let i = 0; i < count; i++) {
    loss += softplus(loser[i] - winner[i]) / count;
    dwinner[i] = -sigmoid(loser[i] - winner[i]) / count;
  }
  return [loss, dwinner];
}
