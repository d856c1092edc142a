/** The page "Real or drawn?": ten pairs to choose from, the score, and the scores against all opponents. */

import { create, enable, finder, keepChecked, setText, setTexts, storage } from "../lib/dom.js";
import { writeCount } from "../lib/handwriting.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { PNG } from "../logic/state.js";

const RETRY = 1200; // milliseconds until the page asks again for a round that could not be loaded

export function mount(el) {
  const part = finder(el, "part"), show = finder(el, "show"), step = finder(el, "step"), kept = storage();
  const onward = finder(el, "do")("next");
  const buttons = [...part("pair").querySelectorAll("figure button")], dots = [...part("dots").children];
  let totals = JSON.parse(kept.realOrDrawn ?? "{}");
  let ladders, ladder, rung; // the opponents
  let round, answers, waits = true, wish;

  async function begin(others, index, given = null) {
    const mine = wish = {}, { name, asked } = others[index], begun = given ?? await get(`/api/guess/round?pixels=1&${asked}`);
    if (mine !== wish) return; // another was chosen
    [ladder, rung, round, answers] = [others, index, begun, []];
    next();
    draw();
    if (given) return;
    setText(show("said"), `Against: ${name}.`);
    el.className = "";
    buttons[0].focus();
  }

  const count = (name) => answers.filter((one) => one[name]).length;

  /** Show the next pair. */
  function next() {
    onward.hidden = true;
    const pair = round.pairs[answers.length], score = answers.length ? `, ${count("right")} right so far` : "";
    setTexts(show, { place: `Pair ${answers.length + 1} of ${round.pairs.length}${score}`, said: "", problem: "" });
    for (const button of buttons) {
      sources(pair, button.value).forEach((src, index) => { button.children[index].src = src; });
      button.ariaLabel = `The ${button.value} ${pair.digit}`;
    }
    mark(["1", "2"]);
    waits = false;
  }

  /** Set the captions, fill the dots, and mark the digit written by a person and the choice. */
  function mark(words, person = null, chosen = null) {
    dots.forEach((dot, index) => { dot.className = answers[index]?.verdict ?? ""; });
    buttons.forEach((button, index) => {
      const { value, nextElementSibling: caption } = button;
      caption.textContent = words[index];
      button.className = `paper ${value === chosen ? answers.at(-1).verdict : value === person ? "person" : ""}`;
      enable(button, !person);
    });
  }

  async function choose(side) {
    if (waits) return;
    waits = true;
    const now = round;
    const { person, judge } = await get(`/api/guess/${now.round}/${answers.length}`).catch(async (error) => {
      waits = false;
      if (error.field === "round") await begin(ladder, rung);
      throw error;
    }), right = side === person;
    if (now !== round) return; // another round was started
    const words = buttons.map(({ value }) => (value === person ? "a person" : "a network"));
    answers.push({ right, verdict: right ? "right" : "wrong", words, judged: judge && judge === person });
    mark(words, person, side);
    setText(show("said"), `${right ? "Correct!" : "Wrong."} A person wrote the ${person} one.`);
    onward.hidden = false;
    onward.focus();
  }

  function end() {
    const of = answers.length, right = count("right");
    totals = addRound(totals, ladder[rung].asked, right, of);
    kept.realOrDrawn = JSON.stringify(totals);
    setTexts(show, verdict(right, answers[0].judged === null ? null : count("judged"), of));
    writeCount(show("score"));
    part("pairs").replaceChildren(...answers.map(({ verdict, words }, pair) => create("li", { className: verdict }, ...buttons.flatMap(({ value }, index) =>
      sources(round.pairs[pair], value).map((src) => create("img", { src, alt: words[index], className: words[index] }))), verdict)));
    for (const by of [-1, 1]) step(by).hidden = !ladder[rung + by];
    el.className = "over";
    step(0).focus();
    draw();
  }

  /** Show a row for each opponent, and the first one who fooled the user. */
  function draw() {
    part("rungs").replaceChildren(...ladders.flatMap((others) => others.map((one, index) => {
      const reached = share(totals, one.asked), ariaCurrent = String(others === ladder && index === rung);
      const button = create("button", { className: "small", ariaCurrent }, one.name);
      button.onclick = attempt(() => begin(others, index));
      const bar = create("span", { className: "bar", style: `--share: ${reached ?? 0}` });
      return create("li", {}, button, bar, reached === null ? "–" : `${Math.round(100 * reached) / 10} of 10`);
    })));
    const { name, picture } = failedAt(ladder, totals);
    part("failed").hidden = !name;
    if (!name) return;
    setText(show("failed"), name);
    show("sheet").src = picture;
  }

  const attempt = (act) => () => act().catch(({ message, gone }) => {
    setText(show("problem"), message);
    if (gone) setTimeout(attempt(act), RETRY);
  });
  onward.onclick = () => {
    if (answers.length === round.pairs.length) return end();
    next();
    buttons[0].focus();
  };
  for (const button of buttons) button.onclick = attempt(() => choose(button.value));
  for (const by of [-1, 0, 1]) step(by).onclick = attempt(() => begin(ladder, rung + by));
  onKeys({ 1: () => buttons[0].click(), 2: () => buttons[1].click() });
  keepChecked(el.querySelector("#pixels"), "realOrDrawnPixels");
  attempt(async () => {
    const { game } = part("pair").dataset, known = game ? JSON.parse(game) : await get("/api/guess");
    ({ ladders, ladders: [ladder] } = known);
    setText(show("real"), known.real);
    await begin(ladder, ladder.length - 1, known.pairs && known);
  })();
}

/** Return an image in ink and as pixels; static/pages.css shows one of them. */
const sources = (pair, side) => [pair, pair.pixels].map((look) => PNG + look[side]);

const TELLS = 0.8; // pure guessing gets 8 of 10 or more in one of 18 rounds

/** Add a round to the totals: by opponent, right answers and all pairs. */
export function addRound(totals, asked, right, of) {
  const [before, all] = totals[asked] ?? [0, 0];
  return { ...totals, [asked]: [before + right, all + of] };
}

/** Return the fraction of right answers, or null. */
export function share(totals, asked) {
  return totals[asked] ? totals[asked][0] / totals[asked][1] : null;
}

/** Return the first opponent against whom the user did no better than guessing. */
export function failedAt(ladder, totals) {
  return ladder.find(({ asked, picture }) => picture && (share(totals, asked) ?? 1) < TELLS) ?? {};
}

export function verdict(right, judge, of) {
  return {
    score: `${right} of ${of} right. ${right < TELLS * of ? "That could be guessing." : "You can tell."}`,
    judge: judge === null ? "There is no judge for these drawings." : `The judge: ${judge} of ${of} right.`,
  };
}
