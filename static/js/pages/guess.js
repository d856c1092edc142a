/** The page "Real or drawn?": pairs whose pictures are the buttons, the score, and all scores by iteration. */

import { enable, finder, remembered, say, sayAll } from "../lib/dom.js";
import { onKeys } from "../lib/keys.js";
import { get } from "../lib/server.js";
import { PNG } from "../logic/state.js";

const SEEN = 1200; // milliseconds of truth

/** @param {HTMLElement} el */
export function mount(el) {
  const part = finder(el, "part"), show = finder(el, "show"), step = finder(el, "step"), kept = remembered();
  const buttons = [...part("pair").querySelectorAll("button")];
  let totals = JSON.parse(kept.realOrDrawn ?? "{}");
  let ladders, ladder, rung; // whom one plays
  let round, answers, waits = true;

  async function begin(others, index) {
    const { name, asked } = others[index], begun = await get(`/api/guess/round?${asked}`);
    [ladder, rung, round, answers] = [others, index, begun, []];
    say(show("who"), name);
    next();
    if (el.classList.replace("over", "plays")) buttons[0].focus();
  }

  function next() {
    const pair = round.pairs[answers.length];
    const right = answers.length ? `, ${answers.filter((one) => one.right).length} right so far` : "";
    sayAll(show, { place: `Pair ${answers.length + 1} of ${round.pairs.length}${right}`, said: "", problem: "" });
    for (const button of buttons) {
      button.firstChild.src = PNG + pair[button.value];
      button.ariaLabel = `The ${button.value} ${pair.digit}`;
    }
    label(["1", "2"]);
    waits = false;
  }

  /** What stands below the pictures; a person's is framed. */
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
    const now = round, asked = get(`/api/guess/${now.round}/${answers.length}`);
    asked.catch(() => { waits = false; });
    const { person, judge } = await asked, right = side === person;
    if (now !== round) return; // another was begun
    answers.push({ right, person, judged: judge && judge === person });
    label(buttons.map(({ value }) => (value === person ? "a person" : "a network")), person);
    say(show("said"), `${right ? "Right" : "Wrong"}: a person wrote the one on the ${person}.`);
    setTimeout(() => now === round && (answers.length < now.pairs.length ? next() : end()), SEEN);
  }

  function end() {
    const of = answers.length, count = (name) => answers.filter((one) => one[name]).length;
    const right = count("right"), judge = answers[0].judged === null ? null : count("judged");
    totals = added(totals, ladder[rung].asked, right, of);
    kept.realOrDrawn = JSON.stringify(totals);
    sayAll(show, verdict(right, judge, of));
    part("ten").replaceChildren(...answers.map(({ person, right }, index) => made("li", {}, ...buttons.map(({ value }) => {
      const whose = value === person ? "person" : "network";
      return made("img", { src: PNG + round.pairs[index][value], alt: whose, className: whose });
    }), right ? "right" : "wrong")));
    for (const by of [-1, 1]) step(by).hidden = !ladder[rung + by];
    el.className = "over";
    step(0).focus();
    draw();
  }

  /** A line for each opponent, and where one began to fail. */
  function draw() {
    part("rungs").replaceChildren(...ladders.flatMap((others) => others.map((one, index) => {
      const reached = share(totals, one.asked), button = made("button", { className: "small" }, one.name);
      button.onclick = attempt(() => begin(others, index).then(() => scrollTo({ top: 0 })));
      const bar = made("span", { className: "bar", style: `--share: ${reached ?? 0}` });
      return made("li", {}, button, bar, reached === null ? "–" : `${Math.round(100 * reached) / 10} of 10`);
    })));
    const { name, picture } = failedAt(ladder, totals);
    part("failed").hidden = !name;
    if (!name) return;
    say(show("failed"), name);
    show("sheet").src = picture;
  }

  const attempt = (act) => () => act().catch(({ message }) => say(show("problem"), message));
  for (const button of buttons) button.onclick = attempt(() => choose(button.value));
  for (const by of [-1, 0, 1]) step(by).onclick = attempt(() => begin(ladder, rung + by));
  onKeys({ 1: () => buttons[0].click(), 2: () => buttons[1].click() });
  attempt(async () => {
    const known = await get("/api/guess");
    ({ ladders, ladders: [ladder] } = known);
    say(show("real"), known.real);
    draw();
    await begin(ladder, ladder.length - 1);
  })();
}

function made(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/**
 * Scores of the page "Real or drawn?". Pure.
 * @typedef {{name: string, asked: string, picture: string|null}} Opponent
 * @typedef {Object<string, [number, number]>} Totals by what was asked: right pairs, all pairs
 */

const TELLS = 0.8; // coins have 8 of 10 right, or more, once in 18 rounds

/** Totals with one round more. @param {Totals} totals */
export function added(totals, asked, right, of) {
  const [before, all] = totals[asked] ?? [0, 0];
  return { ...totals, [asked]: [before + right, all + of] };
}

/** The share of right answers, or null. */
export function share(totals, asked) {
  return totals[asked] ? totals[asked][0] / totals[asked][1] : null;
}

/** The first picture with which a person did no better than coins may. @param {Opponent[]} ladder */
export function failedAt(ladder, totals) {
  return ladder.find(({ asked, picture }) => picture && (share(totals, asked) ?? 1) < TELLS) ?? {};
}

/** How a round went, in words. @param {number|null} judge */
export function verdict(right, judge, of) {
  return {
    score: `${right} of ${of} right. ${right < TELLS * of ? "A coin may do as well." : "You can tell."}`,
    judge: judge === null ? "No judge (D) was kept with these drawings." : `The judge (D): ${judge} of ${of}.`,
  };
}
