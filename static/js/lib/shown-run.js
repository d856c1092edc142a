/** Which run a page shows: the live one, the recorded one, or the one that its address names. */

import { finder, oncePerFrame } from "./dom.js";
import { command, get, listen } from "./server.js";
import { furthest } from "../logic/slides.js";
import { chooseRun, initial, reduce } from "../logic/state.js";
import { isOwn, runNotice } from "../logic/words.js";

/** @typedef {import("../logic/state.js").State} State */

/**
 * Follow the live run, and show it. A page with the strip of templates/sheet.html shows the run that its address names,
 * otherwise the one that has learned most, or the recorded run; the strip says which, and switches.
 * @param {HTMLElement} el the page; its data-recorded names the recorded run, if one is bundled
 * @param {(shown: State) => void} show
 * @param {boolean} watch whether the server also sends the live sheets
 */
export function followShown(el, show, watch = false) {
  const strip = finder(el, "part")("which"), [sentence, button] = strip?.children ?? [], watching = "watching" in document.body.dataset;
  let linked = strip ? new URLSearchParams(location.search).get("run") : null;
  let own = initial(), recorded = null, choice = null, fault = "";

  function draw() {
    const shown = chooseRun(own, recorded, choice) === "recorded" ? { ...recorded, connection: own.connection } : own;
    if (strip) describe(shown);
    el.classList.toggle("on-own", isOwn(shown.config));
    show(shown);
  }

  function describe(shown) {
    const alone = recorded === null || recorded.run === own.run;
    strip.hidden = alone && fault === "";
    const { text, other } = runNotice(shown, own, watching, recorded);
    strip.classList.toggle("recorded", text !== "");
    const gone = own.state === "missing" ? own.error : "";
    sentence.textContent = [fault || text, gone].join(" ").trim();
    button.textContent = other;
    button.hidden = alone;
  }

  function swap() {
    choice = chooseRun(own, recorded, choice) === "own" ? "recorded" : "own";
    draw();
  }
  if (strip) button.onclick = swap;
  const drawSoon = oncePerFrame(draw);
  function tell(event) {
    const state = reduce(own, event);
    if (linked === null && own.run !== null && state.run !== own.run) choice = "own"; // show a run that was created or opened
    if (linked !== null && state.listed !== own.listed) load(linked); // it may have more pictures now
    own = state;
    drawSoon();
  }

  function load(name) {
    get(`/api/runs/${encodeURIComponent(name)}`).then((snapshot) => {
      [recorded, fault] = [reduce(initial(), snapshot), ""];
    }).catch(({ message }) => {
      if (linked !== null) [recorded, fault] = [null, message]; // the page works without the recorded run
    }).finally(draw);
  }
  async function begin() {
    if (strip) linked ??= await get("/api/runs").then(({ runs }) => furthest(runs), () => null);
    if (linked !== null) choice = "recorded";
    const name = linked ?? el.dataset.recorded;
    if (name) load(name);
    listen(tell, watch ? "/api/events?watch=1" : "/api/events");
  }
  begin();
  draw();
  return {
    own: () => own,
    command: (name, body) => command(tell, `/api/runs/${own.run}`, name, body),
    /** Create a run, which becomes the live one. */
    create: (settings) => command(tell, "/api", "runs", settings),
  };
}
