/** One iteration in a picture: it plays step by step, or is stepped through with two buttons or the arrow keys. */

import { isChord } from "./keys.js";
import { ask } from "./live.js";
import { atEnd, beat, seek, start, toggle } from "./slides.js";
import { STEPS, alternative, describe, number, offer } from "./steps.js";

const PACE = 5000; // milliseconds a step: time to read its sentence
const FIRST = 29; // the seed to begin with: D's step shows in both rows, which in a batch so small is not the rule
const KEYS = { ArrowLeft: -1, ArrowRight: 1 };

/** @param {HTMLElement} el */
export function mount(el) {
  const find = (name) => el.querySelector(`[data-show="${name}"]`);
  const act = (name) => el.querySelector(`[data-do="${name}"]`);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let show = null, iteration = null, seed = FIRST, loading = false, timer = 0;

  async function load() {
    if (loading) return;
    loading = true;
    find("said").textContent = "A small network learns threes for a second, then plays.";
    el.querySelector("[data-problem]").textContent = "";
    try {
      iteration = await (await ask(`/api/one-iteration?${new URLSearchParams({ seed: String(seed) })}`)).json();
      seed += 1;
      show = start(STEPS, !calm);
      fill(el, iteration);
      change((now) => now);
    } catch (error) {
      find("said").textContent = "";
      el.querySelector("[data-problem]").textContent = error.message;
    }
    loading = false;
  }

  function change(move) {
    show = move(show);
    if (atEnd(show)) show = { ...show, playing: false };
    draw(el, iteration, STEPS[show.index]);
    act("play").textContent = offer(show, calm);
    act("back").setAttribute("aria-disabled", String(show.index === 0));
    act("on").setAttribute("aria-disabled", String(atEnd(show)));
    clearTimeout(timer);
    if (show.playing) timer = setTimeout(() => change((now) => beat(now, false)), PACE);
  }

  function step(by) {
    if (show) change((now) => seek(now, now.index + by));
  }

  act("play").addEventListener("click", () => {
    el.scrollIntoView({ block: "start" }); // all of it is to be seen while it plays
    if (!show || calm || atEnd(show)) load();
    else change(toggle);
  });
  act("back").addEventListener("click", () => step(-1));
  act("on").addEventListener("click", () => step(1));
  act("play").disabled = false; // before, a press would be lost
  document.addEventListener("keydown", (event) => {
    const near = event.target === document.body || el.contains(event.target);
    if (!show || !near || !(event.key in KEYS) || isChord(event)) return;
    event.preventDefault();
    step(KEYS[event.key]);
  });
}

/** Put the pictures of an iteration into their places. */
function fill(el, iteration) {
  for (const row of el.querySelectorAll("[data-row]")) {
    row.querySelectorAll("img").forEach((image, index) => {
      image.src = `data:image/png;base64,${iteration[row.dataset.row][index]}`;
      image.alt = alternative(iteration, row.dataset.row, index);
    });
  }
}

/** Show one step. */
function draw(el, iteration, step) {
  const { said, rows, active, way, ...players } = describe(iteration, step);
  el.querySelector('[data-show="said"]').textContent = said;
  el.querySelector('[data-show="stage"]').hidden = false;
  for (const row of el.querySelectorAll("[data-row]")) {
    const name = row.dataset.row;
    row.classList.toggle("absent", !rows.includes(name));
    row.classList.toggle("active", active.includes(name));
    row.querySelectorAll("[data-number]").forEach((place, index) => {
      place.textContent = number(iteration, name, step, index);
    });
  }
  for (const box of el.querySelectorAll("[data-player]")) {
    box.classList.toggle("active", active.includes(box.dataset.player));
    box.querySelector("p").textContent = players[box.dataset.player];
  }
  for (const arrow of el.querySelectorAll("[data-arrow]")) arrow.dataset.way = way[arrow.dataset.arrow];
}
