/** All runs as links to the slideshow of each, read when the fold is opened. */

import { get } from "../lib/server.js";
import { say } from "../lib/dom.js";
import { count, runTitle } from "../logic/words.js";

/** @param {HTMLDetailsElement} fold */
export function mount(fold) {
  const list = fold.querySelector("ul"), problem = fold.querySelector(".problem");
  fold.addEventListener("toggle", async () => {
    if (!fold.open) return;
    const { runs } = await get("/api/runs").catch(({ message }) => say(problem, message) ?? { runs: [] });
    list.replaceChildren(...runs.filter(({ error, pictures }) => !error && pictures > 0).map(entry));
  });
}

function entry(run) {
  const item = document.createElement("li"), link = document.createElement("a");
  link.href = `?${new URLSearchParams({ run: run.id })}`;
  link.textContent = `${run.recorded ? "Recorded: " : ""}${runTitle(run, run.label)}`;
  item.append(link, ` ${run.id}, iteration ${count(run.iteration)}`);
  return item;
}
