/** A disk of two directions of the latent, and around it the ten digits as they are drawn at a place there. */

import { fromQuery, linkTo, placeAt, stepped, within } from "../logic/directions.js";
import { isChord } from "../lib/keys.js";
import { GAP, SIDE, STEP } from "../logic/labels.js";
import { ask } from "../lib/server.js";
import { finder, say } from "../lib/dom.js";

const SETTLED = 300; // milliseconds after which a place is in the address: browsers let a page change it only so often
const MOST = 200; // places that are remembered

/** @param {HTMLElement} el */
export function mount(el) {
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
