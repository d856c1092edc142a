/** The form for a new run: empty, a copy of a run, or filled in by a link. The server gives the defaults. */

import { create, finder, setText } from "../lib/dom.js";
import { formValues, invalid, onSubmit } from "../lib/form.js";
import { STOP_UNWATCHED, get, post } from "../lib/server.js";
import { DECIDE, NUMBERS, SETTINGS, linkTo, linkedRun } from "../logic/run-link.js";
import { count, isOwn } from "../logic/words.js";

/**
 * @param {HTMLDetailsElement} fold with the form
 * @param {() => void} opened called after a run is created
 * @returns {{fill: (settings: import("../logic/state.js").Config, of?: string) => Promise<void>}}
 */
export function mount(fold, opened) {
  const form = fold.querySelector("form"), { elements } = form, usual = finder(form, "usual"), own = finder(form, "part")("own");
  const inputs = [...form.querySelectorAll("[type=file]")], [folder] = inputs, offer = finder(document, "part")("linked");
  const picked = () => inputs.flatMap(({ files }) => [...files]).filter((file) => !/(^|\/)\./.test(pathOf(file)));
  const preview = () => showPicked(finder(form, "part")("picked"), picked());
  let newest;
  const attempt = onSubmit(form, async (values) => {
    const pictures = picked();
    if (pictures.length === 0 && own.open) throw new Error(NO_PICTURES);
    const { id, notes = [] } = await (pictures.length ? upload(pictures, values) : post("/api/runs", values));
    form.reset();
    preview();
    call();
    await recommend();
    await begin({ id });
    setText(finder(form, "part")("notes"), notes.join(" "));
  });

  /** Start training a new run at once. A link is played once. */
  async function begin({ id }) {
    if (location.search) history.replaceState(null, "", location.pathname);
    offer.hidden = true;
    opened();
    await post(`/api/runs/${id}/fun`, STOP_UNWATCHED);
  }

  /** Show and return the defaults for the chosen digit, network and loss. */
  async function recommend() {
    const mine = newest = get(`/api/new-run?${recommendationQuery(formValues(form))}`), settings = await mine;
    if (mine !== newest) return newest;
    for (const name of ["loss", ...NUMBERS]) setText(usual(name), String(settings[name]));
    setText(usual("freeze"), settings.freeze ? "on" : "off");
    for (const name of NUMBERS) elements[name].placeholder = settings[name];
    return settings;
  }

  function put(values) {
    for (const [name, value] of Object.entries(values)) {
      if (elements[name].type === "checkbox") elements[name].checked = value !== "false";
      else elements[name].value = value || (elements[name].defaultValue ?? "");
      if (elements[name].selectedIndex < 0) elements[name].selectedIndex = 0; // a link may have anything
    }
  }

  async function putSettings(settings) {
    put(fields(settings, {}));
    const usual = await recommend();
    put(fields(formValues(form), usual)); // it may have been changed meanwhile
  }

  /** Set the heading of the form. @param {string} [of] name of the copied run */
  const call = (of) => setText(form.querySelector("h2"), of ? `A copy of ${of}: change what you like` : "A new run");

  /** Fill in the settings of a run, so that they can be changed. @param {string} [of] its name */
  const fill = (settings, of) => attempt(async () => {
    call(of);
    finder(form, "part")("settings").open = true;
    form.scrollIntoView();
    elements.digit.focus();
    await putSettings(settings);
  });

  /** Offer to play the run of a link. */
  async function offerRun(linked) {
    const [sentence, play] = offer.children;
    const tell = ({ message }, can) => { [sentence.textContent, play.hidden, offer.hidden] = [message, !can, false]; };
    try {
      await putSettings(linked);
      const error = invalid(form), settings = formValues(form);
      if (error) throw error;
      const { text, freeze_switches } = linkedRun(settings, linked, "only" in offer.dataset);
      tell({ message: text }, true);
      play.onclick = () => {
        offer.hidden = true; // a double click creates one run
        finder(document, "do")("fun").focus();
        post("/api/runs", { ...settings, freeze_switches }).then(begin).catch((error) => tell(error, true));
      };
    } catch (error) {
      tell(error, false);
    }
  }

  form.addEventListener("input", ({ target }) => {
    if (target.type === "file") preview();
    else if (DECIDE.includes(target.name)) attempt(recommend);
  });
  finder(document, "do")("folder")?.addEventListener("click", ({ target }) => {
    target.closest("dialog").close();
    fold.open = own.open = true;
    form.scrollIntoView();
    folder.focus();
  });
  const known = () => fold.open && attempt(recommend);
  fold.addEventListener("toggle", ({ target }) => target === fold && known());
  known(); // it may already be open
  const linked = Object.fromEntries(new URLSearchParams(location.search));
  if ("new" in linked && !form.hidden) offerRun(linked);
  return { fill };
}

const SHOWN = 30; // of the pictures picked

/** Show the link to a run, which a click copies. */
export function showLink(link, config) {
  const href = config && !isOwn(config) ? linkTo(config) : "";
  if (link.getAttribute("href") === href) return;
  Object.assign(link, { href, hidden: !href, textContent: "Copy link" });
  link.onclick = (event) => {
    if (!navigator.clipboard) return; // browsers require https; the address bar shows the link
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(() => setText(link, "Copied"), () => location.assign(link.href));
  };
}

/** Show how many files were picked, and some of them, before they are sent. */
function showPicked(place, files) {
  const every = Math.ceil(files.length / SHOWN);
  place.replaceChildren(create("span", {}, counted(files.map(pathOf))), ...files.filter((_, index) => index % every === 0).map(small));
}

/** Return a small picture, or a name if the file is none. */
function small(file) {
  const src = URL.createObjectURL(file), image = create("img", { src, alt: pathOf(file) });
  image.onload = image.onerror = ({ type }) => {
    URL.revokeObjectURL(src);
    if (type === "error") image.replaceWith(create("span", {}, `${file.name}, ${count(Math.ceil(file.size / 1000))} kB`));
  };
  return image;
}

/** Count pictures by the last folder in their paths: "3 pictures: A 2, B 1". */
export function counted(paths) {
  const pictures = paths.filter((path) => !/\.np[yz]$/i.test(path)), { length } = pictures, labels = Map.groupBy(pictures, (path) => path.split("/").at(-2));
  const each = [...labels].flatMap(([label, all]) => (label ? `${label} ${count(all.length)}` : [])).sort().join(", ");
  return length ? `${count(length)} picture${length > 1 ? "s" : ""}${each && `: ${each}`}` : "";
}

const pathOf = (file) => file.webkitRelativePath || file.name;

const MOST_MEGABYTES = 24; // the server takes 32 MB, and base64 is a third longer than the files

/** Create a run on pictures, named by their folders, or on a .npz file. @param {File[]} own */
async function upload(own, { network, seed }) {
  const megabytes = own.reduce((sum, { size }) => sum + size, 0) / 1e6;
  if (megabytes > MOST_MEGABYTES) {
    throw new Error(`These files have ${Math.ceil(megabytes)} MB. Choose at most ${MOST_MEGABYTES} MB: fewer or smaller pictures.`);
  }
  const base64 = (file) => new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onerror = () => fail(reader.error);
    reader.onload = () => done(reader.result.split(",")[1] ?? "");
    reader.readAsDataURL(file);
  });
  const files = Object.fromEntries(await Promise.all(own.map(async (file) => [pathOf(file), await base64(file)])));
  return post("/api/images", { files, network, seed });
}

const NO_PICTURES = "No pictures are chosen. Choose a folder or a file, or close “Your own pictures” to train on digits.";

export function recommendationQuery(values) {
  return new URLSearchParams(DECIDE.filter((name) => (values[name] ?? "") !== "").map((name) => [name, values[name]])).toString();
}

/** Return settings as field values; a number equal to its default is left empty. */
export function fields(settings, usual) {
  const text = (name) => (NUMBERS.includes(name) && Number(settings[name]) === usual[name] ? "" : String(settings[name] ?? ""));
  return Object.fromEntries(SETTINGS.map((name) => [name, text(name)]));
}
