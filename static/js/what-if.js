/** The page "What if?": two runs side by side, one button for both. */

import { listen, post } from "./live.js";
import { FROZEN, LOOSE, caption, controls, goodOnes, kind, moral, preference, turns } from "./pair.js";
import { say } from "./say.js";
import { initial, reduce } from "./state.js";

const ITERATIONS = 200; // of one press: seconds, and enough to tell

/** @param {HTMLElement} el */
export function mount(el) {
  const show = (name) => el.querySelector(`[data-show="${name}"]`);
  const button = el.querySelector('[data-do="train"]'), form = el.querySelector("form");
  const sides = { [FROZEN]: mountSide(el, FROZEN), [LOOSE]: mountSide(el, LOOSE) };
  const states = { [FROZEN]: initial(), [LOOSE]: initial() };
  let waiting = false;

  function draw() {
    waiting = false;
    const both = [states[FROZEN], states[LOOSE]], can = controls(...both);
    button.disabled = false; // one that is disabled would lose the keyboard's focus
    button.setAttribute("aria-disabled", String(!can.can));
    button.textContent = can.button;
    button.classList.toggle("stop", can.command === "pause");
    say(show("status"), can.status);
    show("status").className = `notice ${can.kind}`;
    say(show("turns"), turns(states[FROZEN].config));
    say(show("preference"), preference(...both));
    say(show("moral"), moral(...both));
    for (const [name, side] of Object.entries(sides)) side(states[name]);
  }

  /** An event of one run; what is said of the connection is of both. */
  function tell(event) {
    for (const name of event.run ? [event.run] : [FROZEN, LOOSE]) {
      if (name in states) states[name] = reduce(states[name], event);
    }
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  }

  async function ask(address, command, body) {
    tell({ type: "asked", command });
    try {
      await post(address, body);
    } catch (error) {
      tell({ type: "refused", message: error.message });
    }
  }

  button.addEventListener("click", () => {
    const { can, command } = controls(states[FROZEN], states[LOOSE]);
    if (can) ask(`/api/what-if/${command}`, command, command === "train" ? { iterations: ITERATIONS } : undefined);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { digit, seed, generator_updates: turns } = form.elements;
    const problem = form.querySelector("[data-show=problem]");
    say(problem, "");
    try {
      await post("/api/what-if", { digit: digit.value === "" ? null : Number(digit.value), seed: Number(seed.value), generator_updates: Number(turns.value) });
      scrollTo({ top: 0 });
    } catch (error) {
      say(problem, error.message);
    }
  });
  listen(tell, "/api/what-if/events");
  draw();
}

/** One of the two: its sheet and what is said of it. Of the pictures that are asked for none overtakes a newer one. */
function mountSide(el, name) {
  const side = el.querySelector(`[data-run="${name}"]`), show = (part) => side.querySelector(`[data-show="${part}"]`);
  const image = show("picture");
  let shown = null;
  return (state) => {
    say(show("caption"), caption(state));
    say(show("good"), goodOnes(state));
    if (state.sheet === shown) return;
    shown = state.sheet;
    image.hidden = shown === null;
    if (shown === null) return;
    image.src = `data:image/png;base64,${shown.png}`;
    image.alt = `64 drawings. ${caption(state)}. ${goodOnes(state) || `Each should be ${kind(state.config)}`}.`;
  };
}
