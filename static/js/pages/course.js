/** The page "Course": the gradient check. */

import { create, enable, finder } from "../lib/dom.js";
import { onSubmit } from "../lib/form.js";
import { get } from "../lib/server.js";

/** Check a gradient on the server, and show the derivative next to the measured slope. */
export function mount(page) {
  const el = finder(page, "part")("check");
  let seed = 0;

  onSubmit(el, async ({ layer }) => {
    const { rows, verdict } = await get(`/api/gradient?${new URLSearchParams({ layer, seed })}`);
    seed += 1; // the next press uses other weights and another direction
    el.querySelector("tbody").replaceChildren(...rows.map(row));
    el.querySelector("table").hidden = false;
    finder(el, "show")("said").textContent = verdict;
  });
  enable(el.querySelector("button"), true);
}

function row([name, ...texts]) {
  return create("tr", {}, create("th", { scope: "row" }, name), ...texts.map((text) => create("td", {}, text)));
}
