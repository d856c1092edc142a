/** The page "Real or drawn?": ten pairs to choose from, the score, and the scores against all opponents. */

import { create, enable, finder, keepChecked, setText, setTexts, storage } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { PNG } from "../logic/state.js";

const SEEN = 1200; // milliseconds for which the answer is shown

export function mount(el) {
  const part = finder(el, "part"), show = finder(el, "show"), step = finder(el, "step"), kept = storage();
  const buttons = [...part("pair").querySelectorAll("button")];
  let totals = JSON.parse(kept.realOrDrawn ?? "{}");
  let ladders, ladder, rung; // the opponents
  let round, answers, waits = true, wish;

  async function begin(others, index) {
    const mine = wish = {}, { name, asked } = others[index], begun = await get(`/api/guess/round?pixels=1&${asked}`);
    if (mine !== wish) return; // another was chosen
    [ladder, rung, round, answers] = [others, index, begun, []];
    setText(show("who"), name);
    next();
    if (el.classList.replace("over", "plays")) buttons[0].focus();
  }

  function next() {
    const pair = round.pairs[answers.length];
    const right = answers.length ? `, ${answers.filter((one) => one.right).length} right so far` : "";
    setTexts(show, { place: `Pair ${answers.length + 1} of ${round.pairs.length}${right}`, said: "", problem: "" });
    for (const button of buttons) {
      sources(pair, button.value).forEach((src, index) => { button.children[index].src = src; });
      button.ariaLabel = `The ${button.value} ${pair.digit}`;
    }
    label(["1", "2"]);
    waits = false;
  }

  /** Set the captions, and outline the digit written by a person. */
  function label(words, person = null) {
    buttons.forEach((button, index) => {
      button.nextElementSibling.textContent = words[index];
      button.classList.toggle("person", button.value === person);
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
    answers.push({ right, person, judged: judge && judge === person });
    label(buttons.map(({ value }) => (value === person ? "a person" : "a network")), person);
    setText(show("said"), `${right ? "Correct!" : "Wrong."} A person wrote the ${person} one.`);
    setTimeout(() => now === round && (answers.length < now.pairs.length ? next() : end()), SEEN);
  }

  function end() {
    const of = answers.length, count = (name) => answers.filter((one) => one[name]).length;
    const right = count("right"), judge = answers[0].judged === null ? null : count("judged");
    totals = addRound(totals, ladder[rung].asked, right, of);
    kept.realOrDrawn = JSON.stringify(totals);
    setTexts(show, verdict(right, judge, of));
    part("ten").replaceChildren(...answers.map(({ person, right }, index) => create("li", {}, ...buttons.flatMap(({ value }) => {
      const whose = value === person ? "person" : "network";
      return sources(round.pairs[index], value).map((src) => create("img", { src, alt: whose, className: whose }));
    }), right ? "right" : "wrong")));
    for (const by of [-1, 1]) step(by).hidden = !ladder[rung + by];
    el.className = "over";
    step(0).focus();
    draw();
  }

  /** Show a row for each opponent, and the first one who fooled the user. */
  function draw() {
    part("rungs").replaceChildren(...ladders.flatMap((others) => others.map((one, index) => {
      const reached = share(totals, one.asked), button = create("button", { className: "small" }, one.name);
      button.onclick = attempt(() => begin(others, index).then(() => scrollTo({ top: 0 })));
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
    if (gone) setTimeout(attempt(act), SEEN);
  });
  for (const button of buttons) button.onclick = attempt(() => choose(button.value));
  for (const by of [-1, 0, 1]) step(by).onclick = attempt(() => begin(ladder, rung + by));
  onKeys({ 1: () => buttons[0].click(), 2: () => buttons[1].click() });
  keepChecked(el.querySelector("#pixels"), "realOrDrawnPixels");
  attempt(async () => {
    const known = await get("/api/guess");
    ({ ladders, ladders: [ladder] } = known);
    setText(show("real"), known.real);
    draw();
    await begin(ladder, ladder.length - 1);
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
