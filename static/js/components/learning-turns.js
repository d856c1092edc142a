/**
 * The button “One turn”: plays the turns of the judge and the artist one by one in the
 * diagram. They are those of the open run or, on a page without one, of a new GAN.
 */

import { enable, finder, setText } from "../lib/dom.js";
import { get } from "../lib/server.js";
import { phases } from "../logic/learning-turn-phases.js";
import { controls } from "../logic/words.js";

const MOST_ITERATIONS = 40; // MOST_ITERATIONS in gan/runs/learning_turns.py

/**
 * Mount the button.
 * @param {HTMLElement} el with the button
 * @param {ReturnType<typeof import("./network-diagram.js").mount>} game the diagram
 * @param {{own: () => import("../logic/state.js").State, step: (drawing: number) =>
 * Promise<unknown>, redraw: () => void}|null} run
 *   the open run, if the page has one. step: trains it for one iteration; redraw: shows
 * its newest sheet
 */
export function mount(el, game, run = null) {
  const button = finder(el, "do");
  const step = button("step");
  let turns = null; // the turns that are played
  let waiting = []; // their phases that are not played yet
  let expected = null; // the pending request for turns
  let name = null; // of the open run

  function play() {
    game.play(waiting.shift(), turns);
    setText(step, "Next turn");
    if (waiting.length === 0) run?.redraw(); // show the artist's change
  }

  /** Play the first of the turns that have arrived. */
  function begin(arrived) {
    turns = arrived;
    waiting = phases(arrived);
    expected = null;
    game.complain("");
    play();
  }

  /** Load and play the next iteration of a new network. */
  async function load() {
    const iteration = turns ? (turns.iteration % MOST_ITERATIONS) + 1 : 1;
    const mine = get(`/api/turns?iteration=${iteration}&drawing=${game.chosen()}`);
    expected = mine;
    try {
      const loaded = await mine;
      if (mine === expected) begin(loaded);
    } catch ({ message }) {
      if (mine !== expected) return;
      expected = null;
      game.complain(message);
    }
  }

  function next() {
    if (waiting.length > 0) return play();
    if (expected) return;
    if (!run) load();
    else if (controls(run.own()).canFun) expected = run.step(game.chosen());
  }

  /** Stop playing turns, and show the run again. */
  function stop() {
    turns = null;
    waiting = [];
    expected = null;
    setText(step, "One turn");
    if (game.playing()) game.play(null);
  }

  /**
   * Update for a state of the open run: play the turns that were requested from it, and
   * stop when the run has trained further.
   */
  function follow(own) {
    if (name !== null && name !== own.run) stop();
    name = own.run;
    if (expected && own.turns) begin(own.turns);
    else if (expected && (own.error || own.connection !== "open")) expected = null;
    else if (!expected && turns && turns.iteration !== own.iteration) stop();
    enable(step, waiting.length > 0 || expected || controls(own).canFun);
  }

  step.onclick = next;
  if (run) {
    game.onOther(() => {
      stop();
      run.redraw();
    });
  } else {
    button("close").onclick = () => {
      stop();
      step.focus();
    };
    for (const one of [step, button("close")]) one.disabled = false;
  }
  return {
    stop,
    follow,
    /**
     * Whether the sheet must still show the drawings from before the artist's turn,
     * because the turns are not played to the end.
     */
    holds: () => waiting.length > 0,
  };
}
