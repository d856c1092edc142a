/**
 * The page "My handwriting": the user draws a digit, and all ten appear in a similar
 * handwriting.
 */

import { drawStrokes, mountPad } from "../components/pad.js";
import {
  drawCell,
  finders,
  isMotionReduced,
  setText,
  setTexts,
  storage,
} from "../lib/dom.js";
import { post } from "../lib/server.js";
import { SIDE } from "../logic/drawing-labels.js";
import { drawingsIn, thinned, writeWith } from "../logic/pad-strokes.js";
import { PNG } from "../logic/state.js";

const SOON = 600; // milliseconds to wait after a stroke; digits such as 4 have two
const FRAME = 90; // milliseconds per frame of the search
const NOTHING = "All ten appear here in your handwriting.";

/** Mount the page on which users draw digits, to find their handwriting. */
export function mount(el) {
  const { part, show, button } = finders(el);
  const pad = part("pad");
  const pen = pad.getContext("2d");
  const size = Number(el.dataset.pad);
  const cells = [...part("ten").querySelectorAll("[data-digit]")];
  let digit = 3;
  let drawings = {}; // the strokes of each digit
  let stroke = null; // the stroke that is being drawn
  const memory = storage("sessionStorage");
  let waits = null; // the timer of the next search
  let asked = 0; // the number of searches so far
  let kept = null; // object URL of the handwriting that was found

  /** Draw the pad, and mark the digits that the user has drawn. */
  function ink() {
    pen.clearRect(0, 0, size, size);
    const drawn = drawings[digit] ?? [];
    const strokes = stroke ? [...drawn, stroke] : drawn;
    drawStrokes(pen, strokes, Number(el.dataset.pen), "#1b2a55");
    const what = kept && drawings[digit]
      ? "Draw another digit to come closer."
      : `Draw the digit ${digit}.`;
    setText(show("what"), what);
    // An example would replace the drawing.
    button("example").hidden = strokes.length > 0;
    button("clear").hidden = strokes.length === 0;
    for (const cell of cells) {
      const own = Boolean(drawings[cell.dataset.digit]);
      cell.ariaPressed = String(Number(cell.dataset.digit) === digit);
      cell.ariaLabel = own ? `${cell.dataset.digit}, drawn by you` : cell.dataset.digit;
      cell.classList.toggle("own", own);
    }
  }

  function choose(next) {
    digit = next;
    ink();
  }

  /** Replace the drawings, and store them for later visits in this tab. */
  function keep(all) {
    drawings = all;
    memory.drawings = JSON.stringify(all);
  }

  function take(all) {
    keep(all);
    choose(Number(Object.keys(all)[0] ?? digit));
    search();
  }

  /** Replace the strokes of the present digit, and search again soon. */
  function change(strokes) {
    const { [digit]: _, ...others } = drawings;
    keep(strokes.length ? { ...others, [digit]: strokes } : others);
    search(SOON);
  }

  /** End an earlier search, and start another one after some milliseconds. */
  function search(after = 0) {
    const isDrawn = Object.keys(drawings).length > 0;
    asked += 1;
    offer(null);
    setTexts(show, {
      problem: "",
      status: isDrawn ? "Looking for your handwriting …" : NOTHING,
    });
    clearTimeout(waits);
    if (isDrawn) {
      waits = setTimeout(find, after);
      return;
    }
    for (const { firstChild: canvas } of cells) {
      canvas.getContext("2d").clearRect(0, 0, SIDE, SIDE);
    }
  }

  /** Ask the server for the handwriting, and animate the search for it. */
  async function find() {
    const mine = asked;
    try {
      const result = await post("/api/mine", { drawings });
      if (mine !== asked) return;
      await play(result, () => mine === asked);
      if (mine !== asked) return;
      setText(show("status"), `All ten, from ${Object.keys(drawings).length} drawn.`);
      offer(result.handwriting);
    } catch ({ message }) {
      if (mine === asked) setTexts(show, { status: "", problem: message });
    }
  }

  /** Play the frames of the search, or show only the last one. */
  async function play({ png, frames }, wanted) {
    const sheet = new Image();
    sheet.src = PNG + png;
    await sheet.decode();
    const first = isMotionReduced() ? frames - 1 : 0;
    for (let frame = first; frame < frames && wanted(); frame++) {
      cells.forEach((cell, column) => drawCell(cell.firstChild, sheet, column, frame));
      if (frame < frames - 1) await new Promise((done) => setTimeout(done, FRAME));
    }
  }

  /** Enable "Write" and "Save" for a handwriting, or disable them if it is null. */
  function offer(handwriting) {
    if (kept) URL.revokeObjectURL(kept);
    kept = handwriting && URL.createObjectURL(new Blob([JSON.stringify(handwriting)]));
    const links = {
      write: handwriting && writeWith(handwriting, location.search),
      save: kept,
    };
    for (const [name, href] of Object.entries(links)) {
      if (href) button(name).href = href;
      else button(name).removeAttribute("href");
      button(name).ariaDisabled = String(!href);
    }
    ink();
  }

  mountPad(pad, size, (part) => {
    if (!stroke) clearTimeout(waits);
    stroke = part;
    ink();
  }, (whole) => {
    stroke = null;
    change(thinned([...(drawings[digit] ?? []), whole]));
  });
  for (const cell of cells) {
    cell.onclick = () => choose(Number(cell.dataset.digit));
  }
  button("clear").onclick = () => {
    change([]);
    button("example").focus(); // it replaces the button "clear"
  };
  button("example").onclick = () => {
    change(JSON.parse(el.dataset.examples)[digit]);
    button("clear").focus();
  };
  button("load").onchange = async ({ target }) => {
    try {
      take(drawingsIn(await target.files[0].text()));
    } catch ({ message }) {
      setText(show("problem"), message);
    }
    target.value = "";
  };
  offer(null);
  if (memory.drawings) take(JSON.parse(memory.drawings));
}
