/**
 * The page that writes a number. Characters appear as they are typed; with a new
 * handwriting, the whole number is animated stroke by stroke.
 */

import { mountOptions, mountShare } from "../components/write-options.js";
import { mountPaper } from "../components/written-number.js";
import {
  finders,
  isMotionReduced,
  mountPreparing,
  oncePerFrame,
  oneAtATime,
  randomSeed,
  setText,
} from "../lib/dom.js";
import { get, isPreparing } from "../lib/server.js";
import {
  address,
  firstColumn,
  fromQuery,
  inputError,
  spoken,
  unknownIn,
  withoutDefaults,
  wrapLines,
} from "../logic/write-request.js";

const SOON = 300; // milliseconds before the page says that it is waiting
const LONG = 1000; // milliseconds before the page asks the server whether it is ready
// Milliseconds without a change until the page's address and the checks are updated.
const SETTLED = 200;
const LONGEST = 4; // maximum seconds of the animation

/** Mount the page that writes numbers in handwriting. */
export function mount(el) {
  const { show, button } = finders(el);
  const form = el.querySelector("form");
  const { number } = form.elements;
  /** @type {Record<string, string>} */
  const defaults = {};
  for (const [name, value] of new FormData(form)) defaults[name] = String(value);
  defaults.number = number.defaultValue;
  delete defaults.swatch;
  const paper = mountPaper(el);
  const offer = mountShare(el);
  const showLooks = mountOptions(el, change);
  const showPreparing = mountPreparing(show("preparing"));
  let params = defaults;
  let shown = "";
  let next = null;
  let settling = null; // the timer

  /**
   * Change parameters, and draw the number again.
   * @param {"still"|"typed"|"whole"} way what is animated: nothing, the new characters
   * or everything
   */
  function change(part, way = "still") {
    params = { ...params, ...part };
    number.rows = params.number.split("\n").length;
    showLooks(params);
    next = next === "whole" ? next : way;
    start();
  }

  /** Draw one picture at a time, always for the newest parameters. */
  const start = oncePerFrame(oneAtATime(async () => {
    if (next === null) return; // the newest parameters are drawn already
    const way = next;
    const late = setTimeout(() => {
      show("waiting").hidden = false;
      setText(show("problem"), "");
    }, SOON);
    let done = false;
    const later = setTimeout(async () => {
      const isWaiting = await isPreparing() && !done;
      if (!isWaiting) return;
      show("waiting").hidden = true;
      showPreparing(true);
    }, LONG);
    next = null;
    await draw(params, way);
    clearTimeout(late);
    clearTimeout(later);
    done = true;
    show("waiting").hidden = true;
    showPreparing(false);
  }));

  /** Show the number for these parameters, or what is wrong with them. */
  async function draw(current, way) {
    clearTimeout(settling);
    const [signs, can] = JSON.parse(el.dataset.can);
    const wrong = inputError(current.number, signs, can);
    if (wrong) return complain({ message: wrong, field: "number" });
    const text = wrapLines(current.number);
    const empty = text.trim() === "";
    const sent = withoutDefaults({ ...current, number: text }, defaults);
    try {
      const source = empty ? null : picture(sent, way);
      await paper.show(source, spoken(current.number), current);
    } catch (error) {
      if (error.gone) setTimeout(() => change({}), 1000);
      return complain(error);
    }
    shown = text;
    complain({ message: "" });
    offer(empty ? null : withoutDefaults(current, defaults), sent);
    settling = setTimeout(() => settle(current, sent, empty), SETTLED);
  }

  /**
   * Return the address of the picture, an animated one if `way` asks for it and motion
   * is not reduced.
   */
  function picture(sent, way) {
    const added = way === "typed" && sent.number.startsWith(shown);
    if (isMotionReduced() || (way !== "whole" && !added)) return address(sent, "svg");
    return address(sent, "animated", {
      written: added ? shown.length : 0,
      seconds: LONGEST,
    });
  }

  /** Put the parameters into the page's address; `how` is a method of `history`. */
  function remember(how) {
    const query = (part) =>
      `?${new URLSearchParams(withoutDefaults({ ...params, ...part }, defaults))}`;
    history[how](null, "", query());
    // The page /mine comes back to this query with a handwriting.
    if (button("mine")) button("mine").search = query({ mine: "", run: "" });
  }

  /** Update what depends on the picture, once it has not changed for a while. */
  async function settle(current, sent, empty) {
    remember("replaceState");
    // Without this answer, the page still works.
    const known = empty ? null : await get(address(sent, "json")).catch(() => null);
    if (known === null || current !== params) return;
    show("unread").hidden = !known.glyphs.some((glyph) =>
      glyph.broken_rules?.includes("read")
    );
    paper.fit(known.baseline);
  }

  /** @param {{message: string, field?: string}} error */
  function complain({ message, field }) {
    const wrong = message !== "";
    setText(show("problem"), message);
    number.ariaInvalid = String(field === "number");
    show("picture").classList.toggle("stale", wrong);
    for (const name of ["writer", "learned"]) show(name).hidden = field === "run";
    if (wrong) offer(null);
  }

  function restore() {
    const given = fromQuery(location.search, defaults);
    number.value = given.number;
    setText(show("unknown"), unknownIn(location.search, defaults));
    change({ ...given, number: number.value }, "whole");
  }

  const type = () => change({ number: number.value }, "typed");

  number.oninput = type;
  el.querySelector("[type=file]").onchange = async ({ target: { files: [file] } }) => {
    if (!file) return;
    const numbers = firstColumn(await file.text(), file.name);
    show("empty-file").hidden = numbers !== "";
    if (!numbers) return;
    number.value = numbers;
    type();
  };
  button("new").onclick = () => {
    remember("replaceState");
    remember("pushState"); // Back restores the previous handwriting
    change({ seed: String(randomSeed()), mine: "" }, "whole");
  };
  button("again").onclick = () => change({}, "whole");
  addEventListener("popstate", restore);

  const typed = number.value; // may have been typed before this script ran
  restore();
  if (!location.search) number.select();
  if (typed === number.defaultValue) return;
  number.value = typed;
  type();
}
