/** The slideshow page: all pictures of the live run, or of the recorded one; new ones join while a run trains. */

import { mount as mountAsk } from "./ask.js";
import { onKeys } from "./keys.js";
import { mount as mountChart } from "./loss-chart.js";
import { finder, isCalm, sayAll } from "./parts.js";
import { mount as mountSheet } from "./sheet.js";
import { followShown } from "./shown.js";
import { beat, join, seek, start, toggle } from "./slides.js";
import { pictureAddress } from "./state.js";
import { count, runTitle, status } from "./words.js";

const AHEAD = 3; // pictures that are loaded before their turn

/** @param {HTMLElement} el */
export function mount(el) {
  const find = finder(el, "show"), button = finder(el, "do");
  const slider = el.querySelector('input[type="range"]'), speed = el.querySelector('[name="speed"]');
  const showSheet = mountSheet(el);
  const showAnswer = mountAsk(el, false);
  const drawChart = mountChart(finder(el, "part")("chart"));
  let show = null;
  let state = null; // of the run that is shown
  let of = ""; // that run and its version

  followShown(el, (shown) => {
    state = shown;
    find("empty").hidden = state.pictures.length > 1 && state.connection !== "lost";
    find("empty").textContent = nothing(state);
    find("show").hidden = state.pictures.length === 0;
    if (state.config) find("of").textContent = `: ${runTitle(state.config)}`;
    if (state.pictures.length === 0) {
      show = null;
      return;
    }
    const now = `${state.run}/${state.version}`;
    show = show && of === now ? join(show, state.pictures) : start(state.pictures, !isCalm() && state.pictures.length > 1);
    of = now;
    draw();
  });

  function draw() {
    const { pictures, index, playing } = show;
    const iteration = pictures[index];
    slider.max = String(pictures.length - 1);
    slider.value = String(index);
    slider.ariaValueText = `iteration ${iteration}`;
    sayAll(find, { label: `Iteration ${count(iteration)}`, place: `picture ${index + 1} of ${pictures.length}` });
    button("play").textContent = playing ? "Pause" : "Play";
    el.querySelector(".ticks").style.setProperty("--gaps", String(pictures.length - 1));
    drawChart(state.metrics, state.config?.metrics_every, iteration);
    showSheet(state, iteration, `Digits drawn by the artist (G) at iteration ${iteration}`);
    showAnswer(state, iteration);
    for (const next of pictures.slice(index + 1, index + 1 + AHEAD)) new Image().src = pictureAddress(state, next);
  }

  function change(move) {
    if (!show) return;
    show = move(show);
    draw();
  }

  (function next() {
    setTimeout(() => {
      if (show?.playing) change((now) => beat(now, state.state === "training"));
      next();
    }, 1000 / Number(speed.value));
  })();
  const act = (move) => () => change(move);
  const [back, on] = [-1, 1].map((by) => act((now) => seek(now, now.index + by)));
  slider.addEventListener("input", act((now) => seek(now, Number(slider.value))));
  for (const [name, move] of Object.entries({ play: act(toggle), back, on })) button(name).addEventListener("click", move);
  onKeys({
    " ": act(toggle),
    ArrowLeft: back,
    ArrowRight: on,
    Home: act((now) => seek(now, 0)),
    End: act((now) => seek(now, now.pictures.length - 1)),
  });
}

/** What is said where there is nothing (much) to show. */
function nothing(state) {
  if (state.connection !== "open") return status(state).text;
  if (state.pictures.length === 1) return "Only the untrained picture is there yet. Press Fun on the Train page; new pictures join here.";
  return "There are no pictures yet. The first one comes in a moment.";
}
