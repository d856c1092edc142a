/**
 * The form for a new run: empty, filled in from a run to copy, or from a link. The
 * server provides the defaults.
 */

import { finder, setText } from "../lib/dom.js";
import { fieldsOf, formValues, invalid, onSubmit } from "../lib/form.js";
import { get, post } from "../lib/server.js";
import {
  DECIDE,
  linkedRun,
  linkTo,
  NUMBERS,
  SETTINGS,
} from "../logic/link-to-repeat-run.js";
import { isOwn } from "../logic/words.js";

/**
 * Mount the form.
 * @param {HTMLDetailsElement} fold with the form
 * @param {() => void} opened called after a run is created
 * @returns {{fill: (settings: import("../logic/state.js").Config, of?: string) =>
 * Promise<void>}}
 */
export function mount(fold, opened) {
  const form = fold.querySelector("form");
  const fields = fieldsOf(form);
  const usual = finder(form, "usual");
  const offer = finder(document, "part")("linked");
  let newest;
  const attempt = onSubmit(form, async (values) => {
    const made = await post("/api/runs", values);
    form.reset();
    call();
    await recommend();
    await begin(made);
  });

  /** Start training a new run, and remove the query, so that a link is played once. */
  async function begin({ id }) {
    if (location.search) history.replaceState(null, "", location.pathname);
    offer.hidden = true;
    opened();
    await post(`/api/runs/${id}/fun`);
  }

  /** Show and return the defaults for the chosen digit, network and loss. */
  async function recommend() {
    const mine = get(`/api/new-run?${recommendationQuery(formValues(form))}`);
    newest = mine;
    const settings = await mine;
    if (mine !== newest) return newest;
    for (const name of ["loss", ...NUMBERS]) {
      setText(usual(name), String(settings[name]));
    }
    setText(usual("freeze"), settings.freeze ? "on" : "off");
    for (const name of NUMBERS) fields[name].placeholder = settings[name];
    return settings;
  }

  /** Fill in fields by name. */
  function put(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = fields[name];
      if (field.type === "checkbox") field.checked = value !== "false";
      else field.value = value || (field.defaultValue ?? "");
      // The value of a link may not be among the options.
      if (field.selectedIndex < 0) field.selectedIndex = 0;
    }
  }

  async function putSettings(settings) {
    put(textsOf(settings, {}));
    const usual = await recommend();
    put(textsOf(formValues(form), usual)); // the user may have changed it meanwhile
  }

  /** Set the heading of the form. @param {string} [of] name of the copied run */
  const call = (of) =>
    setText(
      form.querySelector("h2"),
      of ? `A copy of ${of}: change what you like` : "A new run",
    );

  /**
   * Open the form with the settings of a run, so that the user can change them.
   * @param {string} [of] the run's name
   */
  const fill = (settings, of) =>
    attempt(async () => {
      call(of);
      finder(form, "part")("settings").open = true;
      form.scrollIntoView();
      fields.digit.focus();
      await putSettings(settings);
    });

  /** Offer to repeat the run that a link describes. */
  async function offerRun(linked) {
    const [sentence, play] = offer.children;
    const tell = ({ message }, can) => {
      sentence.textContent = message;
      play.hidden = !can;
      offer.hidden = false;
    };
    try {
      await putSettings(linked);
      const error = invalid(form);
      if (error) throw error;
      const settings = formValues(form);
      const isFixed = "only" in offer.dataset;
      const { text, freeze_switches } = linkedRun(settings, linked, isFixed);
      tell({ message: text }, true);
      play.onclick = () => {
        offer.hidden = true; // a double click creates one run
        finder(document, "do")("fun").focus();
        const made = post("/api/runs", { ...settings, freeze_switches });
        made.then(begin).catch((error) => tell(error, true));
      };
    } catch (error) {
      tell(error, false);
    }
  }

  for (const name of DECIDE) fields[name].oninput = () => attempt(recommend);
  const known = () => fold.open && attempt(recommend);
  fold.addEventListener("toggle", known);
  known(); // it may already be open
  const linked = Object.fromEntries(new URLSearchParams(location.search));
  if ("new" in linked && !form.hidden) offerRun(linked);
  return { fill };
}

/** Show a link that repeats a run. A click copies it. */
export function showLink(link, config) {
  const href = config && !isOwn(config) ? linkTo(config) : "";
  if (link.getAttribute("href") === href) return;
  Object.assign(link, { href, hidden: !href, textContent: "Copy link" });
  link.onclick = (event) => {
    // Without https, browsers have no clipboard: follow the link, which the address bar
    // then shows.
    if (!navigator.clipboard) return;
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(
      () => setText(link, "Copied"),
      () => location.assign(link.href),
    );
  };
}

export function recommendationQuery(values) {
  const given = DECIDE.filter((name) => (values[name] ?? "") !== "");
  return String(new URLSearchParams(given.map((name) => [name, values[name]])));
}

/** Return the text of each field; it is empty for a number equal to its default. */
export function textsOf(settings, usual) {
  function text(name) {
    const isUsual = NUMBERS.includes(name) && Number(settings[name]) === usual[name];
    return isUsual ? "" : String(settings[name] ?? "");
  }
  return Object.fromEntries(SETTINGS.map((name) => [name, text(name)]));
}
