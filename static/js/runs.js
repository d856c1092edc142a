/** The list of runs and the form for a new one, behind a fold of the training page. */

import { onSubmit } from "./form.js";
import { get, post } from "./live.js";
import { say } from "./parts.js";
import { count, runAndNetwork } from "./words.js";

/**
 * @param {HTMLDetailsElement} el
 * @param {() => void} opened called when a run was made or opened
 * @returns {(state: import("./state.js").State) => void}
 */
export function mount(el, opened) {
  const list = el.querySelector("[data-list]"), template = el.querySelector("template");
  const attempt = onSubmit(el.querySelector("form"), (wish) => post("/api/runs", wish).then(opened));
  let live = null; // the state of the one that is open
  let follows = () => undefined; // in the list, how far that one is

  async function refresh() {
    follows = () => undefined;
    const { runs } = await get("/api/runs");
    const rows = runs.map((run) => row(template, run, () => attempt(() => post(`/api/runs/${run.id}/open`).then(opened))));
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

/** A row, made from the template of the list. */
function row(template, run, open) {
  const item = template.content.firstElementChild.cloneNode(true);
  const [name, words, fixed, button] = item.children;
  name.textContent = run.id;
  words.textContent = inWords(run);
  fixed.textContent = run.recorded ? "made earlier" : run.live ? "open" : "";
  if (fixed.textContent) button.remove();
  else fixed.remove();
  button.disabled = run.error !== undefined;
  button.ariaLabel = `Open ${run.id}`;
  button.addEventListener("click", open);
  return { item, words };
}
