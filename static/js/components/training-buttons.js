/** The buttons of the Train page: train and stop, start over, and lock the judge. */

import { confirm, enable, finder, finders, randomSeed, setText } from "../lib/dom.js";
import { onSubmit } from "../lib/form.js";
import { onKeys } from "../lib/keys.js";
import { post } from "../lib/server.js";
import { SETTINGS } from "../logic/link-to-repeat-run.js";
import {
  controls,
  count,
  ENOUGH,
  isOwn,
  isReplaced,
  isUnlocked,
  sheetFile,
} from "../logic/words.js";
import { save } from "./sheet.js";

/**
 * Mount the buttons.
 * @param {HTMLElement} el the page
 * @param {() => ReturnType<typeof import("../lib/shown-run.js").followShown>} live the
 *   run, once the page follows it
 * @param {ReturnType<typeof import("./network-diagram.js").mount>} game the diagram
 * @param {ReturnType<typeof import("./learning-turns.js").mount>} turns
 */
export function mountButtons(el, live, game, turns) {
  const { part, show, button } = finders(el);
  const own = () => live().own();
  const can = () => controls(own());
  const command = (name, body) => live().command(name, body);

  /** Replace a run of the user's drawings by a new one of digits. */
  const drawDigits = () => live().create({ seed: randomSeed() });

  /** Train or stop. */
  function fun() {
    const { canFun, funCommand } = can();
    if (button("fun").hidden || !canFun) return;
    turns.stop();
    const { config, iteration } = own();
    if (funCommand === "fun" && isOwn(config) && iteration < ENOUGH) {
      command("train", { iterations: ENOUGH - iteration });
    } else command(funCommand);
  }

  /**
   * Replace a run's network by a new one and train it, unless another run was opened
   * meanwhile.
   */
  async function renew({ run, config, iteration }) {
    if (run !== own().run) return;
    turns.stop();
    const seed = randomSeed();
    if (isReplaced({ config, iteration })) {
      const isSite = "site" in show("loss-of").dataset;
      return command("reset", isSite ? { seed } : undefined);
    }
    const settings = Object.fromEntries(SETTINGS.map((name) => [name, config[name]]));
    const created = await live().create({ ...settings, seed });
    if (created) await post(`/api/runs/${created.id}/fun`);
  }

  function ask(sentence, act) {
    setText(show("loss-of"), sentence);
    confirm(part("confirm"), "renew", act);
  }

  /** Say what a new network deletes, or that the old one is kept. */
  function lossOf({ iteration, pictures, config, sheet }) {
    const { site, kept } = show("loss-of").dataset;
    const isKept = site
      ? sheet?.most_after && !isOwn(config)
      : !isReplaced({ config, iteration });
    if (isKept) return site ?? kept;
    const far = Math.max(iteration, pictures.at(-1) ?? 0);
    const saved = pictures.length ? ` and ${count(pictures.length)} pictures` : "";
    return `This deletes ${count(far)} iterations${saved}.`;
  }

  const acts = {
    fun: ({ detail }) => detail > 1 || fun(), // a double click on Stop starts nothing
    digits() {
      if (!("loses" in button("digits").dataset)) return drawDigits();
      ask("This network will be lost. Your drawings stay.", drawDigits);
    },
    elsewhere() {
      part("runs").open = true;
      part("runs").querySelector("summary").focus();
    },
    save: () => save(show("picture"), sheetFile(own().config)),
    renew() {
      const run = own();
      if (can().canLock) ask(lossOf(run), () => renew(run));
    },
    back() {
      if (can().canLock) command("back");
    },
    lock() {
      const { canLock, lockCommand } = can();
      if (!canLock) return;
      command(lockCommand);
      if (game.playing()) game.add("The lock counts from the next iteration.");
    },
    async heal() {
      const { state } = own();
      if (!can().canLock) return;
      await command("lock");
      if (state !== "training") await command("fun");
    },
  };
  for (const [name, press] of Object.entries(acts)) button(name).onclick = press;

  onSubmit(finder(el, "form")("train"), async (settings) => {
    if (can().canTrain) await command("train", settings);
  }, show("problem"));
  onKeys({ " ": fun });

  /** Show the lock of the judge. For users who only watch, it is only a picture. */
  function showLock(open, canLock) {
    const lock = button("lock");
    part("game").classList.toggle("unlocked", open);
    if ("watching" in document.body.dataset) {
      lock.ariaLabel = `The judge is ${open ? "un" : ""}locked`;
      return;
    }
    const verb = open ? "Lock" : "Unlock";
    lock.ariaLabel = `${verb} the judge`;
    setText(lock.querySelector("span"), verb);
    enable(lock, canLock);
  }

  return {
    /** Store a run of digits in the browser, in place of one of the user's drawings. */
    leave: () => isOwn(own().config) ? drawDigits() : command("save"),
    /** Update the buttons. @param {import("../logic/state.js").State} state */
    show(state) {
      const { fun, funCommand, canFun, canTrain, canLock, renews } = controls(state);
      const isStop = funCommand === "pause";
      button("fun").textContent = fun;
      button("fun").classList.toggle("stop", isStop);
      part("game").classList.toggle("running", isStop);
      enable(button("fun"), canFun);
      enable(button("train"), canTrain);
      for (const name of ["renew", "back", "heal"]) enable(button(name), canLock);
      button("renew").hidden = !renews;
      button("back").hidden = !state.previous;
      button("digits").hidden = !isOwn(state.config);
      button("elsewhere").hidden = state.state !== "missing";
      showLock(isUnlocked(state.config), canLock);
    },
  };
}
