/** The page "What if?": two runs side by side. A recorded pair plays until the user trains. */

import { PROGRESS, mount as mountChart } from "../components/line-chart.js";
import { finder, isMotionReduced, oncePerFrame, setButton, setText, setTexts, showNotice, showPreparing } from "../lib/dom.js";
import { onSubmit } from "../lib/form.js";
import { command, get, listen, post } from "../lib/server.js";
import { ITERATIONS, NAMES, caption, controls, lastIteration, moral, playsRecorded, readout, turns } from "../logic/what-if.js";
import { PNG, initial, progressUpTo, reduce } from "../logic/state.js";

const PACE = 500; // milliseconds per recorded sheet
const SETTINGS = ["digit", "generator_updates", "seed"];

export function mount(el) {
  const show = finder(el, "show"), button = finder(el, "do")("train"), form = el.querySelector("form");
  const sides = NAMES.map((name) => mountSide(el, name));
  let own = NAMES.map(() => initial()), recorded = null, ended = false; // whether the recorded pair has played

  const draw = oncePerFrame(() => {
    const plays = playsRecorded(own, recorded), seen = plays ? recorded : own, can = controls(own);
    setButton(button, can.button, can.command, can.can);
    showNotice(show("status"), can);
    showPreparing(show("preparing"), own.find(({ preparing }) => preparing)?.preparing ?? null);
    setTexts(show, { turns: turns(seen[0].config), moral: plays && !ended ? "" : moral(...seen) });
    sides.forEach((side, index) => side(seen[index], lastIteration(seen)));
  });

  /** Apply an event to its run; connection events apply to both. The form shows the settings of the pair. */
  function tell(event) {
    const { config } = event.run === NAMES[0] ? event : {};
    if (config && !location.search) for (const name of SETTINGS) form.elements[name].value = config[name] ?? "";
    own = own.map((state, index) => ([NAMES[index], undefined].includes(event.run) ? reduce(state, event) : state));
    draw();
  }

  /** Play the recorded pair once; with reduced motion show its end. The page works without a pair. */
  async function play() {
    const { runs, sheets } = await get("/api/what-if/recorded");
    if (sheets.length === 0) return;
    recorded = runs.map((snapshot) => reduce(initial(), snapshot));
    for (const pair of isMotionReduced() ? sheets.slice(-1) : sheets) {
      recorded = recorded.map((state, index) => reduce(state, pair[index]));
      draw();
      await new Promise((done) => setTimeout(done, PACE));
    }
    ended = true;
    draw();
  }

  button.addEventListener("click", () => {
    const { can, command: name } = controls(own);
    if (can) command(tell, "/api/what-if", name, name === "train" ? { iterations: ITERATIONS } : undefined);
  });
  onSubmit(form, (wish) => post("/api/what-if", wish).then(() => scrollTo({ top: 0 })));
  keepInAddress(form);
  listen(tell, "/api/what-if/events");
  play().catch(() => undefined);
  draw();
}

/** Put changed settings into the address, and the settings of the address into the form. */
function keepInAddress(form) {
  const given = new URLSearchParams(location.search);
  for (const name of SETTINGS) form.elements[name].value = given.get(name) ?? form.elements[name].value;
  form.elements.digit.selectedIndex = Math.max(0, form.elements.digit.selectedIndex);
  form.closest("details").open = given.size > 0;
  form.addEventListener("input", () => history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`));
}

/** Create one side: its sheet, caption and chart. */
function mountSide(el, name) {
  const side = finder(el, "run")(name), show = finder(side, "show"), image = show("picture");
  const drawChart = mountChart(side, { ...PROGRESS, height: 112, readout });
  let shown = null, version = null, rows = [];
  return (state, until) => {
    setText(show("caption"), caption(state));
    side.classList.toggle("unread", state.config?.names?.length > 0); // the classifier reads only digits
    if (state.sheet !== shown) rows = state.sheet ? progressUpTo(state, state.sheet.iteration) : [];
    drawChart(rows, undefined, null, until);
    const reopened = state.sheet === null && state.version === version; // the same sheet will be sent again
    if (state.sheet === shown || reopened) return;
    [shown, version] = [state.sheet, state.version];
    image.hidden = shown === null;
    if (shown === null) return;
    image.src = `${PNG}${shown.png}`;
    image.alt = `64 drawings. ${caption(state)}.`;
  };
}
