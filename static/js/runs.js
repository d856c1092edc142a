/** The list of runs and the form for a new one, behind a fold of the training page. */

import { onSubmit } from "./form.js";
import { ask, post } from "./live.js";
import { say } from "./say.js";
import { count, runAndNetwork } from "./words.js";

/**
 * @param {HTMLDetailsElement} el
 * @param {() => void} opened called when a run was made or opened
 * @returns {(state: import("./state.js").State) => void}
 */
export function mount(el, opened) {
  const list = el.querySelector("[data-list]");
  const attempt = onSubmit(el.querySelector("form"), (wish) => post("/api/runs", wish).then(opened));
  let live = null; // the state of the one that is open
  let follows = () => undefined; // in the list, how far that one is

  async function refresh() {
    follows = () => undefined;
    const { runs } = await (await ask("/api/runs")).json();
    const rows = runs.map((run) => row(run, () => attempt(() => post(`/api/runs/${run.id}/open`).then(opened))));
    list.replaceChildren(...rows.map(({ item }) => item));
    const index = runs.findIndex((run) => run.live && run.id === live?.run);
    follows = ({ iteration }) => index >= 0 && say(rows[index].words, inWords({ ...runs[index], iteration }));
    if (live) follows(live);
  }

  el.addEventListener("toggle", () => el.open && attempt(refresh));
  return (state) => {
    const another = state.run !== live?.run;
    live = state;
    if (!el.open) return;
    if (another) attempt(refresh);
    else follows(state);
  };
}

function inWords(run) {
  return run.error ?? `${runAndNetwork(run)}, seed ${run.seed}, iteration ${count(run.iteration)}`;
}

function row(run, open) {
  const [item, name, words] = ["li", "strong", "span"].map((tag) => document.createElement(tag));
  name.textContent = run.id;
  words.textContent = inWords(run);
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
  return { item, words };
}
