/** The buttons of the Train page: train and stop, begin anew, and lock the judge. */

import { confirm, finder, finders, randomSeed, setText } from "../lib/dom.js";
import { onSubmit } from "../lib/form.js";
import { onKeys } from "../lib/keys.js";
import { post } from "../lib/server.js";
import { SETTINGS } from "../logic/run-link.js";
import {
  controls,
  count,
  ENOUGH,
  isOwn,
  isReplaced,
  sheetFile,
} from "../logic/words.js";
import { save } from "./sheet.js";

/**
 * @param {HTMLElement} el the page
 * @param {ReturnType<typeof import("../lib/shown-run.js").followShown>} live the run
 * @param {ReturnType<typeof import("./network-diagram.js").mount>} game the diagram
 * @param {ReturnType<typeof import("./turn-buttons.js").mount>} turns
 * @returns {() => Promise<void>} lets the browser store a run of digits instead of the
 *   user's drawings
 */
export function mountButtons(el, live, game, turns) {
  const { part, show, button } = finders(el);
  const can = () => controls(live.own());

  /** Replace a run of the user's drawings by a new one of digits. */
  const drawDigits = () => live.create({ seed: randomSeed() });

  function fun() {
    const { canFun, funCommand } = can();
    if (button("fun").hidden || !canFun) return;
    turns.stop();
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
    const seed = randomSeed();
    if (isReplaced({ config, iteration })) {
      const isSite = "site" in show("loss-of").dataset;
      return live.command("reset", isSite ? { seed } : undefined);
    }
    const settings = Object.fromEntries(SETTINGS.map((name) => [name, config[name]]));
    const created = await live.create({ ...settings, seed });
    if (created) await post(`/api/runs/${created.id}/fun`);
  }

  function ask(sentence, act) {
    setText(show("loss-of"), sentence);
    confirm(part("confirm"), "renew", act);
  }

  /** Say what a new network deletes, or that the old one is kept. */
  function lossOf(own) {
    const { iteration, pictures, config, sheet } = own;
    const { site, kept } = show("loss-of").dataset;
    const isKept = site ? sheet?.most_after && !isOwn(config) : !isReplaced(own);
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
    save: () => save(show("picture"), sheetFile(live.own().config)),
    renew() {
      const own = live.own();
      if (can().canLock) ask(lossOf(own), () => renew(own));
    },
    back() {
      if (can().canLock) live.command("back");
    },
    lock() {
      const { canLock, lockCommand } = can();
      if (!canLock) return;
      live.command(lockCommand);
      if (game.playing()) game.add("The lock counts from the next iteration.");
    },
    async heal() {
      const { state } = live.own();
      if (!can().canLock) return;
      await live.command("lock");
      if (state !== "training") await live.command("fun");
    },
  };
  for (const [name, press] of Object.entries(acts)) button(name).onclick = press;

  onSubmit(finder(el, "form")("train"), async (settings) => {
    if (can().canTrain) await live.command("train", settings);
  }, show("problem"));
  onKeys({ " ": fun });
  return () => isOwn(live.own().config) ? drawDigits() : live.command("save");
}
