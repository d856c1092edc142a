/**
 * The dialog "Draw your own" of the Train page (templates/own-drawings.html): draw a
 * thing ten times, or add pictures of it, then train on them.
 */

import {
  create,
  DRAWINGS as KEY,
  finders,
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
  total,
  trainingData,
} from "../logic/drawings.js";
import { npz } from "../logic/npz.js";
import { thinned } from "../logic/pad-strokes.js";
import { History } from "../logic/undo-history.js";
import { ENOUGH } from "../logic/words.js";
import { mountFiles } from "./add-pictures.js";
import { INK, likenessOf, pixelsOf } from "./drawing-pictures.js";
import { drawStrokes, mountPad } from "./pad.js";
import { mountThings } from "./own-drawings-list.js";

const TRACE = "#efe9dd";
const PEN = 12; // width on the pad
const MOST_POINTS = 300; // of a drawing
const NARROW = matchMedia("(max-width: 640px)");
const FEW = 3; // maximum number of things on a phone

/**
 * Mount the dialog.
 * @param {HTMLElement} el the page
 * @param {() => void} opened called after a run is created
 * @param {() => Promise<void>} leave replaces the run of drawings, if one is open, by a
 * run of digits
 */
export function mount(el, opened, leave) {
  const page = finders(el);
  const dialog = page.part("drawing");
  const { show, button } = finders(dialog);
  const pad = dialog.querySelector("canvas");
  const history = new History(nothing());
  const memory = storage();
  const FORGET = button("forget").textContent;
  let stroke = null;
  let busy = false;

  const showThings = mountThings(dialog, history, changed);
  const files = mountFiles(dialog, history, draw, changed, complain);
  function complain(text) {
    setText(show("fault"), text);
  }

  /** Draw the pad: the present strokes over a pale trace of the last drawing. */
  function ink() {
    const context = pad.getContext("2d");
    const { strokes, things, at } = history.now;
    context.clearRect(0, 0, PAD, PAD);
    // The trace shows what to draw again.
    drawStrokes(context, things[at].drawings.findLast(Array.isArray) ?? [], PEN, TRACE);
    drawStrokes(context, stroke ? [...strokes, stroke] : strokes, PEN, INK);
  }

  /** Show all drawings, and which buttons can be pressed. */
  function draw() {
    const { now, past, future } = history;
    const { things, at } = now;
    const names = namesOf(things);
    const many = things.length > 1;
    ink();
    showThings();
    setText(button("forget"), FORGET);
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
      button(name).ariaDisabled = String(!enabled);
    }
    const isDone = isEnough(now) && things[at].drawings.length >= LEAST;
    button("learn").classList.toggle("primary", isDone);
    button("next").classList.toggle("primary", !isDone);
  }

  /** Store and show the drawings after a change. */
  function changed() {
    complain("");
    store();
    draw();
  }

  function put(next) {
    history.put(next);
    changed();
  }

  /** Store the drawings in the browser. */
  function store() {
    const { now } = history;
    try {
      const isNamed = now.things.some(({ name }) => name);
      if (total(now) || now.strokes.length || isNamed) {
        memory[KEY] = JSON.stringify(now);
      } else delete memory[KEY];
    } catch {
      complain(
        "This browser has no room for the drawings, so they end when you leave the page. Save them as a file.",
      );
    }
  }

  /** Load and show the stored drawings, which another tab may have changed. */
  function load() {
    const all = memory[KEY] ? stored(memory[KEY]) : nothing();
    history.reset(all ?? nothing());
    // Let the user undo the strokes on the pad.
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
      changed();
    },
    redo() {
      history.redo();
      changed();
    },
    async forget({ detail }) {
      if (detail > 1) return; // a double click is one press
      const isSure = button("forget").textContent !== FORGET;
      setText(button("forget"), isSure ? FORGET : "Press again to forget them");
      if (!isSure) return;
      files.forget();
      history.reset(nothing());
      changed();
      if ("site" in dialog.dataset) await leave(); // the browser stores that run, too
    },
    another: () => put(another(history.now)),
    async learn() {
      if (!fault(history.now)) put(kept(history.now)); // the one on the pad
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
      if (total(history.now) === 0) {
        return complain("There are no drawings yet. Draw something first.");
      }
      const href = URL.createObjectURL(new Blob([npz(data())]));
      create("a", { href, download: "drawings.npz" }).click();
      URL.revokeObjectURL(href);
    },
  };

  for (const [name, press] of Object.entries(acts)) {
    button(name).disabled = false;
    button(name).onclick = (event) => {
      if (button(name).ariaDisabled !== "true") press(event);
    };
  }
  mountPad(pad, PAD, (part) => {
    stroke = part;
    ink();
  }, (whole) => {
    stroke = null;
    const { now } = history;
    put({ ...now, strokes: thinned([...now.strokes, whole], MOST_POINTS) });
  });
  dialog.onkeydown = (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["y", "z"].includes(key)) return;
    if (event.target.matches(".name")) return;
    event.preventDefault();
    button(event.shiftKey || key === "y" ? "redo" : "undo").click();
    // The focused drawing may be gone.
    if (!dialog.contains(document.activeElement)) button("next").focus();
  };
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== KEY) return;
    if (newValue === null) files.forget();
    load();
    // Another tab has forgotten the drawings.
    if (newValue === null && "site" in dialog.dataset) leave();
  });
  const opens = page.button("draw");
  opens.disabled = false;
  opens.onclick = () => dialog.showModal();
  dialog.onclose = draw; // resets the label of Forget
  load();
}
