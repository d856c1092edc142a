/** Numbers to be written, and the judge's ratings of drawings. */

import assert from "node:assert/strict";
import { wrapLines } from "../../static/js/logic/write-request.js";
import { scale } from "../../static/js/site/explain.js";
import { placed } from "../../static/js/site/writer-layout.js";
import { assertClose, generator, NUMBERS, repeat } from "./expected.test.js";

Deno.test("Line breaks keep every character", () => {
  repeat(({ array, below, pick }) => {
    const text = array(below(200), () => pick([..."0123456789 .+-\n"])).join("");
    const broken = wrapLines(text);
    assert.equal(broken.replace(/[ \n]/g, ""), text.replace(/[ \n]/g, ""));
    const isShort = broken.split("\n").every((line) => line.length <= 20);
    assert.ok(isShort || text.split("\n").length > NUMBERS.limits.lines / 2);
  });
});

Deno.test("The site has characters in the same squares as Python", () => {
  const { lines, writer } = NUMBERS.squares;
  for (const { radii, places } of lines) {
    const line = radii.map((radius) => ({
      points: [[1, -10]],
      mark: 2 * radius,
      gap: 1,
      learned: true,
    }));
    const found = placed(line, true, writer);
    assertClose(found.places, places, 0.3, "places"); // the site has fewer rows
    assert.equal(found.end, writer.SQUARE * (line.length + 0.5));
  }
});

Deno.test("The scale of ratings is that of Python", () => {
  const { uniforms } = generator(8);
  const [drawn, real] = [0, 1].map(() =>
    Float64Array.from(uniforms(64), (value) => 3 * value)
  );
  drawn[5] = Infinity;
  const asked = Array.from({ length: 64 }, (_, index) => index % 10);
  const found = scale({ drawn, real }, asked);
  for (const side of ["drawn", "real"]) {
    // halves are rounded otherwise
    assertClose(found[side], NUMBERS.ratings[side], 0.011, side);
  }
});
