/** A gradient checked on the server while one looks: the derivative beside the slope as measured. */

import { cells, verdict } from "./agreement.js";
import { ask } from "./live.js";

/** @param {HTMLFormElement} el */
export function mount(el) {
  const body = el.querySelector("tbody"), said = el.querySelector('[data-show="said"]');
  const problem = el.querySelector("[data-problem]");
  let seed = 0;

  async function check() {
    try {
      const query = new URLSearchParams({ layer: el.elements.layer.value, seed: String(seed) });
      const { checks } = await (await ask(`/api/gradient?${query}`)).json();
      seed += 1; // other weights and another direction with the next press
      body.replaceChildren(...checks.map((one) => row(cells(one))));
      el.querySelector("table").hidden = false;
      said.textContent = verdict(checks);
      problem.textContent = "";
    } catch (error) {
      problem.textContent = error.message;
    }
  }

  el.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  el.querySelector("button").disabled = false; // before, a press would leave the page
}

/** A table's row, its first cell the name of it. @param {string[]} texts */
function row([name, ...texts]) {
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
  const line = document.createElement("tr");
  line.append(head, ...texts.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
  return line;
}
