/** The batches that a run in the page learns from. */

import assert from "node:assert/strict";
import { Memory } from "../../static/js/nn/arrays.js";
import { multiply } from "../../static/js/nn/products.js";
import { configFor, Trainer } from "../../static/js/site/trainer.js";

const PIXELS = 784;
/** @type {any} only what training needs */
const CONFIG = {
  latent: 3,
  channels: [2, 2],
  hidden_generator: [2],
  hidden_discriminator: 2,
  generator_updates: 2,
  metrics_every: 3,
  freeze: true,
  freeze_switches: [],
  seed: 0,
  temperature: 1,
};
const NAMES = ["star", "<b>", "heart"];

/** Return pictures of a square each, in different places. */
function squares(count) {
  return Uint8Array.from({ length: count * PIXELS }, (_, i) => {
    const place = Math.floor(i / PIXELS);
    const row = Math.floor(i % PIXELS / 28) - 3 - 9 * Math.floor(place / 3);
    const column = i % 28 - 3 - 9 * (place % 3);
    return row >= 0 && row < 5 && column >= 0 && column < 5 ? 255 : 0;
  });
}

Deno.test("Only few drawings of a thing are distorted", () => {
  const names = NAMES.slice(1);
  const pixels = new Uint8Array(0);
  const bends = [200, 201].map((length) =>
    configFor(CONFIG, { names, labels: new Uint8Array(length), pixels }).bend
  );
  assert.deepEqual(bends, [true, false]);
});

Deno.test("A batch has each drawing at most once, each time distorted differently", () => {
  const labels = Uint8Array.of(0, 1, 2, 1, 1, 0, 1);
  const own = { names: NAMES, labels, pixels: squares(labels.length) };
  const memory = new Memory(new ArrayBuffer(1 << 22), Float32Array, multiply);
  const trainer = new Trainer(memory, configFor(CONFIG, own));
  const seen = new Set();
  const orders = [];
  trainer.gan.iterate = ({ data, shape }, found) => {
    assert.deepEqual(shape, [found.length, 28, 28, 1]);
    const places = found.map((label, row) => {
      const image = data.subarray(row * PIXELS, (row + 1) * PIXELS);
      seen.add(image.join());
      const distances = Array.from(labels, (_, place) =>
        Math.hypot(
          ...image.map((value, i) =>
            value + 1 - own.pixels[place * PIXELS + i] / 127.5
          ),
        ));
      const place = distances.indexOf(Math.min(...distances));
      assert.equal(labels[place], label);
      return place;
    });
    assert.equal(new Set(places).size, places.length);
    orders.push(places);
    return { dLoss: 0, gLoss: 0 };
  };
  for (trainer.config.batch of [4, 7, 32]) trainer.iterate(own);
  assert.deepEqual(orders.map(({ length }) => length), [4, 7, 7]);
  assert.equal(seen.size, 18);
  assert.notDeepEqual(orders[1], orders[2]);
});
