/**
 * The diagram of both networks at work on one drawing. On the Train page, a click on
 * the sheet chooses the drawing.
 */

import { finder, setText, setTexts, svg } from "../lib/dom.js";
import { get, post } from "../lib/server.js";
import {
  drawn,
  inspectMode,
  nearest,
  reading,
  title,
} from "../logic/drawing-labels.js";
import { dots, height } from "../logic/network-diagram.js";
import { keptAddress, PNG } from "../logic/state.js";
import { places } from "./sheet.js";

const FIRST = 3; // the drawing shown at first

/**
 * Mount the diagram.
 * @param {HTMLElement} el with the parts of templates/network-diagram.html; without a
 *   sheet, the diagram only plays turns
 */
export function mount(el) {
  const part = finder(el, "part")("game");
  const show = finder(part, "game");
  const image = finder(el, "show")("picture");
  const watches = "watching" in document.body.dataset;
  /** @type {HTMLElement|null} */
  const grid = el.querySelector(".places");
  const sheet = grid && places(grid, choose);
  const drawScale = mountScale(show("scale").querySelector("g"));
  /** @type {[import("../logic/state.js").State, number|undefined]|null} */
  let now = null; // the arguments of the last update
  let chosen = FIRST; // the drawing
  let told = ""; // the run and the drawing about which the worker was asked last
  let seen = null; // the answer shown
  let source = ""; // the address of the saved answer requested last
  let playing = false; // whether turns are played
  let played = null; // the turns played last
  let added = ""; // a sentence that `add` added to their text
  let other = () => undefined; // called if another drawing is chosen while turns play
  // Requests go out one at a time, so the last one wins.
  let sending = Promise.resolve();

  const complain = (text) => setText(show("problem"), text);
  const hints = finder(part, "do")("hints");
  hints.disabled = false;
  hints.onclick = () => {
    const { hidden } = show("hints");
    show("hints").hidden = !hidden;
    hints.ariaExpanded = String(hidden);
  };

  /** Show another drawing of the sheet. */
  function choose(drawing) {
    chosen = drawing;
    sheet.mark(chosen);
    complain("");
    finder(el, "show")("press").hidden = true; // the user knows it now
    if (playing) return other();
    if (seen) drawScale(seen.scale, chosen); // the pictures follow with the answer
    look(...now);
  }

  /** Leave the diagram blank, in the same space, until the next answer. */
  function forget() {
    seen = null;
    told = "";
    source = "";
    setBlank(true);
  }

  /**
   * Update the diagram for a picture.
   * @param {import("../logic/state.js").State} shown
   * @param {number|undefined} iteration of its picture
   * @param {boolean} calm whether to keep what is shown of the same drawing
   */
  function look(shown, iteration, calm = false) {
    const changed = now !== null && now[0].run !== shown.run;
    now = [shown, iteration];
    if (changed && !playing) forget();
    const mode = inspectMode(shown, iteration, true, image.naturalWidth);
    grid.hidden = mode === null || (watches && mode === "judge");
    if (playing) return;
    if (mode === "judge") follow(shown, calm);
    else told = "";
    if (mode === "kept") readKept(keptAddress(shown, `${iteration}/${chosen}.json`));
  }

  /**
   * Ask the run's worker about the chosen drawing, and show its answers. Ask again
   * after a reset or a new connection.
   */
  function follow({ run, answer }, calm) {
    if (seen && !answer) told = "";
    const question = `${run}/${chosen}`;
    // On pages that only watch, the user who controls the server chooses.
    if (watches && answer) chosen = answer.drawing;
    else if (!watches && told !== question) {
      told = question;
      const drawing = chosen;
      sending = sending.then(() => post(`/api/runs/${run}/ask`, { drawing }))
        .catch(({ message }) => drawing === chosen && complain(message));
    }
    if (!answer) seen = null;
    const isKept = answer === seen || (calm && seen?.drawing === chosen);
    if (answer?.drawing === chosen && !isKept) fill(answer);
  }

  function setBlank(blank) {
    part.classList.toggle("blank", blank);
  }

  /** Load and show the answer about a saved picture, unless another is requested. */
  async function readKept(address) {
    if (address === source) return;
    source = address;
    const answer = await get(address).catch(() => null);
    if (answer && source === address && !playing) fill(answer);
  }

  /** Show an explanation of the drawing. */
  function fill(answer) {
    setBlank(!answer.scale);
    if (!answer.scale) return;
    part.classList.toggle("untold", !answer.iteration || !answer.png.gradient);
    showPictures(el, answer.png);
    const about = `${title(chosen, answer)}.`;
    setTexts(show, { drawn: drawn(answer), title: about, nearest: nearest(answer) });
    if (seen && seen.drawing !== chosen) {
      setText(show("heard"), `${about} ${reading(answer)}`);
    }
    seen = answer;
    drawScale(answer.scale, chosen);
  }

  /**
   * Show a phase of a turn instead of the run, or the run again if it is null.
   * @param {import("../logic/learning-turn-phases.js").Phase|null} phase
   * @param {import("../logic/learning-turn-phases.js").Turns} [turns] that contain it
   */
  function play(phase, turns) {
    playing = phase !== null;
    el.classList.toggle("replaying", playing);
    part.dataset.turn = phase?.turn ?? "";
    part.classList.toggle("back", phase?.back ?? false);
    if (turns !== played) {
      played = turns;
      added = "";
    }
    setText(show("turn"), `${phase?.said ?? ""} ${added}`.trim());
    if (!playing) {
      forget();
      drawScale.ghost(null);
      if (sheet) look(...now);
      return;
    }
    setBlank(false);
    const { png, scale } = phase.frame;
    part.classList.toggle("untold", !phase.back);
    showPictures(part, png);
    setTexts(show, {
      title: `Iteration ${turns.iteration}. ${title(turns.drawing, turns)}.`,
      drawn: drawn(turns),
      nearest: nearest({ ...turns, real_digit: turns.asked }),
    });
    drawScale(scale, turns.drawing);
    drawScale.ghost(phase.ghost);
    part.scrollIntoView({ block: "nearest" }); // on a phone it is below the sheet
  }

  /** Add a sentence to all phases of the iteration that is played. */
  function add(sentence) {
    if (added === "") setText(show("turn"), `${show("turn").textContent} ${sentence}`);
    added = sentence;
  }

  sheet?.mark(chosen);
  // Only the width of the loaded picture shows how many drawings it has.
  if (image) image.onload = () => now && look(...now, true);
  return {
    look,
    play,
    add,
    playing: () => playing,
    chosen: () => chosen,
    complain,
    /** Set what to do if another drawing is chosen while turns are played. */
    onOther(act) {
      other = act;
    },
  };
}

function showPictures(el, pngs) {
  for (const picture of el.querySelectorAll("[data-answer]")) {
    const png = pngs[picture.dataset.answer];
    if (png) picture.src = `${PNG}${png}`;
  }
}

/**
 * Return a function that draws the dots of the scale. It reuses their elements, so that
 * CSS animates their moves.
 */
function mountScale(group) {
  const elements = new Map();
  const ghost = svg("path", { class: "ghost" });
  let at = null; // the chosen drawing's dot
  /** Move the dots to the judge's ratings, and mark the chosen one. */
  function draw(scale, chosen) {
    for (const dot of dots(scale, chosen)) {
      const key = `${dot.kind}${dot.index}`;
      const circle = elements.get(key) ?? svg("circle", {});
      if (!elements.has(key)) group.append(circle);
      elements.set(key, circle);
      circle.setAttribute("class", dot.chosen ? `${dot.kind} chosen` : dot.kind);
      circle.setAttribute("r", dot.chosen ? 5 : 3);
      const [x, y] = [dot.x, dot.y].map((at) => at.toFixed(1));
      circle.style.transform = `translate(${x}px, ${y}px)`;
      if (!dot.chosen) continue;
      at = dot;
      if (group.lastChild !== circle) group.append(circle); // above the others
    }
  }
  /**
   * Mark the earlier rating of the chosen drawing by a ring and a line to its dot. Null
   * removes the mark.
   */
  draw.ghost = (rating) => {
    if (rating === null || !at) return ghost.remove();
    const from = height(rating);
    const gap = 5 * Math.sign(at.y - from);
    const ring = `M${at.x - 5} ${from}a5 5 0 1 0 10 0a5 5 0 1 0-10 0`;
    ghost.setAttribute("d", `${ring}M${at.x} ${from + gap}V${at.y - gap}`);
    group.append(ghost); // above the dots
  };
  return draw;
}
