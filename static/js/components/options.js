/** How a number looks: the controls, and who writes it. */

import { get } from "../lib/server.js";
import { learned, writes } from "../logic/number.js";
import { finder } from "../lib/dom.js";

const OWN = "run "; // before the name of a run, in the list of who writes

/** Whose a run's network is: who only watches has none. */
const whose = () => ("watching" in document.body.dataset ? "the network" : "your network");

/** @param {HTMLElement} el the page @param {(part: Object) => void} change hears which part of the wish is another one */
export function mount(el, change) {
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
