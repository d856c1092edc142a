/** One drawing of a sheet: watching it large, asking the judge while its run is live, and which real digit is nearest. */

import { finder, say, sayAll } from "../lib/dom.js";
import { isChord, roving } from "../lib/keys.js";
import { get, post } from "../lib/server.js";
import { GAP, SIDE, STEP, nearest, ofSheet, reading, title, verdict, wayOf, wish } from "../logic/labels.js";
import { PNG, keptAddress } from "../logic/state.js";
import { count } from "../logic/words.js";

/**
 * @typedef {object} Follow what a page has that follows one drawing from picture to picture, and from run to run
 * @property {number|null} drawing the one to begin with
 * @property {() => import("../logic/labels.js").Reading|null} reading what was said of the sheet that is shown
 * @property {(drawing: number|null) => void} told hears which one is followed
 *
 * @param {HTMLElement} el with the parts of templates/ask.html and a sheet
 * @param {boolean} watches whether the page is told the answers of a live run's judge
 * @param {Follow|null} follow has it shown large, too
 * @returns {(shown: import("../logic/state.js").State, iteration: number|undefined, calm?: boolean) => void} looks at the
 *   picture of a run; while it is calm the answer to the same question stays as it is
 */
export function mount(el, watches, follow = null) {
  const panel = finder(el, "part")("ask"), find = finder(el, "show"), image = find("picture");
  const show = finder(panel, "ask"), large = show("large");
  const sheet = places(el.querySelector(".places"), choose);
  let now = null; // what look was given last
  let chosen = follow?.drawing ?? null, of = null; // the drawing asked about, and its run
  let asked = false; // whether the judge was
  let wanted = "", reads = false; // the address of what is known without a judge, and whether it is being read
  let seen = null; // the answer that is shown
  let sending = Promise.resolve(); // one after the other: the last word counts

  function tellJudge(run, drawing) {
    const tell = () => post(`/api/runs/${run}/ask`, { drawing });
    sending = sending.then(tell).catch(({ message }) => complain(message, drawing));
  }

  function complain(message, drawing) {
    if (drawing !== null && drawing === chosen) say(show("problem"), message);
  }

  function choose(drawing) {
    if (drawing === chosen) return leave();
    const opens = chosen === null;
    [chosen, of, asked, wanted] = [drawing, now[0].run, false, ""];
    sheet.mark(chosen);
    follow?.told(chosen);
    look(...now);
    const isBelow = panel.getBoundingClientRect().top > image.getBoundingClientRect().bottom; // on a desk nothing moves
    if (opens && isBelow) bringInSight();
  }

  /** Scroll to the panel, as far as the drawing that was pressed stays in sight. */
  function bringInSight() {
    const { top } = el.querySelector(".places [aria-current]").getBoundingClientRect();
    scrollBy(0, Math.max(0, Math.min(panel.getBoundingClientRect().bottom - innerHeight, top)));
  }

  function leave() {
    if (asked && (now[0].recorded || now[0].run === of)) tellJudge(of, null);
    if (panel.contains(document.activeElement)) sheet.focus(chosen);
    chosen = seen = null;
    sheet.mark(null);
    panel.hidden = true;
    follow?.told(null);
    if (now) look(...now);
  }

  function look(shown, iteration, calm = false) {
    now = [shown, iteration];
    const hints = find("ask").dataset, can = wayOf(shown, iteration, watches, image.naturalWidth);
    const way = can in hints ? can : null;
    sheet.show(way !== null);
    say(find("ask"), hints[chosen !== null && way && hints.back ? "back" : way] ?? "");
    if (chosen === null) return;
    if (shown.run !== of) {
      if (!follow) return leave();
      [of, wanted, seen] = [shown.run, "", null];
    }
    panel.hidden = follow !== null && way === null;
    if (panel.hidden) return;
    if (way === "judge") followJudge(shown, calm);
    else asked = false; // who was asked has gone, or the line
    if (way === "kept") readKept(keptAddress(shown, `${iteration}/${chosen}.json`));
    const waits = seen?.drawing !== chosen;
    panel.ariaBusy = String(waits);
    if (waits) say(show("title"), title(chosen, null));
    if (large) enlarge();
  }

  /** The drawing as it is on the sheet, and as what it was read there. */
  function enlarge() {
    const [left, top] = [chosen % COLUMNS, Math.floor(chosen / COLUMNS)].map((place) => GAP + place * STEP);
    large.getContext("2d").drawImage(image, left, top, SIDE, SIDE, 0, 0, SIDE, SIDE);
    const isSeen = seen?.drawing === chosen && seen.iteration === now[1];
    const read = ofSheet(follow.reading(), chosen) ?? (isSeen ? seen : null);
    sayAll(show, { at: `Iteration ${count(now[1])}`, reading: read ? reading(read) : "\u00a0" });
    if (read) say(show("title"), title(chosen, read));
  }

  function followJudge({ answer }, calm) {
    if (seen && !answer) asked = false; // the run began anew
    if (!asked) {
      [asked, wanted] = [true, ""];
      say(show("problem"), "");
      tellJudge(of, chosen);
    }
    if (!answer) seen = null;
    else if (answer.drawing === chosen && answer !== seen && !(calm && seen?.drawing === chosen)) fill(answer);
  }

  /** One answer at a time: of a show that plays some are left out. */
  async function readKept(address) {
    if (address === wanted) return;
    wanted = address;
    if (reads) return;
    reads = true;
    for (let got = ""; wanted && wanted !== got;) {
      const drawing = chosen, run = of;
      got = wanted;
      say(show("problem"), "");
      try {
        const answer = await get(got);
        if (!wanted || drawing !== chosen || run !== of) continue;
        fill(answer);
        panel.ariaBusy = "false";
      } catch ({ message }) {
        complain(message, drawing);
      }
    }
    reads = false;
  }

  function fill(answer) {
    const config = now[0].config, judged = answer.png.wanted !== undefined;
    show("judge").hidden = !judged;
    for (const picture of panel.querySelectorAll("img")) {
      const png = answer.png[picture.dataset.answer];
      if (png) picture.src = `${PNG}${png}`;
    }
    const texts = {
      title: title(chosen, answer), verdict: judged ? verdict(answer, config) : show("verdict").dataset.kept, reading: reading(answer),
    };
    sayAll(show, { ...texts, at: `Iteration ${count(answer.iteration)}`, nearest: nearest(answer), wish: judged ? wish(answer) : "" });
    if (seen?.drawing !== chosen) say(show("heard"), `${texts.title}. ${texts.verdict} ${texts.reading}`); // once, not every time
    seen = answer;
    if (large) enlarge();
  }

  sheet.mark(chosen);
  panel.querySelector("button").addEventListener("click", leave);
  image.addEventListener("load", () => now && look(...now, true)); // how many drawings there are is seen now
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chosen === null || isChord(event)) return;
    if (!document.querySelector("dialog[open]")) leave();
  });
  return look;
}

/** The drawings of a sheet as places that can be pressed. One is reached with Tab, the others with the arrow keys. */

const COLUMNS = 8;

/**
 * @param {HTMLElement} grid of templates/sheet.html
 * @param {(drawing: number) => void} choose hears which one is pressed
 */
function places(grid, choose) {
  const buttons = [...grid.children];
  buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));
  const reach = roving(grid, COLUMNS);
  reach(buttons[0]);
  return {
    /** @param {boolean} can */
    show(can) {
      grid.hidden = !can;
    },
    focus(drawing) {
      buttons[drawing].focus();
    },
    /** Mark a drawing as the one that is asked about; null: none. @param {number|null} drawing */
    mark(drawing) {
      buttons.forEach((button, index) => { button.ariaCurrent = index === drawing ? "true" : null; });
      if (drawing !== null) reach(buttons[drawing]);
    },
  };
}
