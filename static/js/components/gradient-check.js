/** A gradient checked on the server while one looks: the derivative beside the slope as measured. */

import { onSubmit } from "../lib/form.js";
import { get } from "../lib/server.js";
import { enable, finder } from "../lib/dom.js";

/** @param {HTMLFormElement} el */
export function mount(el) {
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
