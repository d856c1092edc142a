/** The user's drawings: names, strokes, pictures, and the file that a page sends. */

import assert from "node:assert/strict";
import { alikeness, fault } from "../../static/js/logic/drawing-advice.js";
import * as drawings from "../../static/js/logic/drawings.js";
import { npz } from "../../static/js/logic/npz.js";
import {
  drawingsIn,
  fitted,
  MOST_POINTS,
  thinned,
  writeWith,
} from "../../static/js/logic/pad-strokes.js";
import { pictureToDrawing } from "../../static/js/logic/picture-to-drawing.js";
import { History } from "../../static/js/logic/undo-history.js";
import { distort } from "../../static/js/site/distort.js";
import { assertClose, digest, generator, NUMBERS, repeat } from "./expected.test.js";

const SIGNS = [...'aé中🐈 <&"\0\n\t\u00a0\u00ad\u200d\u2028\u202e\u3000\ufeff\ud800'];
const PIXELS = 784;

function strokesOf({ array, below }, longest = 150) {
  const stroke = () => array(2 + 2 * below(longest), () => below(drawings.PAD));
  return array(1 + below(5), stroke);
}

function pointsOf(stroke) {
  return stroke.flatMap((x, at) => (at % 2 ? [] : [`${x} ${stroke[at + 1]}`]));
}

Deno.test("Every name becomes one that the server accepts", () => {
  repeat(({ array, below, pick }) => {
    const name = () => below(9) ? array(below(20), () => pick(SIGNS)).join("") : "any";
    const things = array(1 + below(10), () => ({ name: name(), drawings: [] }));
    const names = drawings.namesOf(things);
    assert.equal(names.length, things.length);
    assert.equal(new Set(names).size, names.length);
    for (const one of names) {
      assert.ok([...one].length <= 40);
      assert.match(one, /^[^\p{C}\p{Z}]+([ \u200d]+[^\p{C}\p{Z}]+)*$/u);
      assert.notEqual(one, "any");
    }
  });
});

Deno.test("The file of drawings is the one that Python reads", () => {
  const names = ["star", "<b>é 🐈</b>"];
  const labels = Uint8Array.of(0, 1, 0);
  const found = npz({ names, labels, pixels: generator(9).bytes(3 * PIXELS) });
  const expected = Deno.readFileSync(new URL("drawings.npz", import.meta.url));
  assert.deepEqual(found, expected);
});

Deno.test("Pictures are as alike as in Python", () => {
  const { array, bytes } = generator(7);
  const pictures = array(4, () => bytes(PIXELS));
  assertClose(alikeness(pictures), NUMBERS.alikeness, 1e-9, "alikeness");
  assertClose(alikeness(Array(3).fill(pictures[0])), 1, 1e-9, "the same");
});

Deno.test("A drawing fills its picture and is centred", () => {
  repeat((given) => {
    const strokes = strokesOf(given, 5);
    if (fault({ things: [{ name: "", drawings: [] }], at: 0, strokes })) {
      return;
    }
    const [lines, pen] = fitted(strokes);
    const sides = [0, 1].map((axis) => {
      const all = lines.flat().filter((_, at) => at % 2 === axis);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      assertClose((low + high) / 2, 14, 1e-9, "centre");
      return high - low;
    });
    assertClose(Math.max(...sides) + pen, 25, 1e-9, "longer side");
  });
});

Deno.test("Thinning keeps the ends, and fits into a request", () => {
  function check(strokes) {
    const thin = thinned(strokes);
    assert.ok(thin.flat().length <= 2 * MOST_POINTS);
    strokes.forEach((before, place) => {
      const after = thin[place];
      assert.deepEqual(after.slice(0, 2), before.slice(0, 2));
      assert.deepEqual(after.slice(-2), before.slice(-2));
      const points = new Set(pointsOf(before));
      assert.ok(pointsOf(after).every((point) => points.has(point)));
    });
    const all = Object.fromEntries([..."0123456789"].map((digit) => [digit, thin]));
    assert.ok(JSON.stringify({ drawings: all }).length < NUMBERS.limits.body);
  }
  assert.ok(2 * MOST_POINTS <= NUMBERS.limits.numbers);
  repeat((given) => check(strokesOf(given)));
  check([Array.from({ length: 400 }, (_, i) => [200 + i % 50, 100 + i % 90]).flat()]);
});

Deno.test("A saved handwriting is loaded, and its address omits its drawings", () => {
  const { drawings: drawn, ...kept } = NUMBERS.handwriting;
  assert.deepEqual(drawingsIn(JSON.stringify(NUMBERS.handwriting)), drawn);
  const { pathname, searchParams } = new URL(
    writeWith(NUMBERS.handwriting),
    "http://localhost",
  );
  assert.equal(pathname, "/write");
  assert.deepEqual(JSON.parse(searchParams.get("mine")), kept);
});

/** Return the picture that `pictures` in python_numbers.py has at this place. */
function picture(place, { array, bytes }) {
  const [height, width] = bytes(2).map((side) => 1 + side % 49);
  const data = new Uint8ClampedArray(4 * width * height);
  let opacity = place % 8;
  if (place % 2) data.set(bytes(data.length));
  else {
    const [paper, ink] = array(2, () => bytes(4));
    for (let at = 0; at < width * height; at++) {
      const y = (2 * Math.floor(at / width) - height) * width;
      const x = (2 * (at % width) - width) * height;
      const isInside = 2 * (x * x + y * y) < (width * height) ** 2;
      data.set(isInside ? ink : paper, 4 * at);
    }
    opacity = place % 6;
  }
  for (let at = 3; at < data.length; at += 4) data[at] *= opacity;
  return { data, width, height };
}

Deno.test("Pictures become the same drawings as in Python", () => {
  const given = generator(6);
  NUMBERS.drawings.forEach((expected, place) => {
    const found = pictureToDrawing(picture(place, given));
    assert.equal(found && digest(found), expected, `picture ${place}`);
  });
});

Deno.test("Drawings are distorted as in Python", () => {
  NUMBERS.distorted.forEach((expected, seed) => {
    const { array, bytes, normal, uniform } = generator(seed);
    const image = Float32Array.from(bytes(PIXELS), (ink) => ink / 127.5 - 1);
    const uniforms = array(6, uniform);
    const normals = array(50, normal);
    distort(image, {
      uniform: () => uniforms.shift(),
      normal: () => normals.shift(),
    });
    assertClose([...image.filter((_, i) => i % 29 === 0)], expected, 1e-4, "pixels");
  });
});

Deno.test("A step after an undo replaces the steps that were undone", () => {
  const history = new History("blank");
  for (const step of ["line", "circle"]) history.put(step);
  history.undo();
  assert.equal(history.now, "line");
  history.redo();
  assert.equal(history.now, "circle");
  history.undo();
  history.put("dot");
  assert.deepEqual(
    { ...history },
    { now: "dot", past: ["blank", "line"], future: [] },
  );
});
