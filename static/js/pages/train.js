/** The training page: controls, current picture, numbers and runs. */

import { showLink } from "../components/new-run.js";
import { mount as mountGame } from "../components/network-diagram.js";
import { mount as mountChart, RECOGNIZED } from "../components/line-chart.js";
import { mount as mountOwnDrawings } from "../components/own-drawings.js";
import { mount as mountRuns } from "../components/runs.js";
import { mount as mountSheet } from "../components/sheet.js";
import { mountButtons } from "../components/training-buttons.js";
import { mount as mountTurns } from "../components/learning-turns.js";
import { finders, mountPreparing, setText, setTexts } from "../lib/dom.js";
import { calmly } from "../lib/calm-pictures.js";
import { followShown } from "../lib/shown-run.js";
import { canWrite, isReadable } from "../logic/drawing-labels.js";
import { isFooled, presses, story } from "../logic/judge-lock.js";
import { status } from "../logic/run-status.js";
import { newest, progressUpTo } from "../logic/state.js";
import {
  change,
  count,
  isOwn,
  preference,
  runAndNetwork,
  speed,
} from "../logic/words.js";

/** Mount the page that trains a run and shows its newest sheet. */
export function mount(el) {
  const { part, show, button } = finders(el);
  let latest = null;
  let writer = null; // the run whose network can write numbers
  let ailment = null; // what is wrong with the newest sheet
  // The run and its presses of the lock at which the judge last took bad drawings for
  // real ones.
  let fooled = "";
  const showPreparing = mountPreparing(show("preparing"));
  const drawChart = mountChart(part("chart"));
  const drawProgress = mountChart(part("progress"), RECOGNIZED);
  const showSheet = mountSheet(el, remark);
  const game = mountGame(el);
  const turns = mountTurns(el, game, {
    own: () => live.own(),
    step: (drawing) => live.command("step", { drawing }),
    redraw: () => look(latest),
  });
  const buttons = mountButtons(el, () => live, game, turns);
  const opened = () => scrollTo({ top: 0 });
  const showRuns = mountRuns(el, opened);
  // Users who only watch have no dialog.
  if (part("drawing")) mountOwnDrawings(el, opened, buttons.leave);

  new IntersectionObserver(([{ isIntersecting }]) =>
    el.classList.toggle("passed", !isIntersecting)
  ).observe(el.querySelector(".opening"));

  const isTooSoon = calmly();

  /** Show the newest picture of a run, unless turns hold the sheet. */
  function look(shown) {
    latest = shown;
    const on = newest(shown);
    const calm = isTooSoon(shown);
    if (!calm && (!turns.holds() || !show("waiting").hidden)) {
      showPicture(shown, on);
    }
    game.look(shown, on, calm);
  }

  /** Show the sheet of an iteration, if there is one, with the words about it. */
  function showPicture(shown, iteration) {
    const isNone = iteration === undefined;
    const isCounted = shown.state === "training" && shown.expected !== undefined;
    const at = isCounted ? shown.iteration : iteration;
    const untrained = at === 0 ? ", untrained" : "";
    const caption = isNone ? "" : `Iteration ${count(at)}${untrained}`;
    show("waiting").hidden = !isNone;
    setTexts(show, { caption, story: isNone ? "" : story(shown, iteration) });
    showSheet(shown, iteration, `Drawings by the artist. ${caption}`);
  }

  /** Update what depends on the evaluation of the sheet shown. */
  function remark(reading, state = null, iteration = 0) {
    const rows = state ? progressUpTo(state, iteration) : [];
    drawProgress(rows, { presses: presses(state?.config) });
    part("progress").classList.toggle("empty", !reading?.read || iteration === 0);
    const { value, worth } = preference(reading, latest?.config);
    if (!isReadable(reading)) writer = null;
    if (canWrite(reading)) writer = latest.run;
    const can = writer !== null && writer === latest.run;
    const own = isOwn(state?.config) && iteration > 0;
    show("write").hidden = !can;
    show("write").href = `/write?run=${writer}`;
    show("film").hidden = !can && !own;
    show("film").href = `/api/runs/${latest?.run}/film.gif`;
    button("save").hidden = !own;
    setTexts(show, { preference: value, worth });
    ailment = reading?.ailment;
    diagnose();
  }

  /** Show what is wrong with the newest sheet, or else the run's note. */
  function diagnose() {
    const { dataset } = show("diagnosis");
    const own = isOwn(latest?.config) && dataset[`${ailment}Own`];
    const diagnosis = presses(latest?.config).length ? "" : own || dataset[ailment];
    setText(show("diagnosis"), diagnosis || latest?.note || "");
  }

  function showFooled(state) {
    const at = `${state.run}/${state.config?.freeze_switches}`;
    if (isFooled(state)) fooled = at;
    show("fooled").hidden = fooled !== at || state.iteration === 0;
  }

  /** Show the figures of the run below its sheet. */
  function showNumbers(state) {
    setTexts(show, {
      iteration: count(state.iteration),
      ...speed(state),
      d_change: change(state.config, state.metrics.at(-1)),
    });
    if (state.data) {
      const data = state.data.replace(/images of .*data\.npz$/, "pictures of yours");
      setText(show("data"), data);
    }
    drawChart(state.metrics, { every: state.config?.metrics_every });
  }

  /** Show the state of the run in all parts of the page. */
  function draw(state) {
    buttons.show(state);
    showFooled(state);
    // Only one button is dark at a time.
    show("write").classList.toggle("primary", state.state === "training");
    const { kind, text } = status(state);
    setText(show("status"), text);
    show("status").className = `notice ${kind}`;
    const isPreparing = state.connection === "open" && state.state === "compiling";
    showPreparing(isPreparing, state.asked === "fun" ? ", then training" : "");
    showNumbers(state);
    turns.follow(state);
    look(state);
    diagnose();
    if (state.config) {
      setText(show("title"), `(${runAndNetwork(state.config, state.label)})`);
    }
    showRuns(state);
    showLink(part("link"), state.config);
  }

  const live = followShown(el, draw, true);
}
