/** The page "What if?" with two chosen runs: their saved pictures side by side at one iteration. */

import { readingOf } from "../components/sheet.js";
import { enable, finder, isMotionReduced, setText, setTexts } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { summary } from "../logic/drawing-labels.js";
import { allIterations, chosenPair, seek, start, tick, toggle, upTo } from "../logic/slides.js";
import { initial, pictureAddress, reduce } from "../logic/state.js";
import { count, runInFull } from "../logic/words.js";

const SIDES = ["left", "right"];
const PACE = 250; // milliseconds per iteration

export function mount(el) {
  const show = finder(el, "show"), play = finder(el, "do")("play"), slider = el.querySelector('input[type="range"]');
  const selects = SIDES.map((name) => el.querySelector(`select[name="${name}"]`)), sides = SIDES.map((name) => mountSide(el, name));
  let slides = null, both = [], wish; // the iterations, the states of the two runs, and their names

  function draw() {
    const { pictures, index, playing } = slides, iteration = pictures[index];
    slider.max = String(pictures.length - 1);
    slider.value = String(index);
    slider.ariaValueText = `iteration ${iteration}`;
    setText(show("at"), `Iteration ${count(iteration)}`);
    play.textContent = playing ? "Pause" : "Play";
    enable(play, pictures.length > 1);
    sides.forEach((side, at) => side(both[at], iteration));
  }

  function change(move) {
    if (!slides) return;
    slides = move(slides);
    draw();
  }

  /** Load the chosen runs, put them into the address, and show them from the start. */
  async function load() {
    const names = wish = Object.fromEntries(selects.map(({ name, value }) => [name, value]));
    setText(show("problem"), "");
    try {
      const loaded = await Promise.all(SIDES.map(async (side) => reduce(initial(), await get(`/api/runs/${encodeURIComponent(names[side])}`))));
      if (names !== wish) return; // others were chosen
      both = loaded;
    } catch ({ message }) {
      if (names === wish) setText(show("problem"), message);
      return;
    }
    history.replaceState(null, "", `?${new URLSearchParams(names)}`);
    const pictures = allIterations(...both.map((state) => state.pictures));
    slides = pictures.length ? start(pictures, !isMotionReduced() && pictures.length > 1) : null;
    if (slides) draw();
  }

  async function begin() {
    const { runs } = await get("/api/runs"), usable = runs.filter(({ error, pictures }) => !error && pictures > 0);
    const query = new URLSearchParams(location.search), [left, right] = SIDES.map((side) => query.get(side) ?? "");
    const pair = chosenPair(usable, { left, right });
    for (const select of selects) {
      select.replaceChildren(...usable.map((run) => new Option(run.label ?? (run.recorded ? "recorded" : run.id), run.id)));
      if (pair[select.name] && !usable.some(({ id }) => id === pair[select.name])) select.add(new Option(pair[select.name]));
      select.value = pair[select.name];
      select.addEventListener("change", load);
    }
    if (usable.length === 0) throw new Error("No run has a picture yet. Press Fun on the Train page first.");
    await load();
  }

  setInterval(() => slides?.playing && change((now) => tick(now, false)), PACE);
  const act = (move) => () => change(move);
  slider.addEventListener("input", act((now) => seek(now, Number(slider.value))));
  play.addEventListener("click", act(toggle));
  onKeys({ " ": act(toggle) });
  begin().catch(({ message }) => setText(show("problem"), message));
}

/** Create one side: the picture up to an iteration, and how much is recognized. */
function mountSide(el, name) {
  const show = finder(finder(el, "run")(name), "show"), image = show("picture");
  let address = "";
  return async (state, until) => {
    const iteration = upTo(state.pictures, until), next = iteration === null ? "" : pictureAddress(state, iteration);
    if (next === address) return;
    address = next;
    setTexts(show, { words: runInFull(state.config), caption: next ? `Iteration ${count(iteration)}` : "No picture yet", read: "" });
    image.hidden = next === "";
    if (next === "") return;
    image.src = next;
    image.alt = `Drawings of the run on the ${name}, iteration ${iteration}`;
    const reading = await readingOf(state, iteration);
    if (next === address) setText(show("read"), summary(reading));
  };
}
