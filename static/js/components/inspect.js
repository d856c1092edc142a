/** The panel about one drawing: large view, the judge's answer for a live run, and the nearest real digit. */

import { drawCell, finder, setText, setTexts } from "../lib/dom.js";
import { isChord, roving } from "../lib/keys.js";
import { get, post } from "../lib/server.js";
import { afterStep, fromSheet, inspectMode, nearest, reading, title, verdict } from "../logic/drawing-labels.js";
import { PNG, keptAddress } from "../logic/state.js";
import { count } from "../logic/words.js";

/**
 * @typedef {object} Follow lets a page follow one drawing across pictures and runs
 * @property {number|null} drawing the drawing followed initially
 * @property {() => import("../logic/drawing-labels.js").Reading|null} reading returns the reading of the sheet shown
 * @property {(drawing: number|null) => void} changed called with the drawing now followed
 *
 * @param {HTMLElement} el with the parts of templates/ask.html and a sheet
 * @param {boolean} watches whether the page receives the answers of a live run's judge
 * @param {Follow|null} follow if given, the drawing is also shown large
 * @returns {(shown: import("../logic/state.js").State, iteration: number|undefined, calm?: boolean) => void} updates the
 *   panel for a picture; `calm` keeps the current answer about the same drawing
 */
export function mount(el, watches, follow = null) {
  const panel = finder(el, "part")("ask"), find = finder(el, "show"), image = find("picture");
  const show = finder(panel, "ask"), large = show("large");
  const grid = el.querySelector(".places"), sheet = places(grid, choose);
  let now = null; // the arguments of the last update
  let chosen = follow?.drawing ?? null, of = null; // the drawing inspected, and its run
  let asked = false; // whether the judge was asked
  let source = "", loading = false; // address of the saved answer, and whether it is loading
  let seen = null; // the answer shown
  let sending = Promise.resolve(); // requests go out one at a time, so the last one wins

  function tellJudge(run, drawing) {
    const tell = () => post(`/api/runs/${run}/ask`, { drawing });
    sending = sending.then(tell).catch(({ message }) => complain(message, drawing));
  }

  function complain(message, drawing) {
    if (drawing !== null && drawing === chosen) setText(show("problem"), message);
  }

  function choose(drawing) {
    if (drawing === chosen) return leave();
    const opens = chosen === null;
    [chosen, of, asked, source] = [drawing, now[0].run, false, ""];
    sheet.mark(chosen);
    follow?.changed(chosen);
    look(...now);
    const isBelow = panel.getBoundingClientRect().top > image.getBoundingClientRect().bottom; // wide screens need no scrolling
    if (opens && isBelow) bringInSight();
  }

  /** Scroll to the panel, but keep the drawing in view. */
  function bringInSight() {
    const { top } = grid.children[chosen].getBoundingClientRect();
    scrollBy(0, Math.max(0, Math.min(panel.getBoundingClientRect().bottom - innerHeight, top)));
  }

  function leave() {
    if (asked && (now[0].recorded || now[0].run === of)) tellJudge(of, null);
    if (panel.contains(document.activeElement)) grid.children[chosen].focus();
    chosen = seen = null;
    sheet.mark(null);
    panel.hidden = true;
    follow?.changed(null);
    if (now) look(...now);
  }

  function look(shown, iteration, calm = false) {
    now = [shown, iteration];
    const hints = find("ask").dataset, can = inspectMode(shown, iteration, watches, image.naturalWidth);
    const way = can in hints ? can : null;
    grid.hidden = way === null;
    setText(find("ask"), hints[chosen !== null && way && hints.back ? "back" : way] ?? "");
    if (chosen === null) return;
    if (shown.run !== of) {
      if (!follow) return leave();
      [of, source, seen] = [shown.run, "", null];
    }
    panel.hidden = follow !== null && way === null;
    if (panel.hidden) return;
    if (way === "judge") followJudge(shown, calm);
    else asked = false; // the judge or the connection is gone
    if (way === "kept") readKept(keptAddress(shown, `${iteration}/${chosen}.json`));
    const pending = seen?.drawing !== chosen;
    panel.ariaBusy = String(pending);
    if (pending) setText(show("title"), title(chosen, null));
    if (large) enlarge();
  }

  /** Show the enlarged drawing and what was recognized. */
  function enlarge() {
    drawCell(large, image, chosen % COLUMNS, Math.floor(chosen / COLUMNS));
    const isSeen = seen?.drawing === chosen && seen.iteration === now[1];
    const read = fromSheet(follow.reading(), chosen) ?? (isSeen ? seen : null);
    setTexts(show, { at: `Iteration ${count(now[1])}`, reading: read ? reading(read) : "\u00a0" });
    if (read) setText(show("title"), title(chosen, read));
  }

  function followJudge({ answer }, calm) {
    if (seen && !answer) asked = false; // the run was reset
    if (!asked) {
      [asked, source] = [true, ""];
      setText(show("problem"), "");
      tellJudge(of, chosen);
    }
    if (!answer) seen = null;
    else if (answer.drawing === chosen && answer !== seen && !(calm && seen?.drawing === chosen)) fill(answer);
  }

  /** Load one answer at a time; a playing slideshow may skip some. */
  async function readKept(address) {
    if (address === source) return;
    source = address;
    if (loading) return;
    loading = true;
    for (let loaded = ""; source && source !== loaded;) {
      const drawing = chosen, run = of;
      loaded = source;
      setText(show("problem"), "");
      try {
        const answer = await get(loaded);
        if (!source || drawing !== chosen || run !== of) continue;
        fill(answer);
        panel.ariaBusy = "false";
      } catch ({ message }) {
        complain(message, drawing);
      }
    }
    loading = false;
  }

  function fill(answer) {
    const config = now[0].config, judged = answer.png.wanted !== undefined;
    show("judge").hidden = !judged;
    for (const picture of panel.querySelectorAll("img")) {
      const png = answer.png[picture.dataset.answer];
      if (png) picture.src = `${PNG}${png}`;
    }
    const texts = {
      title: title(chosen, answer), verdict: judged ? verdict(answer, config) : show("verdict").dataset.kept, reading: reading(answer),
    };
    setTexts(show, { ...texts, at: `Iteration ${count(answer.iteration)}`, nearest: nearest(answer), wish: judged ? afterStep(answer) : "" });
    if (seen?.drawing !== chosen) setText(show("heard"), `${texts.title}. ${texts.verdict} ${texts.reading}`); // announced once per drawing
    seen = answer;
    if (large) enlarge();
  }

  sheet.mark(chosen);
  panel.querySelector("button").addEventListener("click", leave);
  image.addEventListener("load", () => now && look(...now, true)); // the number of drawings is known only now
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chosen === null || isChord(event)) return;
    if (!document.querySelector("dialog[open]")) leave();
  });
  return look;
}

const COLUMNS = 8;

/**
 * Make the drawings of a sheet selectable by click and by arrow keys.
 * @param {HTMLElement} grid from templates/sheet.html
 * @param {(drawing: number) => void} choose called with a pressed drawing
 */
function places(grid, choose) {
  const buttons = [...grid.children];
  buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));
  const reach = roving(grid, COLUMNS);
  reach(buttons[0]);
  return {
    /** Mark the drawing that is inspected; null for none. */
    mark(drawing) {
      buttons.forEach((button, index) => { button.ariaCurrent = index === drawing ? "true" : null; });
      if (drawing !== null) reach(buttons[drawing]);
    },
  };
}
