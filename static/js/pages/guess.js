/**
 * The page "Real or drawn?", a game. The player climbs a ladder: every correct answer
 * leads to the next rung, a later iteration of the recorded run.
 */

import { create, enable, finders, randomSeed, setText, setTexts } from "../lib/dom.js";
import { writeCount } from "../lib/handwritten-count.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { PNG } from "../logic/state.js";
import { count } from "../logic/words.js";

// milliseconds until the page repeats a request that the server did not answer
const RETRY = 1200;
const VERDICT = { true: "correct", false: "wrong" };

/** Mount the game: in each pair, find the digit that a person wrote. */
export function mount(el) {
  const { part, show, button } = finders(el);
  const sides = [...part("pair").querySelectorAll("figure button")];
  const dots = [...part("dots").children];
  let game; // the game that is played
  let newest; // the game that was begun last, which may still be loading

  const load = ({ seed, answers }) =>
    get(`/api/guess?seed=${seed}&pair=${answers.length}&rung=${correct(answers)}`);

  /** Begin a new game. */
  async function begin() {
    const begun = { answers: [], seed: randomSeed() };
    newest = begun;
    const pair = await load(begun);
    if (begun !== newest) return; // another game was begun meanwhile
    game = { ...begun, pair, rungs: pair.rungs };
    el.classList.remove("over");
    next();
  }

  /** Show the next pair. */
  function next() {
    const { answers, rungs, pair } = game;
    const at = count(rungs[correct(answers)]);
    // The focus moves on if the player uses the keyboard.
    if (document.activeElement.matches(":focus-visible")) sides[0].focus();
    button("next").hidden = true;
    const pairs = `Pair ${answers.length + 1} of ${dots.length}`;
    setTexts(show, {
      place: `${pairs}, the artist after ${at} iterations`,
      said: "",
      problem: "",
      score: "",
    });
    draw(pair);
  }

  /** Draw a pair and the progress. If a side was chosen, show who made each image. */
  function draw(pair, side = "") {
    const { answers, rungs } = game;
    const person = side && pair.person;
    // The rung of the pair shown, before its answer counts.
    const at = correct(side && !isPassed(game) ? answers.slice(0, -1) : answers);
    dots.forEach((dot, index) => {
      dot.className = VERDICT[answers[index]?.found] ?? "";
    });
    part("rungs").replaceChildren(
      ...rungs.map((iteration, index) =>
        create("li", {
          className: index < at ? "passed" : "",
          ariaCurrent: index === at ? "step" : null,
        }, count(iteration))
      ),
    );
    for (const one of sides) {
      const { value, firstElementChild: image, nextElementSibling: caption } = one;
      image.src = PNG + pair[value];
      one.ariaLabel = `The ${value} ${pair.digit}`;
      const isMarked = value === person || value === side;
      one.className = `paper ${isMarked ? VERDICT[value === person] : ""}`;
      const author = value === person ? "a person" : "the artist";
      setText(caption, person ? author : "");
      enable(one, !side);
    }
  }

  /** Answer the pair with a side, "left" or "right". */
  function choose(side) {
    const { answers, pair } = game;
    const found = side === pair.person;
    answers.push({ pair, side, found });
    draw(pair, side);
    setText(
      show("said"),
      `${found ? "Correct!" : "Wrong."} A person wrote the one on the ${pair.person}.`,
    );
    button("next").hidden = false;
    button("next").focus();
  }

  /** Load the next pair, or end the game. */
  async function onward() {
    const now = game;
    const { answers } = now;
    if (answers.length === dots.length || isPassed(now)) return end();
    const pair = await load(now);
    if (button("next").hidden) return; // "Next" was pressed twice
    now.pair = pair;
    next();
  }

  /** Show the score, and a pair that the player got wrong. */
  function end() {
    button("next").hidden = true;
    setTexts(show, { place: "", ...result(game) });
    writeCount(show("score"));
    const { pair, side } = fooled(game.answers) ?? game.answers.at(-1);
    draw(pair, side);
    el.classList.add("over");
    button("again").focus();
  }

  const attempt = (act) => () =>
    act().catch(({ message, gone }) => {
      setText(show("problem"), message);
      if (gone) setTimeout(attempt(act), RETRY);
    });
  for (const side of sides) {
    side.onclick = () => side.ariaDisabled === "false" && choose(side.value);
  }
  button("next").onclick = attempt(onward);
  button("again").onclick = attempt(begin);
  onKeys({ ArrowLeft: () => sides[0].click(), ArrowRight: () => sides[1].click() });
  attempt(begin)();
}

/**
 * @typedef {{found: boolean}[]} Answers
 * @typedef {{rungs: number[], answers: Answers}} Game rungs: the iterations on the
 * ladder, ascending; answers: those given so far
 */

const correct = (answers) => answers.filter(({ found }) => found).length;

const fooled = (answers) => answers.findLast(({ found }) => !found);

/** Whether the top rung is passed, which ends the game. */
const isPassed = ({ rungs, answers }) => correct(answers) === rungs.length;

/** Say how a game ended. @param {Game} game */
export function result(game) {
  const { rungs, answers } = game;
  const top = isPassed(game);
  const reached = rungs[correct(answers.slice(0, -1))];
  const said = fooled(answers) ? "This pair fooled you last." : "No pair fooled you.";
  return {
    score: `You climbed ${top ? "past" : "to"} iteration ${count(reached)}`,
    said: top ? `That is the top, after ${answers.length} pairs. ${said}` : said,
  };
}
