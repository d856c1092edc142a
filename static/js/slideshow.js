/** The slideshow page: all pictures of the live run, or of the recorded one; new ones join while a run trains. */

import { mount as mountAsk } from "./ask.js";
import { isChord } from "./keys.js";
import { mount as mountChart } from "./loss-chart.js";
import { mount as mountSheet } from "./sheet.js";
import { followShown } from "./shown.js";
import { beat, join, seek, start, tickMarks, toggle } from "./slides.js";
import { pictureAddress } from "./state.js";
import { count, runTitle } from "./words.js";

const AHEAD = 3; // pictures that are loaded before their turn

/** @param {HTMLElement} el */
export function mount(el) {
  const find = (name) => el.querySelector(`[data-show="${name}"]`);
  const slider = el.querySelector('input[type="range"]');
  const play = el.querySelector('[data-do="play"]');
  const showSheet = mountSheet(el);
  const showAnswer = mountAsk(el, false);
  const drawChart = mountChart(el.querySelector('[data-part="chart"]'));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let show = null;
  let state = null; // of the run that is shown
  let of = ""; // that run and its version

  followShown(el, (shown) => {
    state = shown;
    find("empty").hidden = state.pictures.length > 1 && state.connection !== "lost";
    find("empty").textContent = nothing(state);
    find("show").hidden = state.pictures.length === 0;
    if (state.config) find("lead").textContent = `The pictures of one run, oldest to newest: ${runTitle(state.config)}.`;
    if (state.pictures.length === 0) {
      show = null;
      return;
    }
    const now = `${state.run}/${state.version}`;
    show = show && of === now ? join(show, state.pictures) : start(state.pictures, !calm && state.pictures.length > 1);
    of = now;
    draw();
  });

  function draw() {
    if (!show) return;
    const { pictures, index, playing } = show;
    const iteration = pictures[index];
    slider.max = String(pictures.length - 1);
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", `iteration ${iteration}`);
    find("label").textContent = `Iteration ${count(iteration)}`;
    find("place").textContent = `picture ${index + 1} of ${pictures.length}`;
    play.textContent = playing ? "Pause" : "Play";
    drawTicks(el.querySelector(".ticks"), pictures.length);
    drawChart(state.metrics, state.config?.metrics_every, iteration);
    showSheet(state, iteration, `Digits drawn by the generator at iteration ${iteration}`);
    showAnswer(state, iteration);
    for (const next of pictures.slice(index + 1, index + 1 + AHEAD)) new Image().src = pictureAddress(state, next);
  }

  function change(next) {
    if (!show) return;
    show = next(show);
    draw();
  }

  const speed = el.querySelector('[name="speed"]');
  (function next() {
    setTimeout(() => {
      if (show?.playing) change((now) => beat(now, state.state === "training"));
      next();
    }, 1000 / Number(speed.value));
  })();
  slider.addEventListener("input", () => change((now) => seek(now, Number(slider.value))));
  play.addEventListener("click", () => change(toggle));
  el.querySelector('[data-do="back"]').addEventListener("click", () => change((now) => seek(now, now.index - 1)));
  el.querySelector('[data-do="on"]').addEventListener("click", () => change((now) => seek(now, now.index + 1)));
  document.addEventListener("keydown", (event) => {
    const move = KEYS[event.key];
    if (!move || isChord(event) || event.target.closest("input, select") || (event.key === " " && event.target.closest("button, a"))) return;
    event.preventDefault();
    change(move);
  });
}

const KEYS = {
  " ": toggle,
  ArrowLeft: (show) => seek(show, show.index - 1),
  ArrowRight: (show) => seek(show, show.index + 1),
  Home: (show) => seek(show, 0),
  End: (show) => seek(show, show.pictures.length - 1),
};

/** What is said where there is nothing (much) to show. */
function nothing(state) {
  if (state.connection === "lost") return "The connection to the server is lost. Trying again.";
  if (state.pictures.length === 1) return "Only the untrained picture is there yet. Press Train or Fun on the Train page; new pictures join here.";
  return state.connection === "open" ? "There are no pictures yet. The first one comes in a moment." : "Looking for pictures.";
}

function drawTicks(svg, length) {
  if (svg.dataset.length === String(length)) return;
  svg.dataset.length = String(length);
  svg.setAttribute("viewBox", `0 0 ${Math.max(1, length - 1)} 1`);
  svg.querySelector("path").setAttribute("d", tickMarks(length));
}
