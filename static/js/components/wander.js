/** The walk of a sheet: while training is idle, a canvas over the sheet shows each drawing turning into others. */

import { finder, isMotionReduced, setText, storage } from "../lib/dom.js";
import { request } from "../lib/server.js";
import { GAP, SIDE, STEP, side } from "../logic/drawing-labels.js";
import { SPEEDS, finished, mayWander, moving, neededStrips, stripAddress } from "../logic/latents.js";

const REST = 8000; // milliseconds before the walk starts, time to read the labels
const BEAT = 600; // milliseconds between steps; long because each repaint costs the same

/** @typedef {import("../logic/state.js").State} State */

/**
 * @param {HTMLElement} el the page, with a sheet and the parts of templates/wander.html
 * @returns {(shown: State, own: State, iteration: number|undefined) => void}
 */
export function mount(el) {
  const find = finder(el, "show"), image = find("picture"), part = finder(el, "part")("wander");
  const canvas = find("walk"), button = finder(el, "do")("wander"), speed = finder(el, "do")("wander-speed");
  const plan = JSON.parse(canvas.dataset.plan), memory = storage();
  const resting = new OffscreenCanvas(side(plan.order.length), side(plan.order.length)); // each drawing at rest
  let now = null, allowed = false; // arguments of the last update; whether it may start
  let enabled = memory.wander !== "off" && !isMotionReduced(), inSight = true;
  let wait = 0, beats = 0; // timers
  let strips = new Map(), time = 0, last = 0, failed = false, paper = "";

  const isOut = () => !canvas.hidden; // moving or paused

  /** Start, continue or pause, depending on the state. */
  function consider() {
    const fits = allowed && image.naturalWidth === resting.width; // a picture of 64 drawings is loaded
    const runs = fits && enabled && inSight && !document.hidden && !failed;
    clearTimeout(wait);
    if (!runs) halt();
    else if (isOut()) go();
    else wait = setTimeout(begin, REST);
    part.hidden = !fits || (enabled && !isOut()); // it starts soon
    el.classList.toggle("wandering", isOut()); // hides labels, which belong to the sheet at rest
    setText(button, enabled ? "Pause" : "Animate");
    speed.hidden = !isOut();
    if (!failed) setText(find("wandering"), isOut() ? (now.shown.recorded ? part.dataset.ships : part.dataset.own) : "");
  }

  function begin() {
    paper = getComputedStyle(canvas.closest(".paper")).backgroundColor;
    for (const one of [resting, canvas]) one.getContext("2d").drawImage(image, 0, 0);
    onPaper(0, 0, resting.width);
    [strips, time] = [new Map(), 0];
    canvas.hidden = false;
    consider();
  }

  function go() {
    if (beats) return;
    last = performance.now();
    beats = setInterval(beat, BEAT);
  }

  function halt() {
    clearInterval(beats);
    beats = 0;
  }

  /** Show the sheet at rest again. */
  function end() {
    canvas.hidden = true;
    failed = false;
    consider();
  }

  function beat() {
    const passed = Math.min(performance.now() - last, 2 * BEAT) / 1000, then = time + passed * SPEEDS[speed.value];
    last = performance.now();
    const numbers = neededStrips(time, then, plan);
    // Keep one more, because the next beat may be shorter.
    for (const number of strips.keys()) if ((number - numbers[0] + plan.strips) % plan.strips > numbers.length) strips.delete(number);
    for (const number of numbers) if (!strips.has(number)) load(number, strips);
    if (numbers.slice(0, -1).some((number) => !strips.get(number))) return; // wait for missing strips
    const home = finished(time, then, plan);
    for (const step of home) draw(step, resting);
    for (const step of [...home, ...moving(then, plan)]) draw(step, canvas);
    time = then;
  }

  async function load(number, into) {
    into.set(number, null);
    try {
      into.set(number, await createImageBitmap(await (await request(stripAddress(now.shown, number))).blob()));
    } catch (error) {
      into.delete(number);
      if (into !== strips) return;
      failed = true;
      setText(find("wandering"), error.message);
      consider();
    }
  }

  /** @param {import("../logic/latents.js").Step} step */
  function draw({ cell, strip, column, frame, fade }, onto) {
    const pen = onto.getContext("2d"), wide = Math.sqrt(plan.order.length);
    const x = GAP + STEP * (cell % wide), y = GAP + STEP * Math.floor(cell / wide);
    const put = (from, left, top) => pen.drawImage(from, left, top, SIDE, SIDE, x, y, SIDE, SIDE);
    const film = strips.get(strip), at = (row) => put(film, GAP + STEP * column, GAP + STEP * row);
    pen.globalAlpha = 1;
    if (fade < 1) frame === 0 ? put(resting, x, y) : at(frame - 1);
    pen.globalAlpha = fade;
    at(frame);
    if (onto === canvas) onPaper(x, y, SIDE);
  }

  /** Multiply ink by the paper colour here, because CSS blending is twice as slow. */
  function onPaper(x, y, wide) {
    const pen = canvas.getContext("2d");
    Object.assign(pen, { globalAlpha: 1, globalCompositeOperation: "multiply", fillStyle: paper });
    pen.fillRect(x, y, wide, wide);
    pen.globalCompositeOperation = "source-over";
  }

  button.addEventListener("click", () => {
    enabled = !enabled;
    memory.wander = enabled ? "on" : "off";
    failed = false;
    if (enabled && !isOut()) begin();
    else consider();
  });
  image.parentElement.addEventListener("click", () => isOut() && end(), true); // and chooses the drawing
  speed.value = memory.wanderSpeed in SPEEDS ? memory.wanderSpeed : "usual";
  speed.addEventListener("change", () => { memory.wanderSpeed = speed.value; });
  image.addEventListener("load", consider);
  document.addEventListener("visibilitychange", consider);
  new IntersectionObserver(([{ isIntersecting }]) => {
    inSight = isIntersecting;
    consider();
  }).observe(image.parentElement);

  function look(shown, own, iteration) {
    const same = now?.shown.run === shown.run && now.shown.version === shown.version && now.iteration === iteration;
    const may = mayWander(shown, own, iteration);
    now = { shown, own, iteration };
    if (same && may === allowed) return;
    allowed = may;
    end();
  }
  return look;
}
