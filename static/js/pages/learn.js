/**
 * The page "How it works": a GAN that draws points in the plane, the turns of a new
 * network, and a disk on which the user chooses the latents of drawings.
 */

import { mount as mountGame } from "../components/network-diagram.js";
import { mount as mountPointsGan } from "../components/points-gan.js";
import { mount as mountTurns } from "../components/learning-turns.js";
import {
  drawCell,
  finder,
  onDrag,
  oneAtATime,
  randomSeed,
  replaceAddress,
  setText,
} from "../lib/dom.js";
import { isChord } from "../lib/keys.js";
import { request } from "../lib/server.js";
import { fromQuery, linkTo, stepped, within } from "../logic/latents.js";

export function mount(page) {
  const part = finder(page, "part");
  mountPointsGan(part("points-gan"));
  mountDial(part("dial"));
  mountTurns(page, mountGame(page));
}

const MOST = 200; // pictures cached

/** Mount the disk: the point that the user chooses decides what the artist draws. */
function mountDial(el) {
  const part = finder(el, "part");
  const disk = part("disk");
  const point = part("point");
  const edge = Number(el.dataset.edge);
  const ranges = {
    x: disk.querySelector("[name=x]"),
    y: disk.querySelector("[name=y]"),
  };
  const cells = [...part("around").querySelectorAll("canvas")];
  const known = new Map();
  const usual = { seed: Number(el.dataset.seed), x: 0, y: 0 };
  let place = fromQuery(location.search, usual, edge);

  /** Show a point of the disk. */
  function show(next) {
    place = next;
    for (const name of ["x", "y"]) ranges[name].value = String(place[name]);
    point.style.left = `${50 + (50 * place.x) / edge}%`;
    point.style.top = `${50 - (50 * place.y) / edge}%`;
    draw();
  }

  function go(next) {
    show(next);
    replaceAddress(linkTo(place));
  }

  const move = (x, y) => go(within({ ...place, x, y }, edge));

  const draw = oneAtATime(async () => {
    const { seed, x, y } = place;
    const address = `/api/place?seed=${seed}&x=${x}&y=${y}`;
    try {
      if (!known.has(address)) {
        const answer = await request(address);
        known.set(address, await createImageBitmap(await answer.blob()));
      }
      if (known.size > MOST) known.delete(known.keys().next().value);
      cells.forEach((cell, digit) => drawCell(cell, known.get(address), digit));
      setText(part("problem"), "");
    } catch ({ message }) {
      setText(part("problem"), message);
    }
  });

  onDrag(disk, (x, y) => {
    ranges.x.focus({ preventScroll: true });
    move(Math.round(edge * x), Math.round(edge * y));
  });
  disk.onkeydown = (event) => {
    const next = isChord(event) ? null : stepped(place, event.key, edge);
    if (!next) return;
    event.preventDefault();
    // Screen readers announce the value that changes.
    const axis = ["ArrowUp", "ArrowDown"].includes(event.key) ? "y" : "x";
    ranges[axis].focus();
    go(next);
  };
  disk.oninput = () => move(Number(ranges.x.value), Number(ranges.y.value));
  el.querySelector("button").onclick = () => go({ ...place, seed: randomSeed() });
  show(place);
}
