/**
 * The dialog "Draw your own" of the Train page (templates/own-drawings.html): draw a
 * thing ten times, or add pictures of
 * it, then train on them.
 */

import {
  create,
  DRAWINGS as KEY,
  finder,
  randomSeed,
  setText,
  storage,
} from "../lib/dom.js";
import { decoded, inOrder } from "../lib/picture-files.js";
import { createOnDrawings, post } from "../lib/server.js";
import { SIDE } from "../logic/drawing-labels.js";
import {
  added,
  advice,
  alikeness,
  another,
  chosen,
  fault,
  fitted,
  History,
  isEnough,
  kept,
  LEAST,
  leftOut,
  MOST_THINGS,
  named,
  namesOf,
  noRoom,
  nothing,
  PAD,
  stored,
  trainingData,
  without,
} from "../logic/drawings.js";
import { npz } from "../logic/npz.js";
import { thinned } from "../logic/pad-strokes.js";
import { count, ENOUGH } from "../logic/words.js";
import { drawStrokes, mountPad } from "./pad.js";

const INK = "#221f1a";
const TRACE = "#efe9dd";
const PEN = 12; // on the pad
const OPACITY = 3; // after red, green and blue
const MOST_POINTS = 300; // of a drawing
const SHOWN = 50; // drawings of a thing
const COMPARED = 50; // more drawings of a thing may differ
const NARROW = matchMedia("(max-width: 640px)");
const FEW = 3; // things on a phone

/** Draw on a canvas of 28 × 28 pixels. @param {number[][]|{picture: string}} drawing */
function drawSmall(canvas, drawing) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (Array.isArray(drawing)) drawStrokes(context, ...fitted(drawing), INK);
  else {
    const image = new ImageData(SIDE, SIDE);
    pixels(drawing).forEach((ink, i) => {
      image.data[4 * i + OPACITY] = ink;
    });
    context.putImageData(image, 0, 0);
  }
  return context;
}

/** Return a drawing as 784 pixels, ink 255. */
function pixels(drawing) {
  if (!Array.isArray(drawing)) {
    return Uint8Array.from(atob(drawing.picture), (one) => one.charCodeAt(0));
  }
  const { data } = drawSmall(create("canvas", { width: SIDE, height: SIDE }), drawing)
    .getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + OPACITY]);
}

/** Return a function that keeps what `make` returns for every object. */
function cached(make) {
  const known = new WeakMap();
  return (key) => known.get(key) ?? known.set(key, make(key)).get(key);
}

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
  const list = dialog.querySelector("ol");
  const template = dialog.querySelector("template");
  const history = new History(nothing());
  const memory = storage();
  const shown = new WeakMap();
  const FORGET = act("forget").textContent;
  const inputs = dialog.querySelectorAll("[type=file]");
  const [files, folder] = inputs;
  let stroke = null;
  let busy = false;
  let queue = []; // files that are being added

  const pixelsOf = cached(pixels);
  const likenessOf = cached((
    drawings,
  ) => (drawings.length > COMPARED ? 1 : alikeness(drawings.map(pixelsOf))));
  const complain = (text) => setText(show("fault"), text);

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
    while (list.children.length > things.length) list.lastChild.remove();
    while (list.children.length < things.length) {
      list.append(template.content.cloneNode(true));
    }
    things.forEach((thing, index) =>
      fill(list.children[index], thing, names[index], index === at)
    );
    list.classList.toggle("many", many);
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
      learn: isEnough(now) && !busy && queue.length === 0,
      another: things.length < most,
    };
    for (const [name, enabled] of Object.entries(can)) {
      act(name).ariaDisabled = String(!enabled);
    }
    const isDone = isEnough(now) && things[at].drawings.length >= LEAST;
    act("learn").classList.toggle("primary", isDone);
    act("next").classList.toggle("primary", !isDone);
  }

  /** Show a thing: its name, how many drawings there are, and the drawings. */
  function fill(item, thing, name, isChosen) {
    const [radio, field, number, drawings] = item.children;
    radio.checked = isChosen;
    radio.ariaLabel = `Draw ${name}`;
    drawings.ariaLabel = name;
    if (field.value !== thing.name) field.value = thing.name;
    const { length } = thing.drawings;
    const hidden = length > SHOWN ? `, the first ${SHOWN} shown` : "";
    setText(number, `${count(length)}${length < LEAST ? ` of ${LEAST}` : hidden}`);
    if (shown.get(item) === thing.drawings) return;
    shown.set(item, thing.drawings);
    drawings.replaceChildren(
      ...thing.drawings.slice(0, SHOWN).map((drawing, place) => {
        const canvas = create("canvas", { width: SIDE, height: SIDE });
        drawSmall(canvas, drawing);
        return create("button", {
          type: "button",
          title: "Remove",
          ariaLabel: `Remove drawing ${place + 1}`,
        }, canvas);
      }),
    );
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

  /**
   * Add pictures when all are decoded, unless the drawings are forgotten meanwhile.
   * @param {import("../lib/picture-files.js").Chosen[]} chosen
   */
  async function add(chosen) {
    const files = queue;
    const problem = noRoom(history.now, [...files, ...chosen]);
    const isFirst = files.length === 0;
    complain(problem);
    if (problem) return;
    files.push(...chosen);
    if (!isFirst) return;
    draw();
    const { at } = history.now;
    const pictures = [];
    /** @type {Record<string, string[]>} files by the reason why they are left out */
    const left = {};
    for (const [place, { file, label }] of files.entries()) {
      setText(show("adding"), `Adding ${count(place + 1)} of ${count(files.length)}`);
      const { pixels, reason } = await decoded(file);
      if (files !== queue) return;
      if (pixels) {
        pictures.push({ label, picture: btoa(String.fromCharCode(...pixels)) });
      } else (left[reason] ??= []).push(file.name);
    }
    empty();
    const late = noRoom(history.now, pictures); // there may be more drawings by now
    if (late || pictures.length === 0) draw();
    else put(added(history.now, pictures, at));
    complain(
      [show("fault").textContent, late, leftOut(left)].filter(Boolean).join(" "),
    );
  }

  function empty() {
    queue = [];
    setText(show("adding"), "");
  }

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
      empty();
      history.reset(nothing());
      put(history.now, false);
      if ("site" in dialog.dataset) await leave(); // the browser stores that run, too
    },
    add: () => files.click(),
    folder: () => folder.click(),
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
  for (const input of inputs) {
    input.addEventListener("change", () => {
      add(inOrder(input.files));
      input.value = ""; // so that the same files can be chosen again
    });
  }
  act("folder").hidden = !("webkitdirectory" in folder);
  for (const name of ["dragover", "dragleave", "drop"]) {
    dialog.addEventListener(name, (event) => {
      // a name may be dragged, too
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      dialog.classList.toggle("over", name === "dragover");
      if (name === "drop") add(inOrder(event.dataTransfer.files));
    });
  }
  const indexOf = (target) => [...list.children].indexOf(target.closest("li"));
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const all = button.parentNode;
    const place = [...all.children].indexOf(button);
    put(without(history.now, indexOf(button), place));
    (all.children[place] ?? act("next")).focus();
  });
  list.addEventListener("input", ({ target }) => {
    const index = indexOf(target);
    history.change(
      (
        all,
      ) => (target.type === "radio"
        ? chosen(all, index)
        : named(all, index, target.value)),
      index,
    );
    put(history.now, false);
  });
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
    if (newValue === null) empty();
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
