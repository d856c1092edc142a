/** The training page: controls, current picture, numbers and runs. */

import { showLink } from "../components/new-run.js";
import { mount as mountGame } from "../components/network-diagram.js";
import { mount as mountChart, RECOGNIZED } from "../components/line-chart.js";
import { mount as mountOwnDrawings } from "../components/own-drawings.js";
import { showLock } from "../components/lock-button.js";
import { mount as mountRuns } from "../components/runs.js";
import { mount as mountSheet, save, showSheetOf } from "../components/sheet.js";
import { mount as mountTurns } from "../components/turn-buttons.js";
import {
  confirm,
  enable,
  finder,
  mountPreparing,
  randomSeed,
  setButton,
  setText,
  setTexts,
  showNotice,
} from "../lib/dom.js";
import { calmly } from "../lib/calm-pictures.js";
import { onSubmit } from "../lib/form.js";
import { onKeys } from "../lib/keys.js";
import { post } from "../lib/server.js";
import { followShown } from "../lib/shown-run.js";
import { canWrite, isReadable } from "../logic/drawing-labels.js";
import { isFooled, presses } from "../logic/judge-lock.js";
import { SETTINGS } from "../logic/run-link.js";
import { status } from "../logic/run-status.js";
import { newest, progressUpTo } from "../logic/state.js";
import {
  change,
  controls,
  count,
  ENOUGH,
  isOwn,
  isReplaced,
  preference,
  runAndNetwork,
  sheetFile,
  speed,
} from "../logic/words.js";

export function mount(el) {
  const part = finder(el, "part");
  const show = finder(el, "show");
  const button = finder(el, "do");
  let latest = null;
  let writer = null;
  let ailment = null; // writer: the run whose network can write numbers
  // the run and its presses of the lock when the judge took bad drawings for real
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
  const opened = () => scrollTo({ top: 0 });
  const showRuns = mountRuns(el, opened);
  // users who only watch have none
  if (part("drawing")) mountOwnDrawings(el, opened, leave);

  new IntersectionObserver(([{ isIntersecting }]) =>
    el.classList.toggle("passed", !isIntersecting)
  ).observe(el.querySelector(".opening"));

  const isTooSoon = calmly();

  function look(shown) {
    latest = shown;
    const on = newest(shown);
    const calm = isTooSoon(shown);
    if (!calm && (!turns.holds() || !show("waiting").hidden)) {
      showSheetOf(shown, on, show, showSheet);
    }
    game.look(shown, on, calm);
  }

  function remark(reading, state = null, iteration = 0) {
    const rows = state ? progressUpTo(state, iteration) : [];
    drawProgress(rows, { presses: presses(state?.config ?? null) });
    part("progress").classList.toggle("empty", !reading?.read || iteration === 0);
    const { value, worth } = preference(reading, latest?.config);
    if (!isReadable(reading)) writer = null;
    if (canWrite(reading)) writer = latest.run;
    const can = writer !== null && writer === latest.run;
    const own = isOwn(state?.config) && iteration > 0;
    Object.assign(show("write"), { hidden: !can, href: `/write?run=${writer}` });
    Object.assign(show("film"), {
      hidden: !can && !own,
      href: `/api/runs/${latest?.run}/film.gif`,
    });
    button("save").hidden = !own;
    setTexts(show, { preference: value, worth });
    ailment = reading?.ailment;
    diagnose();
  }

  /** Show what is wrong with the run, or else what its process noted. */
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

  function number(state) {
    setTexts(show, {
      iteration: count(state.iteration),
      ...speed(state),
      d_change: change(state.config, state.metrics.at(-1)),
    });
    if (state.data) {
      setText(
        show("data"),
        state.data.replace(/images of .*data\.npz$/, "pictures of yours"),
      );
    }
    drawChart(state.metrics, { every: state.config?.metrics_every });
  }

  function draw(state) {
    const can = controls(state);
    setButton(button("fun"), can.fun, can.funCommand, can.canFun);
    button("renew").hidden = !can.renews;
    button("back").hidden = !state.previous;
    showFooled(state);
    for (const name of ["renew", "back", "heal"]) enable(button(name), can.canLock);
    // one dark button at a time
    show("write").classList.toggle("primary", state.state === "training");
    enable(button("train"), can.canTrain);
    showLock(button("lock"), state, can);
    showNotice(show("status"), status(state));
    const isPreparing = state.connection === "open" && state.state === "compiling";
    showPreparing(isPreparing, state.asked === "fun" ? ", then training" : "");
    button("digits").hidden = !isOwn(state.config);
    button("elsewhere").hidden = state.state !== "missing";
    number(state);
    turns.follow(state);
    look(state);
    diagnose();
    if (state.config) {
      setText(show("title"), `(${runAndNetwork(state.config, state.label)})`);
    }
    showRuns(state);
    showLink(part("link"), state.config);
  }

  /** Replace a run of the user's drawings by a new one of digits. */
  const drawDigits = () => live.create({ seed: randomSeed() });

  /** Let the browser store a run of digits instead of the user's drawings. */
  function leave() {
    return isOwn(live.own().config) ? drawDigits() : live.command("save");
  }

  const live = followShown(el, draw, true);

  onSubmit(finder(el, "form")("train"), async (settings) => {
    if (controls(live.own()).canTrain) await live.command("train", settings);
  }, show("problem"));
  /** Train or stop. */
  function fun() {
    if (button("fun").hidden || !controls(live.own()).canFun) return;
    turns.stop();
    const { funCommand } = controls(live.own());
    const { config, iteration } = live.own();
    if (funCommand === "fun" && isOwn(config) && iteration < ENOUGH) {
      return live.command("train", { iterations: ENOUGH - iteration });
    }
    return live.command(funCommand);
  }
  /**
   * Train a new network instead of that of a run, unless another run was opened
   * meanwhile.
   */
  async function renew({ run, config, iteration }) {
    if (run !== live.own().run) return;
    turns.stop();
    if (isReplaced({ config, iteration })) {
      return live.command(
        "reset",
        "site" in show("loss-of").dataset ? { seed: randomSeed() } : undefined,
      );
    }
    const created = await live.create({
      ...Object.fromEntries(SETTINGS.map((name) => [name, config[name]])),
      seed: randomSeed(),
    });
    if (created) await post(`/api/runs/${created.id}/fun`);
  }
  function ask(sentence, act) {
    setText(show("loss-of"), sentence);
    confirm(part("confirm"), "renew", act);
  }
  // a double click on Stop starts nothing new
  button("fun").addEventListener("click", ({ detail }) => detail > 1 || fun());
  button("digits").addEventListener("click", ({ target }) => {
    if (!("loses" in target.dataset)) return drawDigits();
    ask("This network will be lost. Your drawings stay.", drawDigits);
  });
  button("elsewhere").addEventListener("click", () => {
    part("runs").open = true;
    part("runs").querySelector("summary").focus();
  });
  button("save").addEventListener(
    "click",
    () => save(show("picture"), sheetFile(latest.config)),
  );
  button("renew").addEventListener("click", () => {
    if (!controls(live.own()).canLock) return;
    const own = live.own();
    const { iteration, pictures } = own;
    const far = Math.max(iteration, pictures.at(-1) ?? 0);
    const lost = `This deletes ${count(far)} iterations${
      pictures.length ? ` and ${count(pictures.length)} pictures` : ""
    }.`;
    const { site, kept } = show("loss-of").dataset;
    const keeps = site ? own.sheet?.most_after && !isOwn(own.config) : !isReplaced(own);
    ask(keeps ? site ?? kept : lost, () => renew(own));
  });
  button("back").addEventListener("click", () => {
    if (controls(live.own()).canLock) live.command("back");
  });
  button("lock").addEventListener("click", () => {
    const { canLock, lockCommand } = controls(live.own());
    if (!canLock) return;
    live.command(lockCommand);
    if (game.playing()) game.add("The lock counts from the next iteration.");
  });
  button("heal").addEventListener("click", async () => {
    const { state } = live.own();
    if (!controls(live.own()).canLock) return;
    await live.command("lock");
    if (state !== "training") await live.command("fun");
  });
  onKeys({ " ": fun });
}
