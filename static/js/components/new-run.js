/** The form for a new run: empty, a copy of a run, or as a link has it. What is recommended comes from the server. */

import { finder, say } from "../lib/dom.js";
import { onSubmit, wish } from "../lib/form.js";
import { get, post } from "../lib/server.js";

/**
 * @param {HTMLDetailsElement} fold of the runs, which has the form
 * @param {() => void} opened called when a run was made
 * @returns {{fill: (settings: Settings, of?: string) => Promise<void>}}
 */
export function mount(fold, opened) {
  const form = fold.querySelector("form"), { elements } = form, usual = finder(form, "usual");
  const attempt = onSubmit(form, async (asked) => {
    const { id } = await post("/api/runs", asked);
    if (location.search) history.replaceState(null, "", location.pathname); // a link is used once
    form.reset();
    call();
    await recommend();
    opened();
    await post(`/api/runs/${id}/fun`); // who makes one wants to see it learn
  });

  /** Say what is recommended for the digit, the network and the loss that are chosen; gives it. */
  async function recommend() {
    const settings = await get(`/api/new-run?${decided(wish(form))}`);
    for (const name of ["loss", ...NUMBERS]) say(usual(name), String(settings[name]));
    say(usual("freeze"), settings.freeze ? "on" : "off");
    for (const name of NUMBERS) elements[name].placeholder = settings[name];
    finder(form, "part")("link").href = link(wish(form));
    return settings;
  }

  function put(values) {
    for (const [name, value] of Object.entries(values)) {
      if (elements[name].type === "checkbox") elements[name].checked = value !== "false";
      else elements[name].value = value;
    }
  }

  /** Say what the form makes: a new run, or a copy of one that is to differ. @param {string} [of] */
  const call = (of) => say(form.querySelector("h2"), of ? `A copy of ${of}: change what you like` : "A new run");

  /** Fill the form in with the settings of a run, so that one may be changed. @param {string} [of] its name */
  async function fill(settings, of) {
    call(of);
    put(Object.fromEntries(DECIDE.map((name) => [name, String(settings[name] ?? "")])));
    const values = fields(settings, await recommend());
    put(values);
    form.querySelector("details").open = true;
    finder(form, "part")("link").href = link(wish(form));
    form.scrollIntoView();
    elements.digit.focus();
  }

  form.addEventListener("input", ({ target }) => {
    if (DECIDE.includes(target.name)) attempt(recommend);
    else finder(form, "part")("link").href = link(wish(form));
  });
  const known = () => fold.open && attempt(recommend);
  fold.addEventListener("toggle", ({ target }) => target === fold && known());
  known(); // somebody was quicker than this script
  const asked = fromLink(location.search, wish(form));
  if (asked && !form.hidden) {
    fold.open = true;
    attempt(() => fill(asked));
  }
  return { fill };
}

/**
 * The settings of a new run as a form has them: which differ from what is recommended, and a link that has them. Pure.
 *
 * @typedef {{digit: number|null, seed: number, network: string, loss: string, freeze: boolean, generator_updates: number,
 *            gamma: number, learning_rate: number, batch: number}} Settings
 */

/** Those that may be left to what is recommended; that depends on DECIDE. */
export const NUMBERS = ["generator_updates", "gamma", "learning_rate", "batch"];
export const DECIDE = ["digit", "network", "loss"];
const OTHERS = ["seed", "freeze"];

/** The query that asks what is recommended. @param {Object} wish */
export function decided(wish) {
  return new URLSearchParams(DECIDE.filter((name) => (wish[name] ?? "") !== "").map((name) => [name, wish[name]])).toString();
}

/** Settings as the fields have them: a number that is recommended is left out. @param {Settings} settings @param {Settings} usual */
export function fields(settings, usual) {
  const text = (name) => (NUMBERS.includes(name) && Number(settings[name]) === usual[name] ? "" : String(settings[name] ?? ""));
  return Object.fromEntries([...DECIDE, ...OTHERS, ...NUMBERS].map((name) => [name, text(name)]));
}

/** The address of the page with the form filled in. @param {Object} wish of the form */
export function link(wish) {
  const given = Object.entries(wish).filter(([, value]) => (value ?? "") !== "" && value !== true);
  return `/?${new URLSearchParams([["new", ""], ...given])}`;
}

/** What such an address asks for, over what the form has anyway; null for any other. @param {string} search @param {Object} wish */
export function fromLink(search, wish) {
  const query = new URLSearchParams(search);
  if (!query.has("new")) return null;
  return Object.fromEntries(Object.entries(wish).map(([name, value]) => [name, query.get(name) ?? value]));
}
