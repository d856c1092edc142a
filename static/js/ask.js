/** Asking the judge about one drawing: the places of the sheet that can be pressed, and the panel with the answer. */

import { COUNT, HINT, LEGEND, canAsk, moved, name, nearest, reading, spoken, title, verdict, wish } from "./answer.js";
import { isChord } from "./keys.js";
import { post } from "./live.js";
import { count } from "./words.js";

const PNG = "data:image/png;base64,";

/**
 * @param {HTMLElement} el with the parts of templates/ask.html and a sheet
 * @returns {(shown: import("./state.js").State, calm: boolean) => void} looks at the run that is shown; while it is
 *   calm the answer to the same question stays as it is
 */
export function mount(el) {
  const panel = el.querySelector('[data-part="ask"]');
  const show = (word) => panel.querySelector(`[data-ask="${word}"]`);
  const { grid, buttons } = places(choose);
  el.querySelector(".drawn").append(grid);
  let state = null; // of the run that is shown
  let chosen = null, of = null; // the drawing asked about, and its run
  let asked = false; // whether the server knows
  let seen = null; // the answer that is shown
  let sending = Promise.resolve(); // one request after the other: the last word counts

  function send(run, drawing) {
    sending = sending.then(() => post(`/api/runs/${run}/ask`, { drawing })).catch(({ message }) => {
      if (drawing !== null && drawing === chosen) say(show("problem"), message);
    });
  }

  function choose(drawing) {
    const opens = chosen === null;
    chosen = drawing;
    of = state.run;
    asked = false;
    mark();
    look(state, false);
    const isBelow = panel.getBoundingClientRect().top > innerHeight - 150; // as on a phone; on a desk nothing moves
    if (opens && isBelow) panel.scrollIntoView({ block: "nearest" });
  }

  function leave() {
    if (asked && (state.recorded || state.run === of)) send(of, null);
    if (panel.contains(document.activeElement)) buttons[chosen].focus();
    chosen = seen = null;
    mark();
    panel.hidden = true;
  }

  function mark() {
    buttons.forEach((button, index) => {
      if (index === chosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    if (chosen !== null) goTo(buttons, chosen);
  }

  function look(shown, calm) {
    state = shown;
    const can = canAsk(shown);
    grid.hidden = !can;
    say(el.querySelector('[data-show="ask"]'), can ? HINT : "");
    if (chosen === null) return;
    if (shown.recorded || shown.run !== of) return leave();
    const answer = shown.answer?.drawing === chosen ? shown.answer : null;
    if (!can || (seen && !shown.answer)) asked = false; // the process that was asked has gone, or began anew
    if (can && !asked) {
      asked = true;
      say(show("problem"), "");
      send(of, chosen);
    }
    panel.hidden = false;
    panel.setAttribute("aria-busy", String(answer === null));
    const same = seen !== null && seen.drawing === chosen;
    if (answer !== null && answer !== seen && !(same && calm)) fill(answer);
    else if (answer === null) say(show("title"), title(chosen, null));
    if (!shown.answer) seen = null;
  }

  function fill(answer) {
    for (const image of panel.querySelectorAll("img")) image.src = `${PNG}${answer.png[image.dataset.answer]}`;
    say(show("title"), title(chosen, answer));
    say(show("at"), `Iteration ${count(answer.iteration)}`);
    say(show("nearest"), nearest(answer));
    say(show("verdict"), verdict(answer, state.config));
    say(show("reading"), reading(answer));
    say(show("wish"), wish(answer));
    say(show("legend"), LEGEND);
    if (seen?.drawing !== chosen) say(show("heard"), spoken(answer, state.config)); // once, not every time
    seen = answer;
  }

  panel.querySelector("button").addEventListener("click", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chosen === null || isChord(event)) return;
    if (!document.querySelector("dialog[open]")) leave();
  });
  return look;
}

/** A button over every drawing. One of them can be reached with Tab; from there the arrow keys lead to the others. */
function places(choose) {
  const grid = document.createElement("div");
  grid.className = "places";
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", "Drawings: the arrow keys move, Enter asks the judge");
  grid.hidden = true;
  const buttons = Array.from({ length: COUNT }, (_, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = index === 0 ? 0 : -1;
    button.setAttribute("aria-label", name(index));
    button.addEventListener("click", () => choose(index));
    return button;
  });
  grid.addEventListener("keydown", (event) => {
    const to = isChord(event) ? null : moved(buttons.indexOf(event.target), event.key);
    if (to === null) return;
    event.preventDefault();
    goTo(buttons, to);
    buttons[to].focus();
  });
  grid.append(...buttons);
  return { grid, buttons };
}

/** Let Tab reach this one of the buttons. */
function goTo(buttons, to) {
  buttons.forEach((button, index) => { button.tabIndex = index === to ? 0 : -1; });
}

/** Change a text only where it differs, so that a screen reader is not told the same twice. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
