/** The slideshow's panel about one drawing, followed from picture to picture: large, with its nearest real digit. */

import { drawCell, finder, setText } from "../lib/dom.js";
import { isChord } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { fromSheet, inspectMode, nearest, reading, title } from "../logic/drawing-labels.js";
import { PNG, keptAddress } from "../logic/state.js";
import { COLUMNS, places } from "./sheet.js";

/**
 * @param {HTMLElement} el with the parts of templates/ask.html and a sheet
 * @param {{drawing: number|null, reading: () => import("../logic/drawing-labels.js").Reading|null, changed: (drawing: number|null) => void}} follow
 *   the drawing followed initially, the reading of the sheet shown, and what to call when another drawing, or none, is followed
 * @returns {(shown: import("../logic/state.js").State, iteration: number|undefined) => void} updates the panel for a picture
 */
export function mount(el, follow) {
  const panel = finder(el, "part")("ask"), find = finder(el, "show"), image = find("picture");
  const show = finder(panel, "ask"), large = show("large");
  const grid = el.querySelector(".places"), sheet = places(grid, choose);
  let now = null; // the arguments of the last update
  let chosen = follow.drawing, of = null; // the drawing followed, and its run
  let source = "", loading = false; // address of the answer, and whether it is loading
  let seen = null; // the answer shown

  function choose(drawing) {
    if (drawing === chosen) return leave();
    const opens = chosen === null;
    [chosen, of, source] = [drawing, now[0].run, ""];
    sheet.mark(chosen);
    follow.changed(chosen);
    look(...now);
    if (opens) panel.scrollIntoView({ block: "nearest" });
  }

  function leave() {
    if (panel.contains(document.activeElement)) grid.children[chosen].focus();
    chosen = seen = null;
    sheet.mark(null);
    panel.hidden = true;
    follow.changed(null);
    if (now) look(...now);
  }

  function look(shown, iteration) {
    now = [shown, iteration];
    const { followed, free } = find("ask").dataset, can = inspectMode(shown, iteration, false, image.naturalWidth) === "kept";
    grid.hidden = !can;
    setText(find("ask"), can ? (chosen === null ? free : followed) : "");
    if (chosen === null) return;
    if (shown.run !== of) [of, source, seen] = [shown.run, "", null];
    panel.hidden = !can;
    if (!can) return;
    readKept(keptAddress(shown, `${iteration}/${chosen}.json`));
    const pending = seen?.drawing !== chosen;
    panel.ariaBusy = String(pending);
    if (pending) setText(show("title"), title(chosen, null));
    enlarge();
  }

  function enlarge() {
    drawCell(large, image, chosen % COLUMNS, Math.floor(chosen / COLUMNS));
    const isSeen = seen?.drawing === chosen && seen.iteration === now[1];
    const read = fromSheet(follow.reading(), chosen) ?? (isSeen ? seen : null);
    setText(show("reading"), read ? reading(read) : "\u00a0");
    if (read) setText(show("title"), title(chosen, read));
  }

  /** Load one answer at a time; a playing slideshow may skip some. */
  async function readKept(address) {
    if (address === source) return;
    source = address;
    if (loading) return;
    loading = true;
    for (let loaded = ""; source && source !== loaded;) {
      const drawing = chosen, run = of;
      loaded = source;
      setText(show("problem"), "");
      try {
        const answer = await get(loaded);
        if (!source || drawing !== chosen || run !== of) continue;
        fill(answer);
        panel.ariaBusy = "false";
      } catch ({ message }) {
        if (drawing !== null && drawing === chosen) setText(show("problem"), message);
      }
    }
    loading = false;
  }

  function fill(answer) {
    for (const image of panel.querySelectorAll("img")) image.src = `${PNG}${answer.png.real}`;
    setText(show("nearest"), nearest(answer));
    if (seen?.drawing !== chosen) setText(show("heard"), `${title(chosen, answer)}. ${reading(answer)}`); // announced once per drawing
    seen = answer;
    enlarge();
  }

  sheet.mark(chosen);
  panel.querySelector("button").onclick = leave;
  image.onload = () => now && look(...now); // the number of drawings is known only now
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chosen === null || isChord(event)) return;
    if (!document.querySelector("dialog[open]")) leave();
  });
  return look;
}
