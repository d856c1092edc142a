/** Two runs at one iteration: which pictures there are, and which of each is shown. Pure. */

/** All iterations of which either has a picture, ascending. @param {number[]} left @param {number[]} right */
export function times(left, right) {
  return [...new Set([...left, ...right])].sort((a, b) => a - b);
}

/** The newest picture up to an iteration; the first where all are later, null where there is none. @param {number[]} pictures */
export function upTo(pictures, iteration) {
  return pictures.filter((one) => one <= iteration).at(-1) ?? pictures[0] ?? null;
}

/**
 * Which two runs are shown, by name: those that are asked for; for one that is not, the one that is open, or the first other.
 * @param {{id: string, live: boolean}[]} runs that have pictures @param {{left: string, right: string}} asked "" for any
 */
export function chosenPair(runs, asked) {
  const ids = [...runs].sort((a, b) => Number(b.live) - Number(a.live)).map(({ id }) => id);
  const left = asked.left || ids.find((id) => id !== asked.right) || "";
  return { left, right: asked.right || ids.find((id) => id !== left) || left };
}
