/** The page "Real or drawn?": a climb over the iterations of the recorded run, or ten pairs against the bundled networks. */

import { paintResult } from "../components/result-picture.js";
import { create, enable, finder, setText, setTexts } from "../lib/dom.js";
import { writeCount } from "../lib/handwriting.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { PNG } from "../logic/state.js";
import { count } from "../logic/words.js";

const PAIRS = 10;
const RETRY = 1200; // milliseconds until the page repeats a request that the server did not answer

export function mount(el) {
  const part = finder(el, "part"), show = finder(el, "show"), button = finder(el, "do");
  const sides = [...part("pair").querySelectorAll("figure button")], dots = [...part("dots").children];
  let game = null, wish; // the game in play, and the newest one asked for
  let following; // the next pair, requested early
  let waits = true;

  /** Request the next pair of a game. A server that was restarted does not know its round, so ask for another one. */
  async function load(game) {
    const { answers, rungs } = game, rung = rungs[correct(answers)];
    const ask = () => get(`/api/guess/${game.round}/${answers.length}${rung === undefined ? "" : `?iteration=${rung}`}`);
    return ask().catch(async (error) => {
      if (error.field !== "round") throw error;
      game.round = (await get("/api/guess")).round;
      return ask();
    });
  }

  /** Begin a game. @param {boolean} bundled whether to play against the bundled networks */
  async function begin(bundled, known = null) {
    const mine = wish = {}, { round, rungs, pair } = known ?? await get("/api/guess");
    const begun = { round, rungs: bundled ? [] : rungs, answers: [] };
    begun.pair = pair ?? await load(begun);
    if (mine !== wish) return; // another was chosen
    game = begun;
    el.className = isClimb(game) ? "" : "bundled";
    setText(button("other"), isClimb(game) ? "Play ten pairs" : "Back to the climb");
    next();
    if (!known) sides[0].focus();
  }

  /** Show the pair of the game. */
  function next() {
    const { answers, rungs, pair } = game, rung = rungs[correct(answers)];
    button("next").hidden = true;
    setTexts(show, { place: `Pair ${answers.length + 1} of ${PAIRS}${rung === undefined ? "" : `, iteration ${count(rung)}`}`, said: "", problem: "", score: "" });
    draw(pair);
    waits = false;
  }

  /** Draw a pair, with its answer if it is known, and how far the game is. */
  function draw(pair, { person, side } = {}) {
    const { answers, rungs } = game, at = correct(answers);
    dots.forEach((dot, index) => { dot.className = answers[index] ? verdict(answers[index]) : ""; });
    part("rungs").replaceChildren(...rungs.map((iteration, index) =>
      create("li", { className: index < at ? "passed" : "", ariaCurrent: index === at ? "step" : null }, count(iteration))));
    for (const one of sides) {
      const { value, firstElementChild: image, nextElementSibling: caption } = one;
      image.src = PNG + pair[value];
      one.ariaLabel = `The ${value} ${pair.digit}`;
      one.className = `paper ${value === side ? verdict({ person, side }) : value === person ? "person" : ""}`;
      setText(caption, person ? (value === person ? "a person" : "a network") : "");
      enable(one, !person);
    }
  }

  async function choose(side) {
    if (waits) return;
    waits = true;
    const now = game, { round, answers, pair } = now;
    const { person } = await get(`/api/guess/${round}/${answers.length}/person`).catch(async (error) => {
      if (now === game && error.field === "round") {
        now.pair = await load(now);
        next();
      }
      waits = false;
      throw error;
    });
    if (now !== game) return; // another game was begun
    const answer = { person, side, pair };
    answers.push(answer);
    following = isOver(now) ? null : load(now).catch(() => null);
    draw(pair, answer);
    setText(show("said"), `${side === person ? "Correct!" : "Wrong."} A person wrote the ${person} one.`);
    button("next").hidden = false;
    button("next").focus();
  }

  async function onward() {
    const now = game, isShown = () => now === game && !button("next").hidden;
    if (isOver(now)) return end();
    const pair = await following ?? await load(now);
    if (!isShown()) return; // it was pressed twice
    now.pair = pair;
    next();
    sides[0].focus();
  }

  function end() {
    const shown = fooled(game.answers) ?? game.answers.at(-1);
    button("next").hidden = true;
    setTexts(show, { place: "", ...result(game) });
    writeCount(show("score"));
    draw(shown.pair, shown);
    el.classList.add("over");
    button("again").focus();
  }

  const attempt = (act) => () => act().catch(({ message, gone }) => {
    setText(show("problem"), message);
    if (gone) setTimeout(attempt(act), RETRY);
  });
  for (const side of sides) side.onclick = attempt(() => choose(side.value));
  button("next").onclick = attempt(onward);
  button("again").onclick = attempt(() => begin(!isClimb(game)));
  button("other").onclick = attempt(() => begin(!game || isClimb(game)));
  button("share").onclick = attempt(async () => {
    const href = URL.createObjectURL(await paintResult(show("score"), sides)), download = "real-or-drawn.png";
    create("a", { href, download }).click();
    setTimeout(URL.revokeObjectURL, 60_000, href);
    setText(show("said"), `Saved: ${download}.`);
  });
  onKeys({ ArrowLeft: () => sides[0].click(), ArrowRight: () => sides[1].click() });
  const { climb } = part("pair").dataset;
  attempt(() => begin(false, climb && JSON.parse(climb)))();
}

/** @typedef {{person: string, side: string}} Answer the side that a person wrote, and the one chosen */

const verdict = ({ person, side }) => (side === person ? "correct" : "wrong");

const correct = (answers) => answers.filter((one) => verdict(one) === "correct").length;

const fooled = (answers) => answers.findLast((one) => verdict(one) === "wrong");

/** @typedef {{rungs: number[], answers: Answer[]}} Game the iterations of a climb; none against the bundled networks */

const isClimb = ({ rungs }) => rungs.length > 0;

/** Whether all rungs of a climb are passed. */
const isPassed = (game) => isClimb(game) && correct(game.answers) === game.rungs.length;

const isOver = (game) => game.answers.length === PAIRS || isPassed(game);

/** Say how a game ended. @param {Game} game */
export function result(game) {
  const { rungs, answers } = game, number = correct(answers), top = isPassed(game);
  const reached = rungs[top ? number - 1 : number];
  return {
    score: reached === undefined ? `You found ${number} of ${answers.length}` : `You climbed ${top ? "past" : "to"} iteration ${count(reached)}`,
    said: (top ? `That is the top, after ${answers.length} pairs. ` : "") + (fooled(answers) ? "This pair fooled you last." : "No pair fooled you."),
  };
}
