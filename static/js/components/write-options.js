/** Two sections of the page Write: how the number looks, and how to use it elsewhere. */

import { finder, setText, setTexts } from "../lib/dom.js";
import { get, request } from "../lib/server.js";
import { address, command, fileName, isWriter, progress } from "../logic/write-request.js";

const OWN = "run "; // prefix of runs in the list of networks

const whose = () => ("watching" in document.body.dataset ? "the network" : "your network");

export function mountOptions(el, change) {
  const part = finder(el, "part"), show = finder(el, "show"), { elements } = el.querySelector("form");
  const { networks, swatch } = elements, mine = finder(el, "do")("mine");
  let writer = ""; // the user's run whose network writes

  part("looks").addEventListener("input", ({ target: { name, value, validity } }) => {
    if (!validity.valid) return;
    if (name === "swatch") change({ ink: value });
    else if (name === "networks") {
      const [, run = ""] = value.split(OWN);
      change({ networks: run ? "one" : value, run, mine: "" });
    } else change({ [name]: value });
  });
  for (const name of ["run", "mine"]) finder(el, "without")(name).onclick = () => change({ [name]: "" });
  part("looks").addEventListener("toggle", know);

  /** List the user's networks, and show the progress of the one that writes. */
  async function know() {
    const { runs } = await get("/api/runs").catch(() => ({ runs: [] })), able = runs.filter(isWriter);
    for (const { id } of able) offer(id);
    show("learned").textContent = progress(able.find(({ id }) => id === writer));
  }

  function offer(run) {
    if (![...networks.options].some(({ value }) => value === OWN + run)) networks.add(new Option(`${whose()} ${run}`, OWN + run));
  }

  return (params) => {
    if (params.run) offer(params.run);
    if (params.run !== writer) {
      writer = params.run;
      know();
    }
    for (const [name, value] of Object.entries(params)) if (elements[name] && name !== "number") elements[name].value = value;
    if (params.run) networks.value = OWN + params.run;
    for (const one of swatch) one.checked = one.value === params.ink;
    setTexts(show, { size: `${params.size} px`, slant: `${params.slant}°` });
    part("own").hidden = !params.run;
    part("yours").hidden = !params.mine;
    if (mine) mine.textContent = params.mine ? "Draw more of mine" : "Use my handwriting";
    show("run").textContent = params.run;
  };
}

const COPIED = 2000; // milliseconds for which a button says "Copied"

export function mountShare(el) {
  const show = finder(el, "show"), part = finder(el, "part"), buttons = [...el.querySelectorAll("[data-copy]")];

  for (const button of buttons) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      setText(show("problem-copying"), "");
      try {
        await (button.dataset.copy === "picture" ? copyPicture(show("call").textContent) : copyText(show(button.dataset.copy)));
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = label; }, COPIED);
      } catch (error) {
        setText(show("problem-copying"), error.message);
      }
    });
  }

  /** Update downloads and copies: `params` for links to the page, `sent` for the server; null for none. */
  return (params, sent = params) => {
    for (const link of el.querySelectorAll("[data-download]")) {
      const { download: format, ending } = link.dataset;
      if (params === null) link.removeAttribute("href");
      else Object.assign(link, { href: address(sent, format), download: fileName(params.number, ending) });
    }
    for (const button of buttons) button.disabled = params === null;
    part("copies").hidden = params === null; // it holds the previous number
    show("nothing").hidden = params !== null;
    if (params === null) return;
    setTexts(show, {
      link: `${location.origin}${location.pathname}?${new URLSearchParams(params)}`, command: command(sent, el.dataset),
      call: location.origin + address(sent, "png"),
    });
  };
}

/** Copy a picture. Safari must get the promise during the click. */
async function copyPicture(from) {
  if (!window.ClipboardItem) throw new Error("This browser cannot copy pictures. Download it.");
  await navigator.clipboard.write([new ClipboardItem({ "image/png": request(from).then((answer) => answer.blob()) })]);
}

/** Copy text. Browsers require https for the clipboard. */
async function copyText(element) {
  getSelection().selectAllChildren(element);
  if (!navigator.clipboard) throw new Error("It is selected. Copy it with Ctrl+C.");
  await navigator.clipboard.writeText(element.textContent);
}
