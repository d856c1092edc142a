/**
 * Choose at most `count` different items at random, in random order.
 * @param {() => number} uniform
 */
export function choose(items, count, uniform = Math.random) {
  const left = [...items];
  return left.slice(0, count).map(() =>
    left.splice(Math.floor(left.length * uniform()), 1)[0]
  );
}

/**
 * Return a random generator that begins with `state`, an integer. `uniform` uses
 * mulberry32, `normal` the Box-Muller method, and `state` returns the present state, to
 * be saved.
 */
export function random(state) {
  /** Draw a number above 0 and below 1. */
  function uniform() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  }
  return {
    uniform,
    normal: () =>
      Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    state: () => state,
  };
}
