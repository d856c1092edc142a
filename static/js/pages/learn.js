/**
 * The page that explains: one iteration, a gradient to be checked, a digit that turns into another
 * while a slider is dragged (the server draws the whole way), all ten at a place of the latent.
 */

import { mount as mountIteration } from "../components/one-iteration.js";
import { enable, finder, say } from "../lib/dom.js";
import { onSubmit } from "../lib/form.js";
import { isChord } from "../lib/keys.js";
import { ask, get } from "../lib/server.js";
import { GAP, SIDE, STEP } from "../logic/labels.js";
import { fromQuery, linkTo, placeAt, stepped, within } from "../logic/latents.js";

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

/** A gradient checked on the server while one looks: the derivative beside the slope as measured. */

/** @param {HTMLFormElement} el */
function mountCheck(el) {
  let seed = 0;

  onSubmit(el, async ({ layer }) => {
    const { rows, verdict } = await get(`/api/gradient?${new URLSearchParams({ layer, seed })}`);
    seed += 1; // other weights and another direction with the next press
    el.querySelector("tbody").replaceChildren(...rows.map(row));
    el.querySelector("table").hidden = false;
    finder(el, "show")("said").textContent = verdict;
  });
  enable(el.querySelector("button"), true);
}

/** A table's row, its first cell the name of it. @param {string[]} texts */
function row([name, ...texts]) {
  const make = (tag, more) => Object.assign(document.createElement(tag), more), line = make("tr");
  line.append(make("th", { scope: "row", textContent: name }), ...texts.map((textContent) => make("td", { textContent })));
  return line;
}

/** A disk of two directions of the latent, and around it the ten digits as they are drawn at a place there. */

const SETTLED = 300; // milliseconds after which a place is in the address: browsers let a page change it only so often
const MOST = 200; // places that are remembered

/** @param {HTMLElement} el */
function mountDial(el) {
  const part = finder(el, "part"), disk = part("disk"), point = part("point"), edge = Number(el.dataset.edge);
  const ranges = { x: disk.querySelector('[name="x"]'), y: disk.querySelector('[name="y"]') };
  const cells = [...part("around").querySelectorAll("canvas")], known = new Map();
  let place = fromQuery(location.search, { seed: Number(el.dataset.seed), x: 0, y: 0 }, edge);
  let waits = 0, asking = false;

  function show(next) {
    place = next;
    for (const name of ["x", "y"]) ranges[name].value = String(place[name]);
    point.style.left = `${50 + (50 * place.x) / edge}%`;
    point.style.top = `${50 - (50 * place.y) / edge}%`;
    draw();
  }

  function go(next) {
    show(next);
    clearTimeout(waits);
    waits = setTimeout(() => history.replaceState(null, "", linkTo(place)), SETTLED);
  }

  /** One question at a time: then that of where the point is by now. */
  async function draw() {
    const address = `/api/place?${new URLSearchParams(place)}`;
    if (known.has(address)) return ink(known.get(address));
    if (asking) return;
    asking = true;
    try {
      known.set(address, await createImageBitmap(await (await ask(address)).blob()));
      if (known.size > MOST) known.delete(known.keys().next().value);
      say(part("problem"), "");
      ink(known.get(address));
    } catch (error) {
      say(part("problem"), error.message);
      return;
    } finally {
      asking = false;
    }
    if (!address.endsWith(`?${new URLSearchParams(place)}`)) draw();
  }

  function ink(row) {
    cells.forEach((cell, digit) => cell.getContext("2d").drawImage(row, GAP + STEP * digit, GAP, SIDE, SIDE, 0, 0, SIDE, SIDE));
  }

  function follow({ clientX, clientY }) {
    go(placeAt(place.seed, clientX, clientY, disk.getBoundingClientRect(), edge));
  }

  disk.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault();
    disk.setPointerCapture(event.pointerId);
    ranges.x.focus({ preventScroll: true });
    follow(event);
  });
  disk.addEventListener("pointermove", (event) => disk.hasPointerCapture(event.pointerId) && follow(event));
  disk.addEventListener("keydown", (event) => {
    const next = isChord(event) ? null : stepped(place, event.key, edge);
    if (!next) return;
    event.preventDefault();
    ranges[["ArrowUp", "ArrowDown"].includes(event.key) ? "y" : "x"].focus(); // who hears the page is told what changes
    go(next);
  });
  disk.addEventListener("input", () => go(within({ ...place, x: Number(ranges.x.value), y: Number(ranges.y.value) }, edge)));
  el.querySelector("button").addEventListener("click", () => go({ ...place, seed: crypto.getRandomValues(new Uint32Array(1))[0] }));
  show(place);
}
