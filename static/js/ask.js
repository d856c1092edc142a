/** Asking about one drawing of a sheet: the judge, while its run is live, and which real digit is nearest. */

import { nearest, reading, title, verdict, wayOf, wish } from "./answer.js";
import { isChord } from "./keys.js";
import { get, post } from "./live.js";
import { PNG, finder, say, sayAll } from "./parts.js";
import { places } from "./places.js";
import { keptAddress } from "./state.js";
import { count } from "./words.js";

/**
 * @param {HTMLElement} el with the parts of templates/ask.html and a sheet
 * @param {boolean} watches whether the page is told the answers of a live run's judge
 * @returns {(shown: import("./state.js").State, iteration: number|undefined, calm?: boolean) => void} looks at the
 *   picture of a run; while it is calm the answer to the same question stays as it is
 */
export function mount(el, watches) {
  const panel = finder(el, "part")("ask"), find = finder(el, "show"), image = find("picture");
  const show = finder(panel, "ask");
  const sheet = places(el.querySelector(".places"), choose);
  let now = null; // what look was given last
  let chosen = null, of = null; // the drawing asked about, and its run
  let asked = false; // whether the judge was
  let wanted = ""; // the address of what is known without a judge
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
    const opens = chosen === null;
    [chosen, of, asked, wanted] = [drawing, now[0].run, false, ""];
    sheet.mark(chosen);
    look(now[0], now[1]);
    const isBelow = panel.getBoundingClientRect().top > innerHeight - 150; // as on a phone; on a desk nothing moves
    if (opens && isBelow) panel.scrollIntoView({ block: "nearest" });
  }

  function leave() {
    if (asked && (now[0].recorded || now[0].run === of)) tellJudge(of, null);
    if (panel.contains(document.activeElement)) sheet.focus(chosen);
    chosen = seen = null;
    sheet.mark(null);
    panel.hidden = true;
  }

  function look(shown, iteration, calm = false) {
    now = [shown, iteration];
    const hints = find("ask").dataset, can = wayOf(shown, iteration, watches, image.naturalWidth);
    const way = can in hints ? can : null;
    sheet.show(way !== null);
    say(find("ask"), hints[way] ?? "");
    if (chosen === null) return;
    if (shown.run !== of) return leave();
    panel.hidden = false;
    if (way === "judge") followJudge(shown, calm);
    else asked = false; // who was asked has gone, or the line
    if (way === "kept") readKept(keptAddress(shown, `${iteration}/${chosen}.json`));
    const waits = seen?.drawing !== chosen;
    panel.ariaBusy = String(waits);
    if (waits) say(show("title"), title(chosen, null));
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

  function readKept(address) {
    if (address === wanted) return;
    const drawing = chosen;
    wanted = address;
    say(show("problem"), "");
    get(address).then((answer) => {
      if (address !== wanted || drawing !== chosen) return;
      fill(answer);
      panel.ariaBusy = "false";
    }).catch(({ message }) => complain(message, drawing));
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
  }

  panel.querySelector("button").addEventListener("click", leave);
  image.addEventListener("load", () => now && look(...now, true)); // how many drawings there are is seen now
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chosen === null || isChord(event)) return;
    if (!document.querySelector("dialog[open]")) leave();
  });
  return look;
}
