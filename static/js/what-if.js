/** The page "What if?": two runs side by side, one button for both. A recorded pair plays until one's own has begun. */

import { onSubmit } from "./form.js";
import { command, get, listen, post } from "./live.js";
import { FROZEN, LOOSE, caption, controls, goodOnes, kind, moral, playsRecorded, preference, turns } from "./pair.js";
import { PNG, enable, finder, framed, isCalm, note, sayAll } from "./parts.js";
import { initial, reduce } from "./state.js";

const ITERATIONS = 200; // of one press: seconds, and enough to tell
const PACE = 500; // milliseconds from one recorded sheet to the next

/** @param {HTMLElement} el */
export function mount(el) {
  const show = finder(el, "show"), button = finder(el, "do")("train");
  const sides = { [FROZEN]: mountSide(el, FROZEN), [LOOSE]: mountSide(el, LOOSE) };
  const own = { [FROZEN]: initial(), [LOOSE]: initial() };
  let recorded = null;

  const draw = framed(() => {
    const both = [own[FROZEN], own[LOOSE]], plays = playsRecorded(both, recorded);
    const seen = plays ? recorded : both, can = controls(both, plays);
    enable(button, can.can);
    button.textContent = can.button;
    button.classList.toggle("stop", can.command === "pause");
    note(show("status"), can);
    sayAll(show, { turns: turns(seen[0].config), preference: preference(...seen), moral: moral(...seen) });
    for (const [index, side] of Object.values(sides).entries()) side(seen[index]);
  });

  /** An event of one run; what is said of the connection is of both. */
  function tell(event) {
    for (const name of event.run ? [event.run] : [FROZEN, LOOSE]) {
      if (name in own) own[name] = reduce(own[name], event);
    }
    draw();
  }

  /** Play the recorded pair once; who wants no motion sees its end. Without it the page is whole, too. */
  async function play() {
    const { runs, sheets } = await get("/api/what-if/recorded");
    if (sheets.length === 0) return;
    recorded = runs.map((snapshot) => reduce(initial(), snapshot));
    for (const pair of isCalm() ? sheets.slice(-1) : sheets) {
      recorded = recorded.map((state, index) => reduce(state, pair[index]));
      draw();
      await new Promise((done) => setTimeout(done, PACE));
    }
  }

  button.addEventListener("click", () => {
    const { can, command: name } = controls([own[FROZEN], own[LOOSE]]);
    if (can) command(tell, "/api/what-if", name, name === "train" ? { iterations: ITERATIONS } : undefined);
  });
  onSubmit(el.querySelector("form"), async (wish) => {
    await post("/api/what-if", wish);
    scrollTo({ top: 0 });
  });
  listen(tell, "/api/what-if/events");
  play().catch(() => undefined);
  draw();
}

/** One of the two: its sheet and what is said of it. */
function mountSide(el, name) {
  const show = finder(finder(el, "run")(name), "show"), image = show("picture");
  let shown = null, version = null;
  return (state) => {
    sayAll(show, { caption: caption(state), good: goodOnes(state) });
    const reopened = state.sheet === null && state.version === version; // the sheet is the same, and comes again
    if (state.sheet === shown || reopened) return;
    [shown, version] = [state.sheet, state.version];
    image.hidden = shown === null;
    if (shown === null) return;
    image.src = `${PNG}${shown.png}`;
    image.alt = `64 drawings. ${caption(state)}. ${goodOnes(state) || `Each should be ${kind(state.config)}`}.`;
  };
}
