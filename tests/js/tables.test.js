/**
 * Functions of static/js with the arguments of recorded tables.
 *
 * Each file of the folder `tables` has a table for every function. A row is a case:
 * what it shows, the arguments, and the returned value. `{"like": NAME, ...}` stands for
 * the value of that name in the file's "values", with the other keys changed, and
 * `{"repeat": TEXT, "times": NUMBER}` for a long text.
 */

import assert from "node:assert/strict";
import * as labels from "../../static/js/logic/drawing-labels.js";
import { status } from "../../static/js/logic/run-status.js";
import * as state from "../../static/js/logic/state.js";
import * as words from "../../static/js/logic/words.js";
import { NUMBERS } from "./expected.test.js";

function read(name) {
  const text = Deno.readTextFileSync(new URL(name, import.meta.url));
  const { values, ...tables } = JSON.parse(text);
  return inFull(tables, values);
}

function inFull(value, named) {
  if (Array.isArray(value)) return value.map((one) => inFull(one, named));
  if (value === null || typeof value !== "object") return value;
  if ("repeat" in value) return value.repeat.repeat(value.times);
  const { like, ...changes } = value;
  for (const key of Object.keys(changes)) changes[key] = inFull(changes[key], named);
  const base = like === undefined ? {} : inFull(named[like], named);
  const isPlain = typeof base === "object" && !Array.isArray(base);
  return isPlain ? { ...base, ...changes } : base;
}

/** Compare values as JSON, which has neither undefined nor -0. */
function assertSame(found, expected, about) {
  assert.deepEqual(JSON.parse(JSON.stringify(found ?? null)), expected, about);
}

/** Compare the values that a row names. */
function assertShown(found, expected, about) {
  const named = Object.keys(expected).map((name) => [name, found[name]]);
  assertSame(Object.fromEntries(named), expected, about);
}

function outcome(act) {
  try {
    return act();
  } catch ({ message }) {
    return { error: message };
  }
}

// lib/keys.js notes clicks on the page as it loads.
Object.assign(globalThis, { document: new EventTarget() });

for (const { name: file } of Deno.readDirSync(new URL("tables", import.meta.url))) {
  for (const [called, rows] of Object.entries(read(`tables/${file}`))) {
    Deno.test(called, async () => {
      const [path, name] = called.split(" ");
      const module = await import(`../../static/js/${path}.js`);
      for (const [about, given, expected] of rows) {
        assertSame(outcome(() => module[name](...given)), expected, about);
      }
    });
  }
}

// A row of state.json has the events of a run, and what follows: fields of the state,
// and the texts and buttons derived from it.
for (const [part, rows] of Object.entries(read("state.json"))) {
  Deno.test(`A page shows what follows from the events: ${part}`, () => {
    for (const [about, events, expected] of rows) {
      const now = events.reduce(state.reduce, state.initial());
      const newest = state.newest(now);
      const shown = {
        ...now,
        ...status(now),
        ...words.controls(now),
        newest,
        picture: state.pictureAddress(now, newest),
        unlocked: words.isUnlocked(now.config),
        worth: words.worth(now.config, 64),
      };
      assertShown(shown, expected, about);
    }
  });
}

// A row of sheets.json has an evaluation, which Python prepares for the page, and what
// the page says about it.
Deno.test("A sheet is described", () => {
  for (const [place, [about, _, expected]] of read("sheets.json").sheets.entries()) {
    const reading = NUMBERS.readings[place];
    const marks = labels.marks(reading);
    const kind = ({ other }) => (other ? "wrong" : "unsure");
    const shown = {
      marks: marks.map((mark) => `${kind(mark)} ${mark.text}`).join(", "),
      key: labels.key(marks),
    };
    for (const name of ["summary", "spoken", "legend", "isReadable", "canWrite"]) {
      shown[name] = labels[name](reading);
    }
    assertShown(shown, expected, about);
  }
});

Deno.test("Every second row beyond two thousand is dropped", () => {
  function added(count) {
    const row = { of: 1, recognized: 1, mistaken: 1 };
    const rows = Array.from(
      { length: count },
      (_, at) => ({ ...row, iteration: at + 1 }),
    );
    const before = { ...state.initial(), metrics: rows, progress: rows };
    const reading = { read: [true], prefers_real: 0 };
    const event = { run: null, iteration: count + 1, reading };
    return [
      state.reduce(before, { ...event, type: "metrics" }).metrics,
      state.reduce(before, { ...event, type: "sheet" }).progress,
    ].map((kept) => kept.map(({ iteration }) => iteration));
  }
  const upTo = (last, step) =>
    Array.from({ length: Math.ceil(last / step) }, (_, at) => 1 + at * step);
  assert.deepEqual(added(1999), [upTo(2000, 1), upTo(2000, 1)]);
  assert.deepEqual(added(2000), [upTo(2001, 2), upTo(2001, 2)]);
});
