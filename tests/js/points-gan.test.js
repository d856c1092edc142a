/** static/js/logic/points-gan.js, compared with the GAN in Python; and its scenes. */

import assert from "node:assert/strict";
import {
  adam,
  iterate,
  network,
  outputs,
  throughD,
  updateG,
} from "../../static/js/logic/points-gan.js";
import * as scenes from "../../static/js/logic/points-gan-scenes.js";
import { sigmoid } from "../../static/js/nn/losses.js";
import {
  assertClose,
  assertWeights,
  fill,
  generator,
  NUMBERS,
} from "./expected.test.js";

const RATE = 3e-3;
const build = (width, uniforms) => {
  const net = network([2, 12, 8, width], () => 0);
  fill(net, uniforms);
  return net;
};

Deno.test("Two hundred iterations equal those of the training in Python", () => {
  const { uniforms } = generator(5);
  const [G, D] = [2, 1].map((width) => build(width, uniforms));
  const game = {
    G,
    D,
    optimizerG: adam([G]),
    optimizerD: adam([D]),
    rateG: RATE,
    rateD: RATE,
    frozen: true,
  };
  const losses = [];
  for (let i = 0; i < 200; i++) {
    const real = Float64Array.from(uniforms(32));
    losses.push(iterate(game, real, [Float64Array.from(uniforms(32))]));
  }
  const expected = NUMBERS.points_gan;
  assertClose(losses.filter((_, i) => i % 20 === 0), expected.losses, 1e-6, "losses");
  assertWeights(G, expected.weights[0], 1e-5);
  assertWeights(D, expected.weights[1], 1e-5);
});

Deno.test("The arrows are the slopes of the loss", () => {
  const { uniforms } = generator(6);
  const D = build(1, uniforms);
  const points = Float64Array.from(uniforms(32));
  const loss = () =>
    outputs(D, points).reduce((sum, r) => sum - Math.log(sigmoid(r)), 0) / 16;
  const [found, slopes] = throughD({ D, frozen: true }, points);
  assertClose(found, loss(), 1e-9, "loss");
  for (const { data } of Object.values(D.gradients())) {
    assert.ok(!data.some(Boolean), "D is frozen");
  }
  const STEP = 1e-6;
  points.forEach((before, i) => {
    const [above, below] = [STEP, -STEP].map((step) => {
      points[i] = before + step;
      return loss();
    });
    points[i] = before;
    assertClose(slopes[i], (above - below) / (2 * STEP), 1e-7, "slope");
  });
});

// Scenes show their effect in four of five seeds.

const SHOWN = 128;
const MANY = 0.6 * SHOWN;
const FEW = 0.15 * SHOWN;
const ignore = !Deno.args.includes("full"); // `make test-all` runs the slow ones

function advance(play, count) {
  for (let i = 0; i < count; i++) scenes.advance(play);
}

/** Play a scene with each seed, and count the seeds that show the effect. */
function assertMost(id, data, shows) {
  const shown = [1, 2, 3, 4, 5].filter((seed) => shows(scenes.begin(id, seed, data)));
  assert.ok(shown.length >= 4, `only the seeds ${shown} show it`);
}

for (const data of ["moons", "line"]) {
  Deno.test(
    `The points reach the real ones: ${data}`,
    { ignore },
    () =>
      assertMost("chase", data, (play) => {
        const before = scenes.arrived(play);
        advance(play, play.scene.limit);
        return before < FEW && scenes.arrived(play) > MANY;
      }),
  );
}

Deno.test("Each point follows its arrow", () =>
  assertMost("chase", "moons", (play) => {
    const before = scenes.drawn(play);
    const [, slopes] = throughD(play.game, before);
    for (let i = 0; i < 5; i++) updateG({ ...play.game, rateG: 0.0025 }, play.fixed);
    const moved = scenes.drawn(play).map((at, i) => (before[i] - at) * slopes[i]);
    return scenes.pairs(moved).filter(([x, y]) => x + y > 0).length > 0.8 * SHOWN;
  }));

Deno.test(
  "An unlocked judge teaches nothing, and a locked one does",
  { ignore },
  () =>
    assertMost("freeze", null, (play) => {
      advance(play, 300);
      const unlocked = scenes.arrived(play);
      const logits = outputs(play.game.D, scenes.drawn(play));
      const praise = logits.reduce((sum, r) => sum + sigmoid(r), 0) / logits.length;
      scenes.change(play);
      advance(play, 300);
      return unlocked < FEW && praise > 0.9 && scenes.arrived(play) > MANY;
    }),
);

Deno.test(
  "With momentum the crowd hops within any hundred iterations",
  { ignore },
  () => {
    for (let seed = 1; seed <= 5; seed++) {
      const play = scenes.begin("collapse", seed);
      const most = [];
      let hops = scenes.hops(play);
      assert.equal(hops, 0);
      while (play.iteration < play.scene.limit) {
        advance(play, 100);
        most.push(...play.columns.slice(-33).map((shares) => Math.max(...shares)));
        assert.ok(scenes.hops(play) > hops);
        hops = scenes.hops(play);
        assert.match(
          scenes.reading(play),
          RegExp(`Hops to another group: ${hops}\\.$`),
        );
      }
      const half = most.slice(most.length / 2);
      assert.ok(half.reduce((a, b) => a + b) / half.length > 0.5);
    }
  },
);

Deno.test("Two numbers circle, and spiral inward with the penalty", () => {
  const play = scenes.begin("circle", 1); // no seed plays a part
  const run = () => {
    advance(play, play.scene.limit);
    return play.trail.map((point) => Math.hypot(...point));
  };
  const circle = run();
  assert.ok(Math.min(...circle) > 1.4 && Math.max(...circle) < 1.6);
  scenes.change(play);
  assert.ok(run().at(-1) < 0.05);
});

Deno.test("A scene plays the same again", () => {
  const [one, other] = [1, 1].map((seed) => {
    const play = scenes.begin("chase", seed);
    advance(play, 2);
    return scenes.drawn(play);
  });
  assert.deepEqual(one, other);
});

Deno.test("A visitor's points replace those of a scene", () => {
  const { shown } = scenes.begin("chase", 1, null, [[1, 2]]);
  const far = Math.max(...shown.map(([x, y]) => Math.hypot(x - 1, y - 2)));
  assert.ok(far > 0 && far < 0.4);
});
