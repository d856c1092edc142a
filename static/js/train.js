/** The training page: the transport, the picture of this moment, the losses. */

import { mount as mountAsk } from "./ask.js";
import { nearest } from "./chart.js";
import { isChord } from "./keys.js";
import { milestones } from "./labels.js";
import { mount as mountChart } from "./loss-chart.js";
import { replay } from "./replay.js";
import { mount as mountRuns } from "./runs.js";
import { say } from "./say.js";
import { mount as mountSheet } from "./sheet.js";
import { followShown } from "./shown.js";
import { change, controls, count, diagnosis, preference, runAndNetwork, speed, status } from "./words.js";

const CALM = 2000; // milliseconds between two pictures of a run that trains, for who wants no motion

/** @param {HTMLElement} el */
export function mount(el) {
  const part = (name) => el.querySelector(`[data-part="${name}"]`);
  const show = (name) => el.querySelector(`[data-show="${name}"]`);
  const button = (name) => el.querySelector(`[data-do="${name}"]`);
  let latest = null;
  const drawChart = mountChart(part("chart"));
  const showSheet = mountSheet(el, remark);
  const showAnswer = mountAsk(el, true);
  const showRuns = mountRuns(part("runs"), () => scrollTo({ top: 0 }));

  const isTooSoon = calmly(matchMedia("(prefers-reduced-motion: reduce)").matches);
  const iterationOn = replay(() => look(latest));

  /** The picture, the losses and what was measured, of the run that is shown. */
  function look(shown) {
    latest = shown;
    const on = iterationOn(shown);
    const at = shown.recorded ? on : null;
    const row = at === null ? shown.metrics.at(-1) : nearest(shown.metrics, at);
    drawChart(shown.metrics, shown.config?.metrics_every, at);
    say(show("d_change"), change(shown.config, row));
    const calm = isTooSoon(shown);
    if (!calm) showPicture(shown, on, show, showSheet);
    showAnswer(shown, on, calm);
  }

  /** What was said of the sheet that is shown now. */
  function remark(reading) {
    const { value, worth } = preference(reading, latest?.config);
    say(show("preference"), value);
    say(show("worth"), worth);
    say(show("diagnosis"), latest?.recorded ? "" : diagnosis(reading));
  }

  const live = followShown(el, (shown, state) => {
    const can = controls(state);
    button("fun").textContent = can.fun;
    button("fun").classList.toggle("stop", can.funCommand === "pause");
    enable(button("fun"), can.canFun);
    enable(button("train"), can.canTrain);
    enable(button("reset"), can.canReset);
    say(show("iteration"), count(state.iteration));
    const pace = speed(state);
    say(show("speed"), pace.speed);
    say(show("left"), pace.left);
    if (state.data) say(show("data"), state.data);
    const { kind, text } = status(state, shown.recorded);
    say(show("status"), text);
    show("status").className = `notice ${kind}`;
    look(shown);
    if (state.config) say(show("title"), `(open: ${runAndNetwork(state.config)})`);
    showRuns(state);
  }, true);

  const form = el.querySelector('[data-form="train"]');
  function complain(problem) {
    say(show("problem"), problem ?? "");
    form.elements.iterations.setAttribute("aria-invalid", String(problem !== null));
  }
  form.addEventListener("input", () => complain(null));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!controls(live.own()).canTrain) return;
    const { value, max } = form.elements.iterations;
    const problem = checkIterations(value, Number(max));
    complain(problem);
    if (problem === null) live.command("train", { iterations: Number(value) });
  });
  const fun = () => controls(live.own()).canFun && live.command(controls(live.own()).funCommand);
  button("fun").addEventListener("click", fun);
  button("reset").addEventListener("click", () => {
    if (controls(live.own()).canReset) askReset(part("confirm"), show("loss-of"), live);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.repeat || isChord(event) || event.target.closest("button, a, input, select, summary, dialog")) return;
    event.preventDefault();
    fun();
  });
}

function showPicture(shown, on, show, showSheet) {
  const none = on === undefined;
  show("waiting").hidden = !none;
  const words = none
    ? "Learning to draw"
    : `${shown.recorded ? "Recorded, iteration" : "Iteration"} ${count(on)}${on === 0 ? ", untrained" : ""}`;
  say(show("caption"), words);
  say(show("after"), milestones(shown.sheet));
  showSheet(shown, on, `Digits drawn by the generator. ${words}`);
}

/**
 * @param {boolean} wanted
 * @returns {(shown: import("./state.js").State) => boolean} whether it is too soon for the next picture of the same run
 */
function calmly(wanted) {
  let last = -CALM, of = null;
  return ({ run, state }) => {
    if (wanted && run === of && state === "training" && performance.now() - last < CALM) return true;
    last = performance.now();
    of = run;
    return false;
  };
}

/** @returns {string|null} what is wrong with a number of iterations */
function checkIterations(text, most) {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= 1 && value <= most) return null;
  return `The number of iterations must be a whole number from 1 to ${count(most)}.`;
}

function askReset(dialog, sentence, live) {
  const { iteration, pictures } = live.own();
  const most = Math.max(iteration, pictures.at(-1) ?? 0); // a run that could not be opened stands at 0
  say(sentence, `Reset throws away ${count(most)} iterations and ${count(pictures.length)} pictures of this run.`);
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "reset" && live.command("reset"), { once: true });
  dialog.showModal();
}

/**
 * A button with `disabled` would lose the keyboard's focus while it waits: this one keeps it, and does nothing.
 * The template has them disabled, for before this script runs they would send their form.
 */
function enable(element, can) {
  element.disabled = false;
  element.setAttribute("aria-disabled", String(!can));
}
