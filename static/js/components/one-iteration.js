/** One iteration as pictures, played step by step or moved by buttons and arrow keys. */

import { enable, finder, isMotionReduced } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { atEnd, seek, start, tick, toggle } from "../logic/slides.js";
import { PNG } from "../logic/state.js";

const PACE = 5000; // milliseconds per step, enough to read its sentence
const FIRST = 29; // first seed, chosen because D's step is visible in both rows, which is rare for small batches

/** Return the text of the main button. */
export function playLabel(show, calm) {
  if (!show) return "Play one iteration";
  if (calm || atEnd(show)) return "Play another";
  return show.playing ? "Pause" : "Continue";
}

export function mount(el) {
  const said = finder(el, "show")("said"), act = finder(el, "do"), problem = el.querySelector("[data-problem]");
  const calm = isMotionReduced();
  let show = null, seed = FIRST, loading = false, timer = 0;

  async function load() {
    if (loading) return;
    loading = true;
    said.textContent = "A small network learns to draw threes for a second, then plays.";
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
    act("play").textContent = playLabel(show, calm);
    enable(act("back"), show.index > 0);
    enable(act("on"), !atEnd(show));
    clearTimeout(timer);
    if (show.playing) timer = setTimeout(() => change((now) => tick(now, false)), PACE);
  }

  const step = (by) => () => show && change((now) => seek(now, now.index + by));
  act("play").addEventListener("click", () => {
    el.scrollIntoView({ block: "start" }); // bring it fully into view
    if (!show || calm || atEnd(show)) load();
    else change(toggle);
  });
  act("back").addEventListener("click", step(-1));
  act("on").addEventListener("click", step(1));
  enable(act("play"), true);
  onKeys({ ArrowLeft: step(-1), ArrowRight: step(1) }, el);
}

function fill(el, pictures) {
  for (const row of el.querySelectorAll("[data-row]")) {
    row.querySelectorAll("img").forEach((image, index) => {
      const { png, alt } = pictures[row.dataset.row][index];
      Object.assign(image, { src: `${PNG}${png}`, alt });
    });
  }
}

/** Show one step from gan/web/services/iteration_steps.py. */
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
