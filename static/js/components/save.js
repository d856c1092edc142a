/** Taking along what a run showed: its pictures as a GIF that the server draws, its metrics as a table. */

import { ask } from "../lib/server.js";
import { enable, finder, say } from "../lib/dom.js";

/**
 * @param {HTMLElement} el with the buttons "gif" and "csv", and a line "saving"
 * @returns {(run: string, drawing: number|null) => void} is told what is seen: a run, and of it one drawing or all
 */
export function mount(el) {
  const button = finder(el, "do"), line = finder(el, "show")("saving");
  let seen = { run: "", drawing: null };
  let waits = false, kept = ""; // whether one is being drawn, and the address of the one before

  async function save() {
    if (waits) return;
    const { run, drawing } = seen, one = drawing === null ? "" : `-drawing-${drawing + 1}`;
    waits = true;
    enable(button("gif"), false);
    say(line, "The server draws it …");
    try {
      const film = await (await ask(`/api/runs/${run}/film.gif${one && `?drawing=${drawing}`}`)).blob();
      URL.revokeObjectURL(kept);
      kept = URL.createObjectURL(film);
      Object.assign(document.createElement("a"), { href: kept, download: `${run}${one}.gif` }).click();
      say(line, `Saved: ${run}${one}.gif.`);
    } catch ({ message }) {
      say(line, message);
    }
    waits = false;
    enable(button("gif"), true);
  }

  button("gif").addEventListener("click", save);
  return (run, drawing) => {
    seen = { run, drawing };
    button("csv").href = `/api/runs/${run}/metrics.csv`;
    say(button("gif"), drawing === null ? "Save as GIF" : `Save drawing ${drawing + 1} as GIF`);
  };
}
