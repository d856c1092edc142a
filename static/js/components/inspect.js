/**
 * The slideshow's panel about one drawing: it shows this drawing of every picture,
 * enlarged, beside its nearest real digit.
 */

import {
  drawCell,
  finder,
  finders,
  oneAtATime,
  setText,
  setTexts,
} from "../lib/dom.js";
import { isChord } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { inspectMode, nearest, reading, title } from "../logic/drawing-labels.js";
import { keptAddress, PNG } from "../logic/state.js";
import { COLUMNS, places } from "./sheet.js";

/**
 * Mount the panel. The user chooses a drawing to follow on the sheet.
 * @param {HTMLElement} el with the parts of templates/ask.html and a sheet
 * @param {number|null} drawing the drawing followed initially
 * @param {(drawing: number|null) => void} changed called when another drawing, or none,
 * is followed
 * @returns {(shown: import("../logic/state.js").State, iteration: number|undefined) =>
 * void} updates the panel for a picture
 */
export function mount(el, drawing, changed) {
  const page = finders(el);
  const panel = page.part("ask");
  const hint = page.show("ask");
  const image = page.show("picture");
  const show = finder(panel, "ask");
  /** @type {HTMLElement} */
  const grid = el.querySelector(".places");
  const sheet = places(grid, choose);
  let now = null; // the arguments of the last update
  let chosen = drawing; // the drawing followed
  let of = null; // the run shown
  let source = ""; // the address of the answer requested last
  let seen = null; // the answer shown

  /** Follow a drawing, or stop following it if it is followed already. */
  function choose(drawing) {
    if (drawing === chosen) return leave();
    const opens = chosen === null;
    chosen = drawing;
    source = "";
    sheet.mark(chosen);
    changed(chosen);
    look(...now);
    if (opens) panel.scrollIntoView({ block: "nearest" });
  }

  /** Follow no drawing. */
  function leave() {
    if (panel.contains(document.activeElement)) sheet.focus(chosen);
    chosen = null;
    seen = null;
    sheet.mark(null);
    panel.hidden = true;
    changed(null);
    if (now) look(...now);
  }

  /** Show the followed drawing on a sheet, and load its explanation. */
  function look(shown, iteration) {
    now = [shown, iteration];
    const { followed, free } = hint.dataset;
    const can = inspectMode(shown, iteration, false, image.naturalWidth) === "kept";
    grid.hidden = !can;
    const advice = chosen === null ? free : followed;
    setText(hint, can ? advice : "");
    if (chosen === null) return;
    if (shown.run !== of) seen = null;
    of = shown.run;
    panel.hidden = !can;
    if (!can) return;
    drawCell(show("large"), image, chosen % COLUMNS, Math.floor(chosen / COLUMNS));
    const pending = seen?.drawing !== chosen;
    const address = keptAddress(shown, `${iteration}/${chosen}.json`);
    panel.ariaBusy = String(pending);
    if (pending) setTexts(show, { title: title(chosen, null), reading: "\u00a0" });
    if (address !== source) load(address, chosen, of);
    source = address;
  }

  /** Load an answer. If requests come faster than answers, some are skipped. */
  const load = oneAtATime(async (address, drawing, run) => {
    const isFollowed = () => drawing === chosen && run === of;
    setText(show("problem"), "");
    try {
      const answer = await get(address);
      if (isFollowed()) fill(answer);
    } catch ({ message }) {
      if (isFollowed()) setText(show("problem"), message);
    }
  });

  /** Show an explanation of the followed drawing. */
  function fill(answer) {
    for (const image of panel.querySelectorAll("img")) {
      image.src = PNG + answer.png.real;
    }
    const texts = {
      title: title(chosen, answer),
      reading: reading(answer),
      nearest: nearest(answer),
    };
    setTexts(show, texts);
    if (seen?.drawing !== chosen) {
      // announced once per drawing
      setText(show("heard"), `${texts.title}. ${texts.reading}`);
    }
    seen = answer;
    panel.ariaBusy = "false";
  }

  sheet.mark(chosen);
  panel.querySelector("button").onclick = leave;
  image.onload = () => now && look(...now); // the number of drawings is known only now
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chosen === null || isChord(event)) return;
    if (!document.querySelector("dialog[open]")) leave();
  });
  return look;
}
