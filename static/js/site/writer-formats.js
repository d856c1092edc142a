/** Formats a page of handwriting as SVG, animated SVG, PNG or JSON. */

import { spoken } from "../logic/write-request.js";

const UNIT = 50; // coordinates of the SVG per unit of length

/** Return strokes of a character as a path element. */
function path({ mark }, strokes, style = "") {
  const at = ([x, y]) => `${Math.round(x * UNIT)} ${Math.round(y * UNIT)}`;
  const data = strokes.map(([start, ...others]) =>
    `M${at(start)}C${others.map(at).join(" ")}`
  ).join("");
  return `<path${style} stroke-width="${Math.round(mark * UNIT)}" d="${data}"/>`;
}

function svg(
  { request, width, height, scale, inked },
  content = inked.map((one) => path(one, one.strokes)),
) {
  const [wide, high] = [width, height].map((side) => Math.round(side / scale * UNIT));
  const attributes = [
    `xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
    `viewBox="0 0 ${wide} ${high}" role="img" aria-label="${spoken(request.number)}"`,
    `fill="none" stroke="${request.ink}"`,
    'stroke-linecap="round" stroke-linejoin="round"',
  ];
  const lines = [`<svg ${attributes.join(" ")}>`, ...content, "</svg>\n"];
  return new Blob([lines.join("\n")], { type: "image/svg+xml" });
}

const STYLE = "<style>@media (prefers-reduced-motion:no-preference){" +
  "@keyframes w{from{stroke-dashoffset:1.01}to{stroke-dashoffset:0}}" +
  "path[style]{stroke-dasharray:1 2;" +
  "animation:w cubic-bezier(.4,.1,.6,.9) backwards}}</style>";

/**
 * Return an SVG that shows the strokes being written one after the other, from the
 * character at `written` on, as gan/write/self_writing_svg.py does.
 */
function animated(page) {
  const {
    request: { written, seconds },
    writer: { SPEED, QUICKEST, LIFT, NEXT, LINE },
  } = page;
  let now = 0;
  let before = null;
  const moves = page.inked.flatMap((glyph) =>
    glyph.strokes.map((stroke) => {
      if (glyph.position < written) return () => path(glyph, [stroke]);
      if (before) {
        now += before === glyph ? LIFT : before.line === glyph.line ? NEXT : LINE;
      }
      const length = stroke.reduce((sum, [x, y], at) =>
        sum + (at ? Math.hypot(x - stroke[at - 1][0], y - stroke[at - 1][1]) : 0), 0);
      const start = now;
      const takes = Math.max(QUICKEST, length / SPEED);
      now += takes;
      before = glyph;
      return (by) =>
        path(
          glyph,
          [stroke],
          ` pathLength="1" style="animation-delay:${start * by}s;animation-duration:${
            takes * by
          }s"`,
        );
    })
  );
  return svg(page, [STYLE, ...moves.map((move) => move(Math.min(1, seconds / now)))]);
}

/** Describe the page as GET /api/write?format=json does. */
function described({ inked, scale, width, height, baseline }) {
  const glyphs = inked.map(({ position, learned, digit, strokes, mark }) => {
    const points = strokes.flat();
    const [x, right] = extent(points.map(([x]) => x), mark, scale);
    const [y, bottom] = extent(points.map(([, y]) => y), mark, scale);
    const box = { x, y, width: right - x, height: bottom - y };
    return { position, learned, digit, box };
  });
  return { width, height, baseline: baseline * scale, glyphs };
}

/** Return the range of pixels covered by a pen of width `mark` along one axis. */
function extent(units, mark, scale) {
  const first = Math.min(...units) - mark / 2;
  const last = Math.max(...units) + mark / 2;
  return [first * scale, last * scale];
}

/** Draw the SVG on a canvas, and return it as a PNG. */
async function png(page) {
  const picture = new Image();
  const canvas = Object.assign(document.createElement("canvas"), {
    width: page.width,
    height: page.height,
  });
  picture.src = URL.createObjectURL(svg(page));
  await picture.decode();
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return new Promise((done) => canvas.toBlob(done));
}

export const FORMATS = { json: described, animated, png, svg };
