/** The page "What if?" with two runs of one's own choice: what was kept of them, side by side at one iteration. */

import { enable, finder, isCalm, say, sayAll } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { summary } from "../logic/labels.js";
import { beat, chosenPair, seek, start, times, toggle, upTo } from "../logic/slides.js";
import { initial, keptAddress, pictureAddress, reduce } from "../logic/state.js";
import { count, runInFull } from "../logic/words.js";

const SIDES = ["left", "right"];
const PACE = 250; // milliseconds from one iteration to the next

/** @param {HTMLElement} el */
export function mount(el) {
  const show = finder(el, "show"), play = finder(el, "do")("play"), slider = el.querySelector('input[type="range"]');
  const selects = SIDES.map((name) => el.querySelector(`select[name="${name}"]`)), sides = SIDES.map((name) => mountSide(el, name));
  let slides = null, both = []; // the iterations, and the states of the two runs

  function draw() {
    const { pictures, index, playing } = slides, iteration = pictures[index];
    slider.max = String(pictures.length - 1);
    slider.value = String(index);
    slider.ariaValueText = `iteration ${iteration}`;
    say(show("at"), `Iteration ${count(iteration)}`);
    play.textContent = playing ? "Pause" : "Play";
    enable(play, pictures.length > 1);
    sides.forEach((side, at) => side(both[at], iteration));
  }

  function change(move) {
    if (!slides) return;
    slides = move(slides);
    draw();
  }

  /** Load the two that are chosen, keep them in the address, and show them from the beginning. */
  async function load() {
    const names = Object.fromEntries(selects.map(({ name, value }) => [name, value]));
    say(show("problem"), "");
    try {
      both = await Promise.all(SIDES.map(async (side) => reduce(initial(), await get(`/api/runs/${encodeURIComponent(names[side])}`))));
    } catch ({ message }) {
      say(show("problem"), message);
      return;
    }
    history.replaceState(null, "", `?${new URLSearchParams(names)}`);
    const pictures = times(...both.map((state) => state.pictures));
    slides = pictures.length ? start(pictures, !isCalm() && pictures.length > 1) : null;
    if (slides) draw();
  }

  async function begin() {
    const { runs } = await get("/api/runs"), able = runs.filter(({ error, pictures }) => !error && pictures > 0);
    const query = new URLSearchParams(location.search), [left, right] = SIDES.map((side) => query.get(side) ?? "");
    const asked = chosenPair(able, { left, right });
    for (const select of selects) {
      select.replaceChildren(...able.map((run) => new Option(run.label ?? (run.recorded ? "recorded" : run.id), run.id)));
      if (asked[select.name] && !able.some(({ id }) => id === asked[select.name])) select.add(new Option(asked[select.name]));
      select.value = asked[select.name];
      select.addEventListener("change", load);
    }
    if (able.length === 0) throw new Error("There is no run with a picture yet: press Fun on the Train page first.");
    await load();
  }

  setInterval(() => slides?.playing && change((now) => beat(now, false)), PACE);
  const act = (move) => () => change(move);
  slider.addEventListener("input", act((now) => seek(now, Number(slider.value))));
  play.addEventListener("click", act(toggle));
  onKeys({ " ": act(toggle) });
  begin().catch(({ message }) => say(show("problem"), message));
}

/** One of the two: its picture up to an iteration, and what was read on it. */
function mountSide(el, name) {
  const show = finder(finder(el, "run")(name), "show"), image = show("picture");
  let address = "";
  return async (state, until) => {
    const iteration = upTo(state.pictures, until), wish = iteration === null ? "" : pictureAddress(state, iteration);
    if (wish === address) return;
    address = wish;
    sayAll(show, { words: runInFull(state.config), caption: wish ? `Iteration ${count(iteration)}` : "No picture yet", read: "" });
    image.hidden = wish === "";
    if (wish === "") return;
    image.src = wish;
    image.alt = `Drawings of the run on the ${name}, iteration ${iteration}`;
    const reading = iteration === 0 ? null : await get(keptAddress(state, `${iteration}.json`)).catch(() => null);
    if (wish === address) say(show("read"), summary(reading));
  };
}
