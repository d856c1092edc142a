/** The form for a new run: empty, a copy of a run, or as a link has it. What is recommended comes from the server. */

import { onSubmit, wish } from "../lib/form.js";
import { get, post } from "../lib/server.js";
import { finder, say } from "../lib/dom.js";
import { DECIDE, NUMBERS, decided, fields, fromLink, link } from "../logic/settings.js";

/**
 * @param {HTMLDetailsElement} fold of the runs, which has the form
 * @param {() => void} opened called when a run was made
 * @returns {{fill: (settings: import("../logic/settings.js").Settings, of?: string) => Promise<void>}}
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
