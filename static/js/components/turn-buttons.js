/** The buttons Step and Slow: play one turn at a time in the diagram, of the open run or of a new GAN. */

import { enable, finder, setText } from "../lib/dom.js";
import { get } from "../lib/server.js";
import { continues, phases } from "../logic/turns.js";
import { controls } from "../logic/words.js";

const PACE = 2500; // milliseconds per phase, enough to read its sentence
const MOST_ITERATIONS = 40; // MOST_ITERATIONS in gan/runs/turn_frames.py

/**
 * @param {HTMLElement} el with the buttons
 * @param {ReturnType<typeof import("./network-diagram.js").mount>} game the diagram
 * @param {{own: () => import("../logic/state.js").State, step: (drawing: number) => void,
 *   showSheet: (png: string, iteration: number) => void, pause: () => void, redraw: () => void}|null} run the open run, if the
 *   page has one. step: trains it for one iteration; showSheet: shows a new network's sheet; redraw: shows the run's newest sheet
 */
export function mount(el, game, run = null) {
  const button = finder(el, "do"), step = button("step"), slow = button("slow");
  const watches = "watching" in document.body.dataset; // a watcher cannot continue the run
  let turns = null, waiting = []; // the turns that play, and their next phases
  let expected = false, loading = false; // whether turns are to come from the run, or from the server
  let timer = 0, session = 0; // session: counts the stops, so that late responses are dropped
  let name = null; // of the open run

  const isOwn = (own) => !watches && continues(own);

  function play() {
    const phase = waiting.shift(), { sheet } = phase.frame.png;
    game.play(phase, turns);
    setText(step, "Next turn");
    if (!turns.own && sheet) run?.showSheet(sheet, phase.turn === "start" ? 0 : turns.iteration);
    if (turns.own && waiting.length === 0) run.redraw(); // now the artist has changed
  }

  function begin(arrived) {
    [turns, waiting] = [arrived, phases(arrived)];
    game.complain("");
  }

  /** Load an iteration of a new network for the chosen drawing. Return whether it arrived and is still wanted. */
  async function load(iteration) {
    if (loading) return false;
    loading = true;
    const { digit = null, seed = 0 } = run?.own().config ?? {}, which = digit === null ? "" : `&digit=${digit}`;
    const asked = session;
    try {
      const loaded = await get(`/api/turns?iteration=${iteration}&seed=${seed}&drawing=${game.chosen()}${which}`);
      if (asked === session) begin({ ...loaded, own: false });
      return asked === session;
    } catch ({ message }) {
      pause();
      game.complain(message);
      return false;
    } finally {
      loading = false;
    }
  }

  async function next() {
    if (waiting.length > 0) return play();
    if (expected) return;
    if (run && isOwn(run.own())) {
      if (!controls(run.own()).canFun) return;
      expected = true;
      run.step(game.chosen());
    } else if (await load(turns && !turns.own ? (turns.iteration % MOST_ITERATIONS) + 1 : 1)) {
      run?.pause();
      play();
    }
  }

  /** Another drawing was chosen: show the same phase of a new network. The run's turns are over. */
  async function again() {
    if (turns.own) return leave();
    const at = phases(turns).length - waiting.length - 1;
    if (!await load(turns.iteration)) return;
    waiting = waiting.slice(at);
    play();
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    setText(slow, "Slow");
  }

  function stop() {
    pause();
    session += 1;
    [turns, waiting, expected] = [null, [], false];
    setText(step, "Step");
    if (game.playing()) game.play(null);
  }

  function leave() {
    stop();
    run?.redraw();
  }

  /** Follow the open run: play the turns that it was asked for, and stop when it has moved on. */
  function follow(own) {
    if (name !== null && name !== own.run) stop();
    name = own.run;
    if (expected && own.turns) {
      expected = false;
      begin({ ...own.turns, own: true });
      play();
    } else if (expected && (own.error || own.connection !== "open")) {
      expected = false;
      pause();
    } else if (!expected && turns?.own && turns.iteration !== own.iteration) stop();
    const can = waiting.length > 0 || expected || !isOwn(own) || controls(own).canFun;
    for (const one of [step, slow]) enable(one, can);
  }

  step.onclick = () => { pause(); next(); };
  slow.onclick = () => {
    if (timer) return pause();
    if (slow.ariaDisabled === "true") return;
    setText(slow, "Pause");
    timer = setInterval(next, PACE);
    next();
  };
  button("leave").onclick = () => { leave(); step.focus(); };
  game.onOther(again);
  button("leave").disabled = false;
  if (!run) for (const one of [step, slow]) enable(one, true);
  return {
    stop, follow,
    /** Whether the sheet does not show the run's newest drawings: a new network's, or those before the artist's turn. */
    holds: () => turns !== null && (!turns.own || waiting.length > 0),
  };
}
