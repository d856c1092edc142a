/** The list of runs and the form for a new one, behind a fold of the training page. */

import { ask, post } from "./live.js";
import { seedProblem } from "./number.js";
import { count, runAndNetwork } from "./words.js";

/**
 * @param {HTMLDetailsElement} el
 * @param {() => void} opened called when a run was made or opened
 * @returns {(state: import("./state.js").State) => void}
 */
export function mount(el, opened) {
  const list = el.querySelector("[data-list]");
  const problem = el.querySelector("[data-problem]");
  const form = el.querySelector("form");
  let shown = null;

  /** Do something that opens a run, and say what went wrong. */
  async function attempt(action) {
    problem.textContent = "";
    form.elements.seed.setAttribute("aria-invalid", "false");
    try {
      await action();
    } catch (error) {
      problem.textContent = error.message;
      form.elements.seed.setAttribute("aria-invalid", String(error.field === "seed"));
    }
  }

  async function refresh() {
    const { runs } = await (await ask("/api/runs")).json();
    list.replaceChildren(...runs.map((run) => row(run, () => attempt(() => post(`/api/runs/${run.id}/open`).then(opened)))));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { digit, network, seed, freeze } = form.elements;
    const which = digit.value === "" ? null : Number(digit.value);
    const wish = { digit: which, network: network.value, seed: seed.value, freeze: freeze.checked };
    attempt(() => {
      const wrong = seedProblem(seed.value, Number(seed.max));
      if (wrong) throw Object.assign(new Error(wrong), { field: "seed" });
      return post("/api/runs", wish).then(opened);
    });
  });
  el.addEventListener("toggle", () => el.open && attempt(refresh));
  return (state) => {
    if (state.run === shown) return;
    shown = state.run;
    if (el.open) attempt(refresh);
  };
}

function row(run, open) {
  const item = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = run.id;
  const words = document.createElement("span");
  words.textContent = run.error ?? `${runAndNetwork(run)}, seed ${run.seed}, iteration ${count(run.iteration)}`;
  const fixed = run.live || run.recorded;
  const action = document.createElement(fixed ? "em" : "button");
  action.textContent = run.recorded ? "made earlier" : run.live ? "open" : "Open";
  if (!fixed) {
    action.type = "button";
    action.disabled = run.error !== undefined;
    action.setAttribute("aria-label", `Open ${run.id}`);
    action.addEventListener("click", open);
  }
  item.append(name, " ", words, " ", action);
  return item;
}
