/** The slideshow page: all pictures of a run; new ones are added while it trains. */

import { mount as mountAsk } from "../components/inspect.js";
import { LOSSES, mount as mountChart, PROGRESS } from "../components/line-chart.js";
import { mount as mountSheet } from "../components/sheet.js";
import { create, finders, replaceAddress, setText, setTexts } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { followShown } from "../lib/shown-run.js";
import { presses } from "../logic/judge-lock.js";
import {
  goTo,
  join,
  nearestMessage,
  placeFromQuery,
  queryWithPlace,
  seek,
  start,
  tick,
  toggle,
} from "../logic/slides.js";
import { status } from "../logic/run-status.js";
import { pictureAddress } from "../logic/state.js";
import { count, runTitle } from "../logic/words.js";

const AHEAD = 3; // number of pictures to preload

/** Mount the slideshow of a run's sheets. */
export function mount(el) {
  const { part, show: find, button } = finders(el);
  const slider = el.querySelector('input[type="range"]');
  const speed = el.querySelector('[name="speed"]');
  const place = placeFromQuery(location.search); // no iteration while the show plays
  const showSheet = mountSheet(el);
  const showAnswer = mountAsk(el, place.drawing, (drawing) => tell({ drawing }));
  const clicked = (iteration) => lead((now) => goTo(now, iteration));
  const drawChart = mountChart(part("chart"), LOSSES, clicked);
  const progress = { ...PROGRESS, height: 240 };
  const drawProgress = mountChart(part("progress"), progress, clicked);
  mountRunLinks(part("chosen"), () => state?.run);
  let show = null;
  let state = null; // of the run shown
  let of = ""; // the name and version of that run

  followShown(el, (shown) => {
    state = shown;
    find("empty").hidden = state.pictures.length > 1 && state.connection !== "lost";
    find("empty").textContent = nothing(state);
    find("show").hidden = state.pictures.length === 0;
    if (state.config) find("of").textContent = `: ${titled(state.config, state)}`;
    if (state.pictures.length === 0) {
      show = null;
      return;
    }
    const now = `${state.run}/${state.version}`;
    show = show && of === now ? join(show, state.pictures) : begin();
    // The picture in the address may have been added just now.
    if (place.iteration !== null) show = goTo(show, place.iteration);
    of = now;
    draw();
  });

  /** Start a new show. Only the page's first show keeps the picture in the address. */
  function begin() {
    if (of) tell({ iteration: null });
    find("gif").href = `/api/runs/${state.run}/film.gif`;
    find("gif").download = `${state.run}.gif`;
    return start(state.pictures, false);
  }

  /** Show the present picture, with its charts and texts. */
  function draw() {
    const { pictures, index, playing } = show;
    const iteration = pictures[index];
    const marks = presses(state.config);
    const open = marks.findLast((press) => press.iteration < iteration)?.open ??
      state.config?.freeze === false;
    slider.max = String(pictures.length - 1);
    slider.value = String(index);
    slider.ariaValueText = `iteration ${iteration}`;
    setTexts(find, {
      label: `Iteration ${count(iteration)}`,
      place: `${open ? "Unlocked, " : ""}picture ${index + 1} of ${pictures.length}`,
      arrived: place.iteration === null ? "" : nearestMessage(show, place.iteration),
    });
    button("play").textContent = playing ? "Pause" : "Play";
    drawChart(state.metrics, {
      every: state.config?.metrics_every,
      at: iteration,
      presses: marks,
    });
    drawProgress(state.progress, { at: iteration, presses: marks });
    part("progress").classList.toggle("empty", state.progress.length === 0);
    showSheet(state, iteration, `Drawings by the artist at iteration ${iteration}`);
    showAnswer(state, iteration);
    for (const next of pictures.slice(index + 1, index + 1 + AHEAD)) {
      new Image().src = pictureAddress(state, next);
    }
  }

  /** Change the place, an iteration or a drawing, in the page's address. */
  function tell(changes) {
    Object.assign(place, changes);
    replaceAddress(location.pathname + queryWithPlace(location.search, place));
  }

  function change(move) {
    show = move(show);
    draw();
  }

  /** Move at the user's request, and put the iteration into the address. */
  function lead(move) {
    if (!show) return;
    show = move(show);
    tell({ iteration: show.playing ? null : show.pictures[show.index] });
    draw();
  }

  (function next() {
    setTimeout(() => {
      if (show?.playing) change((now) => tick(now, state.state === "training"));
      next();
    }, 1000 / Number(speed.value));
  })();
  const act = (move) => () => lead(move);
  const back = act((now) => seek(now, now.index - 1));
  const on = act((now) => seek(now, now.index + 1));
  slider.oninput = act((now) => seek(now, Number(slider.value)));
  for (const [name, move] of Object.entries({ play: act(toggle), back, on })) {
    button(name).onclick = move;
  }
  onKeys({
    " ": act(toggle),
    ArrowLeft: back,
    ArrowRight: on,
    Home: act((now) => seek(now, 0)),
    End: act((now) => seek(now, now.pictures.length - 1)),
  });
}

/** Return why there are no pictures to show. */
function nothing(state) {
  if (state.connection !== "open" || state.state === "missing") {
    return status(state).text;
  }
  const so = state.pictures.length
    ? "Only the untrained picture so far"
    : "No pictures yet";
  return `${so}. Press Fun on the Train page: new pictures appear here.`;
}

/** List links to all runs' slideshows when the section is opened. */
function mountRunLinks(fold, shown) {
  const list = fold.querySelector("ul");
  const problem = fold.querySelector(".problem");
  fold.ontoggle = async () => {
    if (!fold.open) return;
    try {
      const { runs } = await get("/api/runs");
      const all = runs.filter(({ error, pictures }) => !error && pictures > 0);
      list.replaceChildren(...all.map((run) => entry(run, run.id === shown())));
    } catch ({ message }) {
      setText(problem, message);
    }
  };
}

const titled = (config, { label, recorded }) =>
  `${runTitle(config, label)}${recorded ? ", recorded" : ""}`;

/** Return a list item with a link to the slideshow of a run. */
function entry(run, isShown) {
  const href = `?${new URLSearchParams({ run: run.id })}`;
  const ariaCurrent = isShown ? "true" : null;
  return create(
    "li",
    {},
    create("a", { href, ariaCurrent }, titled(run, run)),
    ` ${run.recorded ? "" : `${run.id}, `}iteration ${count(run.iteration)}`,
  );
}
