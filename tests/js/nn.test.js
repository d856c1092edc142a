/** static/js/nn and static/js/site/gan.js, compared with nnet and gan.rules. */

import assert from "node:assert/strict";
import { matrix, Memory, transposed } from "../../static/js/nn/arrays.js";
import { Adam } from "../../static/js/nn/optimizers.js";
import { multiply, tiles } from "../../static/js/nn/products.js";
import { drawLatents, Gan } from "../../static/js/site/gan.js";
import {
  assertClose,
  assertWeights,
  fill,
  generator,
  NUMBERS,
  repeat,
} from "./expected.test.js";

const CONFIG = {
  latent: 6,
  channels: [8, 16],
  hidden_generator: [12],
  hidden_discriminator: 10,
  learning_rate: 5e-3,
  average_memory: 0.998,
  beta1: 0,
  beta2: 0.9,
};
const BATCH = 12;
const { buffer, multiply: product } = await tiles(1 << 24);
const single = () => new Memory(buffer, Float32Array, product);

Deno.test("The first weights have the variance of nnet", () => {
  const { generator: G, discriminator: D } = new Gan(single(), () => 1, CONFIG);
  for (const [place, network] of [G, D].entries()) {
    for (const [name, { data }] of Object.entries(network.parameters())) {
      const expected = NUMBERS.first_weights[place][name];
      assertClose([...data], Array(data.length).fill(expected), 1e-7, name);
    }
  }
});

for (const freeze of [true, false]) {
  const how = freeze ? "locked" : "unlocked";
  Deno.test(`Five iterations with a judge that is ${how} equal those of Python`, () => {
    const memory = new Memory(new ArrayBuffer(1 << 25), Float64Array, multiply);
    const { array, below, uniform, uniforms } = generator(4);
    const gan = new Gan(memory, () => 0, CONFIG);
    const { generator: G, discriminator: D, average } = gan;
    fill(G, uniforms);
    fill(D, uniforms);
    const { losses, weights } = NUMBERS[how];
    for (const expected of losses) {
      const real = memory.copy(uniforms(BATCH * 784), BATCH, 28, 28, 1);
      const digits = array(BATCH, () => below(10));
      const latents = array(
        2,
        () => drawLatents(memory, CONFIG, digits, () => 2 * uniform() - 1),
      );
      const { dLoss, gLoss } = gan.iterate(real, digits, latents, freeze);
      assertClose([dLoss, gLoss], expected, 1e-9, "losses");
    }
    assertWeights(G, weights[0], 1e-7);
    assertWeights(D, weights[1], 1e-7);
    assertWeights(average, weights[2], 1e-7);
    const gradients = Object.values(D.gradients()).flatMap(({ data }) => [...data]);
    assert.notEqual(gradients.some(Boolean), freeze, "a frozen judge has no gradients");
  });
}

Deno.test("Adam forgets its moments after a reset", () => {
  const memory = single();
  const { discriminator: D } = new Gan(memory, () => 0.1, CONFIG);
  const adam = new Adam(memory, [D], { beta1: 0.5 });
  const weights = Object.values(D.parameters()).map(({ data }) => data);
  const start = weights.map((data) => data.slice());
  const step = (gradient) => {
    for (const { data } of Object.values(D.gradients())) data.fill(gradient);
    adam.step(1e-3);
    return weights.map((data) => data.slice());
  };
  const first = step(2);
  step(-1);
  adam.reset();
  weights.forEach((data, place) => data.set(start[place]));
  assert.deepEqual(step(2), first);
});

Deno.test("Tiles multiply matrices of any size and order", () => {
  const memory = single();
  const plain = new Memory(new ArrayBuffer(1 << 20), Float32Array, multiply);
  repeat(({ below, uniform, uniforms }, seed) => {
    const [n, K] = [1 + below(40), 1 + below(40)];
    const L = seed % 100 ? 1 + below(40) : 513 + below(200); // several blocks
    const [isTransposed, add] = [uniform() < 0.5, uniform() < 0.5];
    const [A, B, C] = [n * L, L * K, n * K].map(uniforms);
    const expected = C.map((c, place) => {
      const [r, k] = [Math.floor(place / K), place % K];
      let sum = add ? c : 0;
      for (let l = 0; l < L; l++) {
        sum += A[isTransposed ? l * n + r : r * L + l] * B[l * K + k];
      }
      return sum;
    });
    for (const arrays of [memory, plain]) {
      arrays.freeing(() => {
        const a = isTransposed
          ? transposed(matrix(arrays.copy(A, L, n)))
          : matrix(arrays.copy(A, n, L));
        const c = arrays.copy(C, n, K);
        arrays.multiply(a, matrix(arrays.copy(B, L, K)), matrix(c), add);
        assertClose([...c.data], expected, 1e-4, `${n} x ${L} x ${K}`);
      });
    }
  });
});

Deno.test("A full memory says so", () => {
  const memory = new Memory(new ArrayBuffer(1 << 24), Float32Array, multiply);
  assert.throws(() => memory.array(1 << 23), /is full: 33554432 are needed/);
});
