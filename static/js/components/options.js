/** How a number looks: the controls, and who writes it. */

import { finder, say, sayAll } from "../lib/dom.js";
import { ask, get } from "../lib/server.js";
import { address, command, fileName, learned, writes } from "../logic/number.js";

const OWN = "run "; // before the name of a run, in the list of who writes

/** Whose a run's network is: who only watches has none. */
const whose = () => ("watching" in document.body.dataset ? "the network" : "your network");

/** @param {HTMLElement} el the page @param {(part: Object) => void} change hears which part of the wish is another one */
export function mountOptions(el, change) {
  const part = finder(el, "part"), show = finder(el, "show"), { elements } = el.querySelector("form");
  const { networks, swatch } = elements, mine = finder(el, "do")("mine");
  let writer = ""; // the person's own run that writes

  part("looks").addEventListener("input", ({ target: { name, value } }) => {
    if (name === "swatch") change({ ink: value });
    else if (name === "networks") change(value.startsWith(OWN) ? { networks: "one", run: value.slice(OWN.length), mine: "" } : { networks: value, run: "", mine: "" });
    else change({ [name]: value });
  });
  finder(el, "do")("shipped").addEventListener("click", () => change({ run: "" }));
  finder(el, "do")("not-mine").addEventListener("click", () => change({ mine: "" }));
  part("looks").addEventListener("toggle", know);

  /** Offer the person's own networks, and say how far the one is that writes. */
  async function know() {
    const { runs } = await get("/api/runs").catch(() => ({ runs: [] })), able = runs.filter(writes);
    for (const { id } of able) offer(id);
    show("learned").textContent = learned(able.find(({ id }) => id === writer));
  }

  /** One of the person's own networks. */
  function offer(run) {
    if (![...networks.options].some(({ value }) => value === OWN + run)) networks.add(new Option(`${whose()} ${run}`, OWN + run));
  }

  /** Have the controls say what is asked for; one that cannot stays as it is. @param {import("../logic/number.js").Wish} wish */
  return (wish) => {
    if (wish.run) offer(wish.run);
    if (wish.run !== writer) {
      writer = wish.run;
      know();
    }
    for (const [name, value] of Object.entries(wish)) if (elements[name] && name !== "number") elements[name].value = value;
    if (wish.run) networks.value = OWN + wish.run;
    for (const one of swatch) one.checked = one.value === wish.ink;
    show("size").textContent = `${wish.size} px`;
    part("own").hidden = !wish.run;
    part("yours").hidden = !wish.mine;
    if (mine) mine.textContent = wish.mine ? "Draw more of mine" : "Use my handwriting";
    show("run").textContent = wish.run;
  };
}

/** A number taken along: files, the clipboard, and the link, command and call that make it again. */

const SAID = 2000; // milliseconds for which a button says that it has copied

/** @param {HTMLElement} el the page; its data-runs and data-python are for the command */
export function mountShare(el) {
  const show = finder(el, "show"), part = finder(el, "part"), buttons = [...el.querySelectorAll("[data-copy]")];

  for (const button of buttons) {
    const said = button.textContent;
    button.addEventListener("click", async () => {
      say(show("problem-copying"), "");
      try {
        await (button.dataset.copy === "picture" ? copyPicture(show("call").textContent) : copyText(show(button.dataset.copy)));
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = said; }, SAID);
      } catch (error) {
        say(show("problem-copying"), error.message);
      }
    });
  }

  /** Offer a number; null for none. @param {import("../logic/number.js").Wish|null} wish as the page has it, and as it asks the server */
  return (wish, asked = wish) => {
    for (const link of el.querySelectorAll("[data-download]")) {
      const { download: format, more, ending } = link.dataset;
      if (wish === null) link.removeAttribute("href");
      else Object.assign(link, { href: address(asked, format) + (more ?? ""), download: fileName(wish.number, ending) });
    }
    for (const button of buttons) button.disabled = wish === null;
    part("copies").hidden = wish === null; // what stands there is of a number before
    show("nothing").hidden = wish !== null;
    if (wish === null) return;
    sayAll(show, {
      link: `${location.origin}/write?${new URLSearchParams(wish)}`, command: command(asked, el.dataset),
      call: location.origin + address(asked, "png"),
    });
  };
}

/** Safari wants the promise of a picture, within the click. */
async function copyPicture(from) {
  if (!window.ClipboardItem) throw new Error("This browser copies no pictures: download it.");
  await navigator.clipboard.write([new ClipboardItem({ "image/png": ask(from).then((answer) => answer.blob()) })]);
}

/** A page from another computer, without https, may not write to the clipboard. */
async function copyText(element) {
  getSelection().selectAllChildren(element);
  if (!navigator.clipboard) throw new Error("It is selected: copy it with Ctrl+C.");
  await navigator.clipboard.writeText(element.textContent);
}
