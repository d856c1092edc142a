/**
 * The dialog "Draw your own" of the Train page (templates/own-drawings.html): draw a
 * thing ten times, or add pictures of it, then train on them.
 */

import {
  create,
  DRAWINGS as KEY,
  finder,
  randomSeed,
  setText,
  storage,
} from "../lib/dom.js";
import { createOnDrawings, post } from "../lib/server.js";
import { advice, fault } from "../logic/drawing-advice.js";
import {
  another,
  isEnough,
  kept,
  LEAST,
  MOST_THINGS,
  namesOf,
  nothing,
  PAD,
  stored,
  trainingData,
} from "../logic/drawings.js";
import { npz } from "../logic/npz.js";
import { thinned } from "../logic/pad-strokes.js";
import { History } from "../logic/undo-history.js";
import { ENOUGH } from "../logic/words.js";
import { mountFiles } from "./add-pictures.js";
import { INK, likenessOf, pixelsOf } from "./drawing-pictures.js";
import { drawStrokes, mountPad } from "./pad.js";
import { mountThings } from "./things-list.js";

const TRACE = "#efe9dd";
const PEN = 12; // on the pad
const MOST_POINTS = 300; // of a drawing
const NARROW = matchMedia("(max-width: 640px)");
const FEW = 3; // things on a phone

/**
 * @param {HTMLElement} el the page
 * @param {() => void} opened called after a run is created
 * @param {() => Promise<void>} leave replaces the run of drawings, if one is open, by a
 * run of digits
 */
export function mount(el, opened, leave) {
  const dialog = finder(el, "part")("drawing");
  const act = finder(dialog, "do");
  const show = finder(dialog, "show");
  const pad = dialog.querySelector("canvas");
  const history = new History(nothing());
  const memory = storage();
  const FORGET = act("forget").textContent;
  let stroke = null;
  let busy = false;

  const showThings = mountThings(
    dialog,
    history,
    (isStep, next = history.now) => put(next, isStep),
  );
  const files = mountFiles(dialog, history, draw, put, complain);
  function complain(text) {
    setText(show("fault"), text);
  }

  function ink() {
    const context = pad.getContext("2d");
    const { strokes, things, at } = history.now;
    context.clearRect(0, 0, PAD, PAD);
    // what to draw again
    drawStrokes(context, things[at].drawings.findLast(Array.isArray) ?? [], PEN, TRACE);
    drawStrokes(context, stroke ? [...strokes, stroke] : strokes, PEN, INK);
  }

  function draw() {
    const { now, past, future } = history;
    const { things, at } = now;
    const names = namesOf(things);
    const many = things.length > 1;
    ink();
    showThings();
    setText(act("forget"), FORGET);
    setText(
      show("what"),
      many ? `Draw “${names[at]}”.` : "Draw the same thing ten times, or add pictures.",
    );
    setText(
      show("advice"),
      advice(now, things.map(({ drawings }) => likenessOf(drawings))),
    );
    const most = NARROW.matches ? FEW : MOST_THINGS;
    const can = {
      undo: past.length,
      redo: future.length,
      learn: isEnough(now) && !busy && !files.isBusy(),
      another: things.length < most,
    };
    for (const [name, enabled] of Object.entries(can)) {
      act(name).ariaDisabled = String(!enabled);
    }
    const isDone = isEnough(now) && things[at].drawings.length >= LEAST;
    act("learn").classList.toggle("primary", isDone);
    act("next").classList.toggle("primary", !isDone);
  }

  /** Show other drawings, and store those that are kept. */
  function put(next, isStep = true) {
    if (isStep) history.put(next);
    else history.now = next;
    complain("");
    store();
    draw();
  }

  function store() {
    const { now } = history;
    try {
      if (
        now.strokes.length ||
        now.things.some(({ name, drawings }) => name || drawings.length)
      ) memory[KEY] = JSON.stringify(now);
      else delete memory[KEY];
    } catch {
      complain(
        "This browser has no room for the drawings, so they end when you leave the page. Save them as a file.",
      );
    }
  }

  /** Show what is stored, perhaps by another tab. */
  function load() {
    const all = memory[KEY] ? stored(memory[KEY]) : nothing();
    history.reset(all ?? nothing());
    // what is on the pad can be undone
    if (all?.strokes.length) history.past = [{ ...all, strokes: [] }];
    draw();
    complain(
      all ? "" : "The drawings that this browser stored cannot be read. Draw new ones.",
    );
  }

  const data = () => trainingData(history.now, pixelsOf);

  const acts = {
    next() {
      const problem = fault(history.now);
      if (problem) complain(problem);
      else put(kept(history.now));
    },
    undo() {
      history.undo();
      put(history.now, false);
    },
    redo() {
      history.redo();
      put(history.now, false);
    },
    async forget({ detail }) {
      if (detail > 1) return; // a double click is one press
      const button = act("forget");
      const isSure = button.textContent !== FORGET;
      setText(button, isSure ? FORGET : "Press again to forget them");
      if (!isSure) return;
      files.forget();
      history.reset(nothing());
      put(history.now, false);
      if ("site" in dialog.dataset) await leave(); // the browser stores that run, too
    },
    another: () => put(another(history.now)),
    async learn() {
      if (!fault(history.now)) put(kept(history.now)); // one that is still on the pad
      if (!isEnough(history.now)) return;
      busy = true;
      draw();
      try {
        const { id } = await createOnDrawings(data(), randomSeed());
        await post(`/api/runs/${id}/train`, { iterations: ENOUGH });
        dialog.close();
        opened();
      } catch ({ message }) {
        complain(message);
      } finally {
        busy = false;
        draw();
      }
    },
    save() {
      if (history.now.things.every(({ drawings }) => drawings.length === 0)) {
        return complain("There are no drawings yet. Draw something first.");
      }
      const href = URL.createObjectURL(new Blob([npz(data())]));
      create("a", { href, download: "drawings.npz" }).click();
      URL.revokeObjectURL(href);
    },
  };

  for (const [name, press] of Object.entries(acts)) {
    act(name).disabled = false;
    act(name).addEventListener(
      "click",
      (event) => act(name).ariaDisabled === "true" || press(event),
    );
  }
  mountPad(pad, PAD, (part) => {
    stroke = part;
    ink();
  }, (whole) => {
    stroke = null;
    const { now } = history;
    put({ ...now, strokes: thinned([...now.strokes, whole], MOST_POINTS) });
  });
  dialog.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (
      !(event.ctrlKey || event.metaKey) || !["y", "z"].includes(key) ||
      event.target.matches(".name")
    ) return;
    event.preventDefault();
    acts[event.shiftKey || key === "y" ? "redo" : "undo"]();
    // the focused drawing has gone
    if (!dialog.contains(document.activeElement)) act("next").focus();
  });
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== KEY) return;
    if (newValue === null) files.forget();
    load();
    // forgotten in another tab
    if (newValue === null && "site" in dialog.dataset) leave();
  });
  const opens = finder(el, "do")("draw");
  opens.disabled = false;
  opens.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", draw); // a press of Forget is over
  load();
}
