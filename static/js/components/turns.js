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
 * @param {() => {digit: number|null, seed: number}|null} config returns the configuration of the run shown
 * @returns {() => void} stops, and shows the run again
 */
export function mount(el, game, config) {
  const button = finder(el, "do"), slow = button("slow");
  let waiting = [], turns = null, shown = 0; // the next phases, their iteration, and the number of phases shown of it
  let iteration = 0, loading = false, timer = 0;

  async function step() {
    if (loading) return;
    if (waiting.length === 0) {
      loading = true;
      try {
        await load();
      } catch ({ message }) {
        pause();
        game.complain(message);
        return;
      } finally {
        loading = false;
      }
    }
    if (waiting.length > 0) show();
  }

  function show() {
    shown += 1;
    game.play(waiting.shift(), turns);
  }

  /** Show the same phase for the drawing that was chosen. */
  async function again() {
    const phase = shown;
    iteration -= 1;
    try {
      await load();
    } catch ({ message }) {
      return game.complain(message);
    }
    waiting = waiting.slice(phase - 1);
    shown = phase - 1;
    if (waiting.length > 0) show();
  }

  async function load() {
    iteration = (iteration % MOST_ITERATIONS) + 1;
    const { digit = null, seed = 0 } = config() ?? {}, which = digit === null ? "" : `&digit=${digit}`;
    const wanted = iteration;
    const loaded = await get(`/api/turns?iteration=${iteration}&seed=${seed}&drawing=${game.chosen()}${which}`);
    if (wanted === iteration) [turns, waiting, shown] = [loaded, phases(loaded), 0]; // unless it was stopped meanwhile
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    setText(slow, "Slow");
  }

  function stop() {
    pause();
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
