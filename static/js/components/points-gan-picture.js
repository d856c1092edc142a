/** The pictures of "A GAN in the plane", on canvases 480 units wide. */

import { outputs, throughD } from "../logic/points-gan.js";
import { drawn, EDGE, pairs } from "../logic/points-gan-scenes.js";
import { sigmoid } from "../nn/losses.js";

const SIDE = 480; // units
const GRID = 41; // points per row at which the judge's opinion is computed
const ARROW = 34; // units of the longest arrow
const COLUMNS = 120; // number of columns, one per moment, in the chart of groups
const HIGH = 12; // units, the height of a row of this chart
/** Convert a coordinate to units of the canvas; points outside go to the edge. */
const at = (x) => Math.max(4, Math.min(SIDE - 4, (x / EDGE + 1) * (SIDE / 2)));
const along = (i) => (2 * EDGE * i) / (GRID - 1) - EDGE;
const grid = Float64Array.from(
  { length: 2 * GRID * GRID },
  (_, i) => i % 2 ? -along(Math.floor(i / 2 / GRID)) : along((i / 2) % GRID),
);
const heat = new OffscreenCanvas(GRID, GRID);

/** Erase the picture. Return its context, and a function that looks up colours. */
export function begin(canvas) {
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  pen.setTransform(2, 0, 0, 2, 0, 0);
  pen.clearRect(0, 0, SIDE, SIDE);
  return { pen, colour };

  /** Return a named colour of static/paper.css in the present colour scheme. */
  function colour(name) {
    canvas.style.color = `var(--${name})`;
    return style.color;
  }
}

/** Draw dots at points of the plane. */
function dots(pen, points, fillStyle, radius) {
  pen.fillStyle = fillStyle;
  for (const [x, y] of points) {
    pen.beginPath();
    pen.arc(at(x), at(-y), radius, 0, 7);
    pen.fill();
  }
}

function line(pen, points, strokeStyle, lineWidth = 1.5) {
  Object.assign(pen, { strokeStyle, lineWidth });
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(at(x), at(-y));
  pen.stroke();
}

/** Paint the judge's opinion: the stronger the colour, the more real. */
function paint(pen, fillStyle, D) {
  const on = heat.getContext("2d");
  const wide = (SIDE * GRID) / (GRID - 1);
  const from = (SIDE - wide) / 2; // half of each outer cell lies outside
  on.fillStyle = fillStyle;
  on.clearRect(0, 0, GRID, GRID);
  outputs(D, grid).forEach((logit, i) => {
    on.globalAlpha = 0.65 * sigmoid(logit);
    on.fillRect(i % GRID, Math.floor(i / GRID), 1, 1);
  });
  pen.drawImage(heat, from, from, wide, wide);
}

/** Draw the judge's opinion, and real and drawn points. @param {number[][]} real */
export function drawPoints(canvas, play, real) {
  const { pen, colour } = begin(canvas);
  const { scene, game, past } = play;
  const fakes = drawn(play);
  const points = pairs(fakes);
  paint(pen, colour("judge"), game.D);
  dots(pen, real, colour("ink"), 2);
  if (scene.rows) { // draw the path of each point in the last pictures
    past.push(points);
    if (past.length > 8) past.shift();
    pen.globalAlpha = 0.25;
    points.forEach((_, i) => line(pen, past.map((one) => one[i]), colour("artist"), 1));
    pen.globalAlpha = 1;
  }
  if (scene.arrows) arrows(pen, colour("add"), points, throughD(game, fakes)[1]);
  dots(pen, points, colour("page"), 4.5);
  dots(pen, points, colour("artist"), 3.5);
}

/**
 * Draw the negative gradient at each point as an arrow of at most ARROW units. Lengths
 * follow a tanh, so long arrows are shortened.
 */
function arrows(pen, colour, points, dfake) {
  points.forEach(([x, y], i) => {
    const dx = -dfake[2 * i];
    const dy = -dfake[2 * i + 1];
    const size = Math.hypot(dx, dy);
    const length = ARROW * Math.tanh(size * points.length);
    if (length < 1) return;
    const scale = (2 * EDGE) / SIDE / size;
    const to = (ahead, aside) => [
      x + (ahead * dx - aside * dy) * scale,
      y + (ahead * dy + aside * dx) * scale,
    ];
    const tip = to(length, 0);
    const head = Math.min(6, length / 2);
    const sides = [head / 2, -head / 2].map((aside) => to(length - head, aside));
    line(pen, [[x, y], tip, sides[0], tip, sides[1]], colour, 1.8);
  });
}

/** Draw the path of the two numbers of a scene with `path`. */
export function drawPath(canvas, { trail }) {
  const { pen, colour } = begin(canvas);
  for (const axis of [[[-EDGE, 0], [EDGE, 0]], [[0, -EDGE], [0, EDGE]]]) {
    line(pen, axis, colour("rule"));
  }
  line(pen, trail, colour("add"));
  dots(pen, [[0, 0]], colour("ink"), 4);
  dots(pen, [trail.at(-1)], colour("artist"), 8);
}

/** Draw the share of points near each of the eight groups over time, a row each. */
export function drawRows(canvas, { columns }) {
  const { pen, colour } = begin(canvas);
  const width = SIDE / COLUMNS;
  pen.fillStyle = colour("artist");
  columns.slice(-COLUMNS).forEach((shares, x) =>
    shares.forEach((share, row) => {
      pen.globalAlpha = Math.min(1, 1.5 * share);
      pen.fillRect(x * width, row * HIGH + 1, width, HIGH - 2);
    })
  );
  pen.globalAlpha = 1;
}
