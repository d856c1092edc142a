/**
 * The page that explains: one iteration, a gradient to be checked, a digit that turns into another
 * while a slider is dragged (the server draws the whole way), all ten at a place of the latent.
 */

import { mount as mountCheck } from "../components/gradient-check.js";
import { mount as mountDial } from "../components/dial.js";
import { GAP, SIDE, STEP } from "../logic/labels.js";
import { mount as mountIteration } from "../components/one-iteration.js";
import { finder } from "../lib/dom.js";

/** How far a frame is on its way, in words. */
export function onTheWay(frame, frames) {
  const percent = Math.round((100 * frame) / (frames - 1));
  return percent === 0 ? "the one latent" : percent === 100 ? "the other latent" : `${percent} % of the way`;
}

/** @param {HTMLElement} page */
export function mount(page) {
  const part = finder(page, "part"), el = part("morph");
  mountCheck(part("check"));
  mountDial(part("dial"));
  mountIteration(part("iteration"));
  const [canvas, slider, digit] = ["canvas", "input", "select"].map((name) => el.querySelector(name));
  let strip = new Image(), asked = strip, pair = [0, 1];

  function draw() {
    const words = onTheWay(Number(slider.value), Number(el.dataset.frames));
    slider.ariaValueText = words;
    canvas.ariaLabel = `The digit ${digit.value}, drawn from ${words}`;
    if (strip.naturalWidth) {
      canvas.getContext("2d").drawImage(strip, GAP + STEP * Number(slider.value), GAP, SIDE, SIDE, 0, 0, SIDE, SIDE);
    }
  }

  async function load() {
    const next = asked = new Image();
    next.src = `/api/morph?${new URLSearchParams({ digit: digit.value, from: pair[0], to: pair[1] })}`;
    const came = await next.decode().then(() => true, () => false);
    if (next !== asked) return; // another one was asked for meanwhile
    if (came) strip = next;
    draw();
    el.querySelector("[data-problem]").textContent = came ? "" : "The server sends no drawings. Is it still running?";
  }

  slider.addEventListener("input", draw);
  digit.addEventListener("change", load);
  el.querySelector("button").addEventListener("click", () => {
    pair = [...crypto.getRandomValues(new Uint32Array(2))];
    load();
  });
  load();
}
