/** The buttons Step and Slow: play a new GAN one turn at a time in the diagram. */

import { finder, setText } from "../lib/dom.js";
import { get } from "../lib/server.js";
import { phases } from "../logic/turns.js";

const PACE = 2500; // milliseconds per phase, enough to read its sentence
const MOST_ITERATIONS = 40; // MOST_ITERATIONS in gan/web/services/turns.py

/**
 * @param {HTMLElement} el with the buttons
 * @param {{playing: () => boolean, play: (phase: import("../logic/turns.js").Phase|null, turns?: import("../logic/turns.js").Turns) => void,
 *   chosen: () => number, complain: (text: string) => void}} game the diagram
 * @param {() => {digit: number|null, seed: number}|null} config returns the configuration of the run shown, if any
 * @returns {() => void} stops, and shows the run again
 */
export function mount(el, game, config = () => null) {
  const button = finder(el, "do"), slow = button("slow");
  let waiting = [], turns = null, iteration = 0; // the next phases, and the iteration that they belong to
  let loading = false, timer = 0, session = 0; // session: counts the stops, so that late responses are dropped

  /** Load the phases of an iteration for the chosen drawing. Return whether they arrived and are still wanted. */
  async function load(next) {
    if (loading) return false;
    loading = true;
    const { digit = null, seed = 0 } = config() ?? {}, which = digit === null ? "" : `&digit=${digit}`;
    const asked = session;
    try {
      const loaded = await get(`/api/turns?iteration=${next}&seed=${seed}&drawing=${game.chosen()}${which}`);
      if (asked !== session) return false;
      [turns, waiting, iteration] = [loaded, phases(loaded), next];
      game.complain("");
      return true;
    } catch ({ message }) {
      pause();
      game.complain(message);
      return false;
    } finally {
      loading = false;
    }
  }

  async function step() {
    if (waiting.length > 0 || await load((iteration % MOST_ITERATIONS) + 1)) game.play(waiting.shift(), turns);
  }

  /** Show the same phase for the drawing that was chosen. */
  async function again() {
    const at = phases(turns).length - waiting.length - 1;
    if (!await load(iteration)) return;
    waiting = waiting.slice(at);
    game.play(waiting.shift(), turns);
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    setText(slow, "Slow");
  }

  function stop() {
    pause();
    session += 1;
    [waiting, turns, iteration] = [[], null, 0];
    if (game.playing()) game.play(null);
  }

  for (const name of ["step", "next"]) button(name).addEventListener("click", () => { pause(); step(); }); // a phone needs both
  slow.addEventListener("click", () => {
    if (timer) return pause();
    setText(slow, "Pause");
    timer = setInterval(step, PACE);
    step();
  });
  button("leave").addEventListener("click", stop);
  game.onOther(again);
  for (const name of ["step", "next", "slow", "leave"]) button(name).disabled = false;
  return stop;
}
