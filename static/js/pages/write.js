/** The page that writes a number: what is typed stands on the paper at once, a new handwriting writes itself. */

import { mountOptions, mountShare } from "../components/options.js";
import { mountDigits, mountPaper } from "../components/paper.js";
import { finder, framed, isCalm } from "../lib/dom.js";
import { get } from "../lib/server.js";
import { address, chosen, clean, fromQuery, moved, problem, shifted, spoken, told, wrapped } from "../logic/number.js";

const SOON = 300; // milliseconds that a picture may take before the page says that it is being made
const SETTLED = 200; // milliseconds without a change before the digits can be pressed and the address follows
const LONGEST = 4; // seconds in which a number writes itself: who compares handwritings does not wait for longer

/** @param {HTMLElement} el */
export function mount(el) {
  const show = finder(el, "show"), button = finder(el, "do"), form = el.querySelector("form"), { number } = form.elements;
  const { swatch, ...usual } = { ...Object.fromEntries(new FormData(form)), number: number.defaultValue };
  const paper = mountPaper(el), offer = mountShare(el), showLooks = mountOptions(el, change);
  const digits = mountDigits(el, (at, variant) => change({ choices: chosen(wish.choices, places[at], variant) }));
  let wish = usual, places = []; // of the characters that are written, in what was typed
  let shown = "", busy = false, next = null, settling = 0;

  /** Change a part of the wish. @param {"still"|"typed"|"whole"} way what of it writes itself */
  function change(part, way = "still") {
    wish = { ...wish, ...part };
    number.rows = wish.number.split("\n").length;
    showLooks(wish);
    next = next === "whole" ? next : way;
    start();
  }

  /** One picture at a time, then the newest wish: a slider that moves shows as many as there is time for. */
  const start = framed(async () => {
    if (busy) return;
    busy = true;
    const late = setTimeout(() => { show("waiting").hidden = false; }, SOON);
    while (next !== null) {
      const way = next;
      next = null;
      await draw(wish, way);
    }
    clearTimeout(late);
    show("waiting").hidden = true;
    busy = false;
  });

  async function draw(present, way) {
    clearTimeout(settling);
    const lines = wrapped(present.number), empty = lines.text.trim() === "";
    const choices = moved(present.choices, (at) => lines.places.indexOf(at));
    const asked = told({ ...present, number: lines.text, choices }, usual);
    ({ places } = lines);
    if (lines.text !== shown) digits.hide();
    const wrong = problem(present.number, ...JSON.parse(el.dataset.can));
    if (wrong) return complain({ message: wrong, field: "number" });
    try {
      await paper.show(empty ? null : picture(asked, way), spoken(present.number), present);
    } catch (error) {
      return complain(error);
    }
    shown = lines.text;
    complain({ message: "" });
    offer(empty ? null : told(present, usual), asked);
    settling = setTimeout(() => settle(present, asked, empty), SETTLED);
  }

  /** Who types sees the new characters being written; who wants no motion, none. */
  function picture(asked, way) {
    const added = way === "typed" && asked.number.startsWith(shown);
    if (isCalm() || (way !== "whole" && !added)) return address(asked, "svg");
    return address(asked, "animated", { written: added ? shown.length : 0, seconds: LONGEST });
  }

  function remember(how) {
    const query = (part) => `?${new URLSearchParams(told({ ...wish, ...part }, usual))}`;
    history[how](null, "", query());
    if (button("mine")) button("mine").search = query({ mine: "", run: "", choices: "" }); // it comes back with a handwriting
  }

  async function settle(present, asked, empty) {
    remember("replaceState");
    const known = empty ? null : await get(address(asked, "json")).catch(() => null); // the page is whole without
    if (known === null || present !== wish) return;
    paper.fit(known.baseline);
    digits.show(asked, known);
  }

  function complain({ message, field }) {
    const wrong = message !== "";
    show("problem").textContent = message;
    number.ariaInvalid = String(field === "number");
    show("picture").classList.toggle("stale", wrong);
    if (!wrong) return;
    offer(null);
    digits.hide();
  }

  function restore() {
    const given = fromQuery(location.search, usual);
    number.value = given.number;
    change({ ...given, number: clean(number.value) }, "whole");
  }

  function type() {
    const text = clean(number.value);
    change({ number: text, choices: shifted(wish.choices, wish.number, text) }, "typed");
  }

  number.addEventListener("input", type);
  button("new").addEventListener("click", () => {
    remember("replaceState");
    remember("pushState"); // Back brings the one before
    change({ seed: String(crypto.getRandomValues(new Uint32Array(1))[0]), choices: "", mine: "" }, "whole");
  });
  button("again").addEventListener("click", () => change({}, "whole"));
  addEventListener("popstate", restore);

  const typed = number.value; // by somebody who was quicker than this script
  restore();
  if (!location.search) number.select();
  if (typed === number.defaultValue) return;
  number.value = typed;
  type();
}
