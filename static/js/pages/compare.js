/** Two chosen runs: their saved pictures side by side, at the same iteration. */

import { readingOf } from "../components/sheet.js";
import { enable, finder, isMotionReduced, setText, setTexts } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { summary } from "../logic/drawing-labels.js";
import { alignment, chosenPair, secondsOf, seek, sharedTimes, start, tick, toggle, upTo } from "../logic/slides.js";
import { initial, pictureAddress, reduce } from "../logic/state.js";
import { count, elapsed, runInFull } from "../logic/words.js";

const SIDES = ["left", "right"];
const PACE = 250; // milliseconds per picture

export function mount(el) {
  const show = finder(el, "show"), play = finder(el, "do")("play"), slider = el.querySelector('input[type="range"]');
  const selects = SIDES.map((name) => el.querySelector(`select[name="${name}"]`)), sides = SIDES.map((name) => mountSide(el, name));
  const by = el.querySelector('select[name="by"]'), query = new URLSearchParams(location.search);
  let slides = null, both = [], wish; // the times, the states of the two runs, and their names

  function draw() {
    const { pictures, index, playing } = slides, time = pictures[index];
    const at = by.value === "seconds" ? elapsed(time) : `Iteration ${count(time)}`;
    slider.max = String(pictures.length - 1);
    slider.value = String(index);
    slider.ariaValueText = at;
    setText(show("at"), at);
    play.textContent = playing ? "Pause" : "Play";
    enable(play, pictures.length > 1);
    sides.forEach((side, which) => side(both[which], upTo(timesOf(both[which], by.value), time)));
  }

  function change(move) {
    if (!slides) return;
    slides = move(slides);
    draw();
  }

  /** Load the chosen runs. */
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
    for (const name of SIDES) query.set(name, names[name]);
    align();
  }

  /** Put the choices into the address, and show both runs from the start. */
  function align() {
    history.replaceState(null, "", `?${query}`);
    by.value = alignment(both, query.get("by"));
    by.options[1].disabled = !both.every(secondsOf);
    const pictures = sharedTimes(...both.map((run) => timesOf(run, by.value)));
    slides = pictures.length ? start(pictures, !isMotionReduced() && pictures.length > 1) : null;
    if (slides) draw();
  }

  async function begin() {
    const { runs } = await get("/api/runs"), usable = runs.filter(({ error, pictures }) => !error && pictures > 0);
    const [left, right] = SIDES.map((side) => query.get(side) ?? "");
    const pair = chosenPair(usable, { left, right });
    for (const select of selects) {
      select.replaceChildren(...usable.map((run) => new Option(run.label ?? (run.recorded ? "recorded" : run.id), run.id)));
      if (pair[select.name] && !usable.some(({ id }) => id === pair[select.name])) select.add(new Option(pair[select.name]));
      select.value = pair[select.name];
      select.addEventListener("change", load);
    }
    show("alone").hidden = usable.length > 1;
    if (usable.length) await load();
  }

  by.addEventListener("change", () => {
    query.set("by", by.value);
    align();
  });
  setInterval(() => slides?.playing && change((now) => tick(now, false)), PACE);
  const act = (move) => () => change(move);
  slider.addEventListener("input", act((now) => seek(now, Number(slider.value))));
  play.addEventListener("click", act(toggle));
  onKeys({ " ": act(toggle) });
  begin().catch(({ message }) => setText(show("problem"), message));
}

const timesOf = (run, by) => (by === "seconds" ? secondsOf(run) : run.pictures);

/** Create one side: one picture of a run, and how much is recognized. */
function mountSide(el, name) {
  const show = finder(finder(el, "run")(name), "show"), image = show("picture");
  let address = "";
  return async (state, index) => {
    const iteration = state.pictures[index], seconds = secondsOf(state);
    const next = iteration === undefined ? "" : pictureAddress(state, iteration);
    if (next === address) return;
    address = next;
    const caption = next ? `Iteration ${count(iteration)}${seconds ? `, ${elapsed(seconds[index])}` : ""}` : "No picture yet";
    setTexts(show, { words: runInFull(state.config), caption, read: "" });
    image.hidden = next === "";
    if (next === "") return;
    image.src = next;
    image.alt = `Drawings of the run on the ${name}, iteration ${iteration}`;
    const reading = await readingOf(state, iteration);
    if (next === address) setText(show("read"), summary(reading));
  };
}
