/** Which run a page shows: the person's own, or the recorded one while there is nothing of their own to see. */

import { follow, get } from "./live.js";
import { finder } from "./parts.js";
import { initial, reduce } from "./state.js";
import { count, runTitle } from "./words.js";

/** @typedef {import("./state.js").State} State */

/**
 * @param {State} own
 * @param {State|null} recorded null where none ships or it is not loaded yet
 * @param {"own"|"recorded"|null} wish what the person chose, if anything
 * @returns {"own"|"recorded"}
 */
export function choose(own, recorded, wish) {
  if (recorded === null) return "own";
  if (wish !== null) return wish;
  if (own.run === null && own.connection === "connecting") return "own"; // known in a moment
  return begun(own) ? "own" : "recorded";
}

/** Whether a run trains or has more to show than its untrained picture. */
export function begun(own) {
  return own.state === "training" || own.pictures.some((iteration) => iteration > 0);
}

/** What stands beside the switch, and on it; who only watches has no run of their own. */
export function which(shown, own, watching = false) {
  const [open, Open] = watching ? ["the run that is open", "The run that is open"] : ["your own run", "Your own run"];
  const meanwhile = own.state === "training" ? ` ${Open} goes on meanwhile.` : "";
  return shown.recorded
    ? { text: `Recorded: ${count(shown.iteration)} iterations of ${runTitle(shown.config)}, made earlier.${meanwhile}`, other: `Show ${open}` }
    : { text: "", other: "Show the recorded run" };
}

/**
 * Follow the live run, and show it or the recorded one.
 * @param {HTMLElement} el the page; its data-recorded names the recorded run, where one ships
 * @param {(shown: State, own: State) => void} show
 * @param {boolean} watch whether the live run is to be watched, sheet by sheet
 */
export function followShown(el, show, watch = false) {
  const strip = finder(el, "part")("which"), watching = "watching" in document.body.dataset;
  let own = initial(), recorded = null, wish = null;

  function draw() {
    const shown = choose(own, recorded, wish) === "recorded" ? { ...recorded, connection: own.connection } : own;
    strip.hidden = recorded === null;
    const { text, other } = which(shown, own, watching);
    strip.classList.toggle("recorded", text !== "");
    strip.querySelector("span").textContent = text;
    strip.querySelector("button").textContent = other;
    show(shown, own);
  }

  strip.querySelector("button").addEventListener("click", () => {
    wish = choose(own, recorded, wish) === "own" ? "recorded" : "own";
    draw();
  });
  const live = follow((state) => {
    if (own.run !== null && state.run !== own.run) wish = "own"; // another run was made or opened: it is to be seen
    own = state;
    draw();
  }, watch);
  const name = el.dataset.recorded;
  if (name) {
    get(`/api/runs/${name}`).then((snapshot) => {
      recorded = reduce(initial(), snapshot);
      draw();
    }).catch(() => undefined); // the page is whole without it
  }
  return {
    own: live.state,
    /** Send a command to the live run, and look at it. */
    command(...words) {
      wish = "own";
      return live.command(...words);
    },
  };
}
