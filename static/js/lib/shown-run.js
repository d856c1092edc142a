/** Choose the run that a page shows: the live run, or a saved one. */

import { oncePerFrame, oneAtATime } from "./dom.js";
import { command, get, listen } from "./server.js";
import { furthest } from "../logic/slides.js";
import { initial, reached, reduce } from "../logic/state.js";
import { isOwn } from "../logic/words.js";

/** @typedef {import("../logic/state.js").State} State */

/**
 * Follow the live run, and show a run. With `watch`, this is the live run. Otherwise,
 * it is the first of these that exists: the run named in the address, the live run if
 * it has more than one picture, the saved run that has trained furthest, or the
 * recorded run.
 * @param {HTMLElement} el the page; its data-recorded names the recorded run, if one is
 * bundled
 * @param {(shown: State) => void} show
 * @param {boolean} watch whether the server sends the live sheets, and the page shows
 * the live run only
 */
export function followShown(el, show, watch = false) {
  const linked = watch ? null : new URLSearchParams(location.search).get("run");
  let own = initial(); // the live run
  let name = linked; // of the run to show, if it is not the live one
  let other = null; // the state of the saved run of that name

  const isLive = () =>
    watch || name === "" ||
    (linked === null ? own.pictures.length > 1 : own.run === linked);

  /** Show the live run or the saved one, unless the latter is still loading. */
  function draw() {
    const saved = isLive() ? null : other;
    if (!isLive() && !saved && own.connection === "open") return; // still loading
    const shown = saved ? { ...saved, connection: own.connection } : own;
    el.classList.toggle("on-own", isOwn(shown.config));
    show(reached(shown));
  }

  const drawSoon = oncePerFrame(draw);
  function tell(event) {
    own = reduce(own, event);
    // The saved run may have more pictures now.
    if (["snapshot", "runs"].includes(event.type) && !isLive()) load();
    drawSoon();
  }

  const load = oneAtATime(async () => {
    try {
      name ??= furthest((await get("/api/runs")).runs) ?? el.dataset.recorded;
      if (name) {
        other = reduce(initial(), await get(`/api/runs/${encodeURIComponent(name)}`));
      }
    } catch ({ message }) {
      other = { ...initial(), state: "missing", error: message };
    }
    draw();
  });

  listen(tell, watch ? "/api/events?watch=1" : "/api/events");
  draw();
  return {
    own: () => reached(own),
    command: (name, body) => command(tell, `/api/runs/${own.run}`, name, body),
    /** Create a run, which becomes the live one. */
    create: (settings) => command(tell, "/api", "runs", settings),
  };
}
