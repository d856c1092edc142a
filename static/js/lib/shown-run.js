/**
 * Which run a page shows: the person's own, or the recorded one while there is nothing of their own to see. A page that
 * lets one choose shows any run that its address names, open or not.
 */

import { follow, get } from "./server.js";
import { finder } from "./dom.js";
import { initial, reduce } from "../logic/state.js";
import { count, runTitle } from "../logic/words.js";

/** @typedef {import("../logic/state.js").State} State */

/**
 * @param {State} own
 * @param {State|null} recorded or the one that was chosen; null where none ships or it is not loaded yet
 * @param {"own"|"recorded"|null} wish what the person chose, if anything
 * @returns {"own"|"recorded"}
 */
export function choose(own, recorded, wish) {
  if (recorded === null || recorded.run === own.run) return "own";
  if (wish !== null) return wish;
  if (own.run === null && own.connection === "connecting") return "own"; // known in a moment
  return begun(own) ? "own" : "recorded";
}

/** Whether a run trains or has more to show than its untrained picture. */
export function begun(own) {
  return own.state === "training" || own.pictures.some((iteration) => iteration > 0);
}

/**
 * What stands beside the switch, and on it; who only watches has no run of their own.
 * @param {State|null} chosen the one that is not the person's own, where they chose it
 */
export function which(shown, own, watching = false, chosen = null) {
  const [open, Open] = watching ? ["the run that is open", "The run that is open"] : ["your own run", "Your own run"];
  const meanwhile = own.state === "training" ? ` ${Open} goes on meanwhile.` : "";
  const far = `${count(shown.iteration)} iterations of ${runTitle(shown.config ?? {}, shown.label)}`;
  if (shown.recorded) return { text: `Recorded: ${far}, made earlier.${meanwhile}`, other: `Show ${open}` };
  if (shown.run !== own.run) return { text: `Chosen: ${far}.${meanwhile}`, other: "Show the run that is open" };
  return { text: "", other: chosen === null || chosen.recorded ? "Show a run made earlier" : "Show the chosen run" };
}

/**
 * Follow the live run, and show it or the recorded one.
 * @param {HTMLElement} el the page; its data-recorded names the recorded run, where one ships; with data-chooses its address
 *   may name another in place of that
 * @param {(shown: State, own: State) => void} show
 * @param {boolean} watch whether the live run is to be watched, sheet by sheet
 */
export function followShown(el, show, watch = false) {
  const strip = finder(el, "part")("which"), watching = "watching" in document.body.dataset;
  const asked = el.dataset.chooses === undefined ? null : new URLSearchParams(location.search).get("run");
  let own = initial(), recorded = null, wish = asked === null ? null : "recorded", fault = "";

  function draw() {
    const shown = choose(own, recorded, wish) === "recorded" ? { ...recorded, connection: own.connection } : own;
    const alone = recorded === null || recorded.run === own.run;
    strip.hidden = alone && fault === "";
    const { text, other } = which(shown, own, watching, recorded);
    strip.classList.toggle("recorded", text !== "");
    const gone = el.dataset.chooses !== undefined && own.state === "missing" ? own.error : ""; // the other page says it elsewhere
    strip.querySelector("span").textContent = [fault || text, gone].join(" ").trim();
    strip.querySelector("button").textContent = other;
    strip.querySelector("button").hidden = alone;
    show(shown, own);
  }

  strip.querySelector("button").addEventListener("click", () => {
    wish = choose(own, recorded, wish) === "own" ? "recorded" : "own";
    draw();
  });
  const live = follow((state) => {
    if (asked === null && own.run !== null && state.run !== own.run) wish = "own"; // another run was made or opened: it is to be seen
    if (asked !== null && state.listed !== own.listed) load(asked); // it may have gone on
    own = state;
    draw();
  }, watch);
  function load(name) {
    get(`/api/runs/${encodeURIComponent(name)}`).then((snapshot) => {
      [recorded, fault] = [reduce(initial(), snapshot), ""];
    }).catch(({ message }) => {
      if (asked !== null) [recorded, fault] = [null, message]; // without the recorded one the page is whole
    }).finally(draw);
  }
  const name = asked ?? el.dataset.recorded;
  if (name) load(name);
  return {
    own: live.state,
    /** Send a command to the live run, and look at it. */
    command(...words) {
      wish = "own";
      return live.command(...words);
    },
  };
}
