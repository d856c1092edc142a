/**
 * Writes numbers on a static site, from strokes that gan/web/site/recordings.py has
 * recorded. The seed chooses a handwriting and, for each digit, one of its recorded
 * forms, and varies them as gan/write/compose.py does.
 */

import { random } from "../nn/random.js";
import { FORMATS } from "./writer-formats.js";
import { placed } from "./writer-layout.js";
import { recorded } from "./recorded-answers.js";

// Standard deviation of the slant between seeds that have the same handwriting.
const RESTYLED = 0.06;
const clip = (value, [least, most]) => Math.min(Math.max(value, least), most);
const tangent = (degrees) => Math.tan((degrees * Math.PI) / 180);

/** Return `length` numbers from the normal distribution, determined by the keys. */
function normals(keys, length) {
  const { normal } = random(
    keys.reduce((hash, key) => Math.imul(hash ^ key, 0x9e3779b1) ^ (hash >>> 13), 1),
  );
  return Array.from({ length }, normal);
}

/**
 * Return the deviations of a character: height, lift, lean, weight and gap. Part of
 * each is the same for every copy of the symbol, the rest depends on its place.
 */
function habit(symbol, place, { seed, human }, { STEADY, HUMAN, OWN, MOST }) {
  const own = normals([seed, symbol.codePointAt(0), 1], STEADY.length);
  const fresh = normals([seed, ...place], STEADY.length);
  return STEADY.map((steady, i) =>
    (steady + (HUMAN[i] - steady) * human) *
    clip(Math.sqrt(OWN[i]) * own[i] + Math.sqrt(1 - OWN[i]) * fresh[i], [-MOST, MOST])
  );
}

/**
 * Return a smooth curve through points, as a Catmull-Rom spline: the start, then the
 * two control points and the end of each cubic Bezier curve.
 */
function curved(points) {
  const at = (i) => points[clip(i, [0, points.length - 1])];
  const between = (i, to, from) =>
    at(i).map((x, axis) => x + (at(to)[axis] - at(from)[axis]) / 6);
  return [
    points[0],
    ...points.slice(1).flatMap((
      end,
      i,
    ) => [between(i, i + 1, i - 1), between(i + 1, i, i + 2), end]),
  ];
}

/** Form the characters of each line, without their places on the page. */
function characters(request, writer) {
  const { seed, thickness } = request;
  const all = recorded("handwritings");
  const hand = all[seed % all.length];
  const pen = writer.PENS[request.pen];
  const lean = clip(
    tangent(request.slant) + hand.slant + RESTYLED * normals([seed], 1)[0],
    writer.SLANT.map(tangent),
  );
  const copies = {};
  let position = -1;
  return request.number.split("\n").map((text, line) => {
    position += 1;
    return Array.from(text, (symbol, column) => {
      const [height, lift, leaning, heavier, gap] = habit(
        symbol,
        [line, column],
        request,
        writer,
      );
      const learned = /\d/.test(symbol);
      const scale = (1 + height) / writer.GRID;
      copies[symbol] = (copies[symbol] ??
        Math.floor(100 * random(seed + symbol.codePointAt(0)).uniform())) + 1;
      const forms = learned ? hand.digits[symbol] : recorded("signs")[symbol] ?? [[]];
      const form = forms[copies[symbol] % forms.length];
      const strokes = form.map((points) =>
        curved(
          points.map((
            [x, y],
          ) => [scale * (x - (lean + leaning) * y), scale * y - lift]),
        )
      );
      const mark =
        clip(thickness * (hand.weight * (1 + heavier)) ** pen.heavy, writer.THICKNESS) *
        pen.width;
      return {
        digit: Number(symbol),
        learned,
        position: position++,
        line,
        strokes,
        points: strokes.flat(),
        mark,
        gap,
      };
    });
  });
}

/** Compose the page: its size, and the characters that have ink, at their places. */
function compose(request) {
  const writer = recorded("writer");
  const { PITCH, SQUARE, MARGIN, NEAR, EMPTY, ABOVE, BELOW } = writer;
  const { align, paper } = request;
  const squared = paper === "squared";
  const pitch = PITCH[paper];
  const lines = characters(request, writer);
  const layouts = lines.map((line) => placed(line, squared, writer));
  const column = Math.max(...layouts.map(({ aligned }) => aligned));
  const shifts = layouts.map((
    { aligned },
  ) => (align === "right" ? column - aligned : 0));
  const right = Math.max(EMPTY, ...layouts.map(({ end }, line) => end + shifts[line]));
  const inked = lines.flat().filter(({ points }) => points.length);
  const [tops, bottoms] = [-1, 1].map((way) =>
    inked.flatMap(({ points, mark, line }) =>
      points.map(([, y]) => way * (y + pitch * line) + mark / 2 + NEAR)
    )
  );
  const grown = (least, edges) =>
    least +
    Math.max(
      0,
      ...edges.map((
        edge,
      ) => (squared ? SQUARE * Math.ceil((edge - least) / SQUARE) : edge - least)),
    );
  const top = grown(ABOVE[paper], tops);
  const bottom = grown(BELOW[paper] + pitch * (lines.length - 1), bottoms);
  const scale = request.size / writer.HEIGHT;
  lines.forEach((line, number) =>
    line.forEach((one, column) => {
      const left = layouts[number].places[column] + shifts[number];
      one.strokes = one.strokes.map((stroke) =>
        stroke.map(([x, y]) => [x + left, y + pitch * number + top])
      );
    })
  );
  const [width, height] = [right + (squared ? SQUARE / 2 : MARGIN), top + bottom].map((
    side,
  ) => Math.ceil(side * scale));
  return { request, writer, inked, scale, width, height, baseline: top };
}

/**
 * Write a number in handwriting, in the format of the query.
 * @param {Record<string, string>} query as for GET /api/write, with the same defaults
 */
export function write({ format, ...query }) {
  const request = { ...recorded("writer").DEFAULTS };
  for (const [name, value] of Object.entries(query)) {
    request[name] = typeof request[name] === "number" ? Number(value) : value;
  }
  return FORMATS[format](compose(request));
}
