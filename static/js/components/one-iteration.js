/** One iteration in a picture: it plays step by step, or is stepped through with two buttons or the arrow keys. */

import { enable, finder, isCalm } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { atEnd, beat, seek, start, toggle } from "../logic/slides.js";
import { PNG } from "../logic/state.js";

const PACE = 5000; // milliseconds a step: time to read its sentence
const FIRST = 29; // the seed to begin with: D's step shows in both rows, which in a batch so small is not the rule

/** What the large button says. @param {import("../logic/slides.js").Show|null} show @param {boolean} calm nothing plays */
export function offer(show, calm) {
  if (!show) return "Play one iteration";
  if (calm || atEnd(show)) return "Play another";
  return show.playing ? "Pause" : "Go on";
}

/** @param {HTMLElement} el */
export function mount(el) {
  const said = finder(el, "show")("said"), act = finder(el, "do"), problem = el.querySelector("[data-problem]");
  const calm = isCalm();
  let show = null, seed = FIRST, loading = false, timer = 0;

  async function load() {
    if (loading) return;
    loading = true;
    said.textContent = "A small network learns threes for a second, then plays.";
    problem.textContent = "";
    try {
      const { pictures, steps } = await get(`/api/one-iteration?seed=${seed}`);
      seed += 1;
      fill(el, pictures);
      show = start(steps, !calm);
      change((now) => now);
    } catch (error) {
      said.textContent = "";
      problem.textContent = error.message;
    }
    loading = false;
  }

  function change(move) {
    show = move(show);
    if (atEnd(show)) show = { ...show, playing: false };
    draw(el, show.pictures[show.index]);
    act("play").textContent = offer(show, calm);
    enable(act("back"), show.index > 0);
    enable(act("on"), !atEnd(show));
    clearTimeout(timer);
    if (show.playing) timer = setTimeout(() => change((now) => beat(now, false)), PACE);
  }

  const step = (by) => () => show && change((now) => seek(now, now.index + by));
  act("play").addEventListener("click", () => {
    el.scrollIntoView({ block: "start" }); // all of it is to be seen while it plays
    if (!show || calm || atEnd(show)) load();
    else change(toggle);
  });
  act("back").addEventListener("click", step(-1));
  act("on").addEventListener("click", step(1));
  enable(act("play"), true);
  onKeys({ ArrowLeft: step(-1), ArrowRight: step(1) }, el);
}

/** Put the pictures of an iteration into their places. */
function fill(el, pictures) {
  for (const row of el.querySelectorAll("[data-row]")) {
    row.querySelectorAll("img").forEach((image, index) => {
      const { png, alt } = pictures[row.dataset.row][index];
      Object.assign(image, { src: `${PNG}${png}`, alt });
    });
  }
}

/** Show one step, as gan/web/services/iteration_steps.py tells it. */
function draw(el, { said, rows, active, way, numbers, ...players }) {
  const show = finder(el, "show");
  show("said").textContent = said;
  show("stage").hidden = false;
  for (const row of el.querySelectorAll("[data-row]")) {
    const name = row.dataset.row;
    row.classList.toggle("absent", !rows.includes(name));
    row.classList.toggle("active", active.includes(name));
    row.querySelectorAll("[data-number]").forEach((place, index) => { place.textContent = numbers[name][index]; });
  }
  for (const box of el.querySelectorAll("[data-player]")) {
    box.classList.toggle("active", active.includes(box.dataset.player));
    box.querySelector("p").textContent = players[box.dataset.player];
  }
  for (const arrow of el.querySelectorAll("[data-arrow]")) arrow.dataset.way = way[arrow.dataset.arrow];
}
