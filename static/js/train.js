/** The training page: the transport, the newest picture, the losses. */

import { follow } from "./live.js";
import { mount as mountChart } from "./loss-chart.js";
import { picture } from "./picture.js";
import { mount as mountRuns } from "./runs.js";
import { pictureAddress } from "./state.js";
import { change, controls, count, measured, runTitle, speed, status } from "./words.js";

/** @param {HTMLElement} el */
export function mount(el) {
  const part = (name) => el.querySelector(`[data-part="${name}"]`);
  const show = (name) => el.querySelector(`[data-show="${name}"]`);
  const button = (name) => el.querySelector(`[data-do="${name}"]`);
  const drawChart = mountChart(part("chart"));
  const showPicture = picture(show("picture"));
  const showRuns = mountRuns(part("runs"));

  const live = follow((state) => {
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
    say(show("told_apart"), measured(state.metrics.at(-1)?.told_apart));
    say(show("d_change"), change(state));
    const { kind, text } = status(state);
    say(show("status"), text);
    show("status").className = `notice ${kind}`;
    drawChart(state.metrics);
    showNewest(state, show, showPicture);
    if (state.config) say(show("title"), `(open: ${runTitle(state.config)})`);
    showRuns(state);
  });

  const form = el.querySelector('[data-form="train"]');
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value, max } = form.elements.iterations;
    const problem = checkIterations(value, Number(max));
    say(show("problem"), problem ?? "");
    form.elements.iterations.setAttribute("aria-invalid", String(problem !== null));
    if (problem === null) live.command("train", { iterations: Number(value) });
  });
  const fun = () => controls(live.state()).canFun && live.command(controls(live.state()).funCommand);
  button("fun").addEventListener("click", fun);
  button("reset").addEventListener("click", () => askReset(part("confirm"), show("loss-of"), live));
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.repeat || event.target.closest("button, a, input, select, summary, dialog")) return;
    event.preventDefault();
    fun();
  });
}

function showNewest(state, show, showPicture) {
  const newest = state.pictures.at(-1);
  show("waiting").hidden = newest !== undefined;
  if (newest === undefined) {
    show("picture").hidden = true;
    return say(show("caption"), "Learning to draw");
  }
  const untrained = newest === 0 ? ", untrained" : "";
  say(show("caption"), `Iteration ${count(newest)}${untrained}`);
  showPicture(pictureAddress(state, newest), `Digits drawn by the generator at iteration ${newest}${untrained}`);
}

/** @returns {string|null} what is wrong with a number of iterations */
function checkIterations(text, most) {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= 1 && value <= most) return null;
  return `The number of iterations must be a whole number from 1 to ${count(most)}.`;
}

function askReset(dialog, sentence, live) {
  const { iteration, pictures } = live.state();
  say(sentence, `Reset throws away ${count(iteration)} iterations and ${count(pictures.length)} pictures of this run.`);
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "reset" && live.command("reset"), { once: true });
  dialog.showModal();
}

/** A disabled button would lose the keyboard's focus while it waits: it stays in place and only does nothing. */
function enable(element, can) {
  element.disabled = !can;
}

/** Change a text only where it differs, so that a screen reader is not told the same twice. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
