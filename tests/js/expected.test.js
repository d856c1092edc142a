/** What several tests share: Python's numbers, and generated input. */

import assert from "node:assert/strict";
import { random } from "../../static/js/nn/random.js";

/** Numbers that must equal Python's: tests/js/python_numbers.py makes expected.json. */
export { default as NUMBERS } from "./expected.json" with { type: "json" };

/** Call `check` with generators of random numbers, 200 unless said otherwise. */
export function repeat(check, times = 200) {
  for (let seed = 0; seed < times; seed++) check(generator(seed), seed);
}

/** Return functions that draw numbers, as `Mulberry` in python_numbers.py does. */
export function generator(seed) {
  const { uniform, normal } = random(seed);
  const array = (count, draw) => Array.from({ length: count }, draw);
  const below = (end) => Math.floor(end * uniform());
  return {
    uniform,
    normal,
    array,
    below,
    pick: (items) => items[below(items.length)],
    uniforms: (count) => array(count, () => 2 * uniform() - 1),
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}

/** Return a weighted sum, which differs if an element does. */
export function digest(values) {
  return values.reduce((sum, value, i) => sum + value * (i % 101 - 50), 0) / 50;
}

export function assertClose(found, expected, tolerance, about) {
  if (Array.isArray(expected)) {
    assert.equal(found.length, expected.length, about);
    expected.forEach((one, i) => assertClose(found[i], one, tolerance, about));
  } else {
    assert.ok(
      found === expected || Math.abs(found - expected) <= tolerance,
      `${about}: expected ${expected}, found ${found}`,
    );
  }
}

/** Compare the weights of a network with the digests of Python's. */
export function assertWeights(network, digests, tolerance) {
  const weights = network.parameters();
  assert.deepEqual(Object.keys(weights), Object.keys(digests));
  for (const [name, { data }] of Object.entries(weights)) {
    assertClose(digest(data), digests[name], tolerance, name);
  }
}

/** Replace all weights by random ones. */
export function fill(network, uniforms) {
  for (const { data } of Object.values(network.parameters())) {
    data.set(uniforms(data.length).map((u) => 0.3 * u));
  }
}
