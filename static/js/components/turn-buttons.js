/** The buttons “One turn” and “Slow motion”: play one turn at a time in the diagram, of the open run or else of a new GAN. */

import { enable, finder, setText } from "../lib/dom.js";
import { get } from "../lib/server.js";
import { phases } from "../logic/turns.js";
import { controls } from "../logic/words.js";

const PACE = 2500; // milliseconds per phase, enough to read its sentence
const MOST_ITERATIONS = 40; // MOST_ITERATIONS in gan/runs/turn_frames.py

/**
 * @param {HTMLElement} el with the buttons
 * @param {ReturnType<typeof import("./network-diagram.js").mount>} game the diagram
 * @param {{own: () => import("../logic/state.js").State, step: (drawing: number) => Promise<any>, redraw: () => void}|null} run
 *   the open run, if the page has one. step: trains it for one iteration; redraw: shows its newest sheet
 */
export function mount(el, game, run = null) {
  const button = finder(el, "do"), step = button("step"), slow = button("slow");
  let turns = null, waiting = []; // the turns that play, and their next phases
  let expected = null; // the request for turns that are to come
  let timer = 0, name = null; // name: of the open run

  function play() {
    game.play(waiting.shift(), turns);
    setText(step, "Next turn");
    if (waiting.length === 0) run?.redraw(); // now the artist has changed
  }

  function begin(arrived) {
    [turns, waiting, expected] = [arrived, phases(arrived), null];
    game.complain("");
    play();
  }

  /** Load and play the next iteration of a new network. */
  async function load() {
    const iteration = turns ? (turns.iteration % MOST_ITERATIONS) + 1 : 1;
    const mine = expected = get(`/api/turns?iteration=${iteration}&drawing=${game.chosen()}`);
    try {
      const loaded = await mine;
      if (mine === expected) begin(loaded);
    } catch ({ message }) {
      if (mine !== expected) return;
      expected = null;
      pause();
      game.complain(message);
    }
  }

  function next() {
    if (waiting.length > 0) return play();
    if (expected) return;
    if (!run) load();
    else if (controls(run.own()).canFun) expected = run.step(game.chosen());
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    setText(slow, "Slow motion");
  }

  function stop() {
    pause();
    [turns, waiting, expected] = [null, [], null];
    setText(step, "One turn");
    if (game.playing()) game.play(null);
  }

  /** Follow the open run: play the turns that it was asked for, and stop when it has moved on. */
  function follow(own) {
    if (name !== null && name !== own.run) stop();
    name = own.run;
    if (expected && own.turns) begin(own.turns);
    else if (expected && (own.error || own.connection !== "open")) {
      expected = null;
      pause();
    } else if (!expected && turns && turns.iteration !== own.iteration) stop();
    for (const one of [step, slow]) enable(one, waiting.length > 0 || expected || controls(own).canFun);
  }

  step.onclick = () => { pause(); next(); };
  slow.onclick = () => {
    if (timer) return pause();
    if (slow.ariaDisabled === "true") return;
    setText(slow, "Pause");
    timer = setInterval(next, PACE);
    next();
  };
  if (run) game.onOther(() => { stop(); run.redraw(); });
  else {
    button("close").onclick = () => { stop(); step.focus(); };
    for (const one of [step, slow, button("close")]) one.disabled = false;
  }
  return {
    stop, follow,
    /** Whether the sheet does not show the run's newest drawings, but those before the artist's turn. */
    holds: () => waiting.length > 0,
  };
}
