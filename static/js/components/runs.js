/**
 * The list of runs on the training page: open, name, duplicate, show or delete a run.
 */

import { mount as mountForm } from "./new-run.js";
import { confirm, finder, finders, oneAtATime, setText } from "../lib/dom.js";
import { get, LONGEST_WAIT, post } from "../lib/server.js";
import { reached } from "../logic/state.js";
import { count, runInFull } from "../logic/words.js";

/** @typedef {import("../logic/state.js").State} State */

/**
 * Mount the list.
 * @param {HTMLElement} el the page
 * @param {() => void} opened called after a run is created or opened
 * @returns {(state: State) => void} updates the list for a state of the open run
 */
export function mount(el, opened) {
  const { part, show } = finders(el);
  const fold = part("runs");
  const list = fold.querySelector("[data-list]");
  const template = fold.querySelector("template");
  const rows = new Map();
  const form = mountForm(fold, opened);
  let later; // timer of the next attempt after a failure
  let live = null; // the state of the open run
  let seen = ""; // the part of that state on which the list depended last

  /** Carry out an action, and show its error below the list. */
  async function attempt(action) {
    setText(show("list-problem"), "");
    try {
      await action();
    } catch ({ message }) {
      setText(show("list-problem"), message);
    }
  }

  /**
   * Load the list, and try again until that succeeds. Rows that stay keep their
   * elements, and thus focus and open menus.
   */
  const load = oneAtATime(async () => {
    clearTimeout(later);
    const { runs: found, message } = await get("/api/runs").catch((error) => error);
    setText(show("list-problem"), found ? "" : `${message} Trying again.`);
    if (!found) {
      later = setTimeout(load, LONGEST_WAIT);
      return;
    }
    const runs = found.filter((run) => run.error || iterationOf(run) > 0);
    const ids = runs.map(({ id }) => id);
    for (const [id, { item }] of rows) {
      if (ids.includes(id)) continue;
      item.remove();
      rows.delete(id);
    }
    runs.forEach((run, index) => {
      if (!rows.has(run.id)) rows.set(run.id, row(template, act));
      const { item, tell } = rows.get(run.id);
      tell(run, run.live && run.id === live?.run ? live : null);
      if (list.children[index] !== item) {
        list.insertBefore(item, list.children[index] ?? null);
      }
    });
  });

  const iterationOf = ({ id, iteration }) =>
    id === live?.run ? live.iteration : iteration;

  const acts = {
    open: (run) => post(`/api/runs/${run.id}/open`).then(opened),
    name: (run) => {
      const field = part("naming").querySelector("[name=name]");
      field.value = run.label ?? "";
      confirm(part("naming"), "name", () =>
        attempt(() => {
          const name = field.value.trim() || null;
          return post(`/api/runs/${run.id}/name`, { name });
        }));
    },
    copy: (run) => form.fill(run, run.label ?? run.id),
    delete: (run) => {
      setText(show("deleted"), whatGoes(run));
      confirm(part("deleting"), "delete", () =>
        attempt(async () => {
          await post(`/api/runs/${run.id}/delete`);
          fold.querySelector("summary").focus();
          await load();
        }));
    },
  };
  const act = (what, run) => attempt(() => acts[what](run));

  fold.ontoggle = () => fold.open && load();
  return (state) => {
    const now = [state.run, state.listed, state.state, state.iteration > 0].join();
    live = state;
    if (!fold.open) return;
    if (now !== seen) load();
    else rows.get(state.run)?.follow(state);
    seen = now;
  };
}

function whatGoes({ label, id, live }) {
  const called = label ? `“${label}” (${id})` : id;
  const first = live ? "It is open, so it is saved and stopped first. " : "";
  return `${called} moves to .trash in the runs folder. You can move it back. ${first}`;
}

/** Describe a run in one line. */
function inWords(run) {
  if (run.error) return run.error;
  const id = run.label ? `${run.id}: ` : "";
  const { batch: _, ...unusual } = run.unusual;
  const { config } = reached({ config: { ...run, unusual }, iteration: run.iteration });
  return `${id}${runInFull(config)}, iteration ${count(run.iteration)}`;
}

/** Return the element of a run in the list, with functions that update it. */
function row(template, act) {
  const item = template.content.firstElementChild.cloneNode(true);
  const find = finder(item, "act");
  const [name, words, fixed, , more] = item.children;
  const kinds = document.querySelector("[name=digit]").textContent;
  let run = null;
  for (const button of item.querySelectorAll("button")) {
    button.onclick = () => act(button.dataset.act, run);
  }
  const watches = find("open").hidden; // users who only watch cannot open runs

  function follow(state) {
    setText(words, inWords({ ...run, iteration: state.iteration }));
    setText(fixed, state.state === "training" ? "training" : "open");
  }

  /** Update the row for a run. @param {State|null} state of the run, if it is open */
  function tell(now, state) {
    run = now;
    const title = run.label ?? run.id;
    const isBroken = run.error !== undefined;
    setText(name, title);
    setText(words, inWords(run));
    const open = run.live ? "open" : "";
    setText(fixed, run.recorded ? "made earlier" : open);
    if (state) follow(state);
    find("open").hidden = watches || run.live || run.recorded || isBroken;
    find("open").ariaLabel = `Open ${title}`;
    more.querySelector("summary").ariaLabel = `More for ${title}`;
    find("slideshow").href = `/slideshow?${new URLSearchParams({ run: run.id })}`;
    for (const what of ["name", "delete"]) find(what).hidden = watches || run.recorded;
    const isKnown = !isBroken &&
      run.names.every((one) => kinds.includes(`only ${one}`));
    find("copy").hidden = watches || !isKnown;
    find("slideshow").hidden = isBroken;
  }
  return { item, tell, follow };
}
