/**
 * Two sections of the page Write: how the number looks, and how to use it elsewhere.
 */

import { finder, finders, setText, setTexts } from "../lib/dom.js";
import { get, request } from "../lib/server.js";
import { address, fileName, isLocal, progress } from "../logic/write-request.js";

/** Mount the section for the look of the number. Return a function that updates it. */
export function mountOptions(el, change) {
  const { part, show, button } = finders(el);
  const { elements } = el.querySelector("form");
  const mine = button("mine");
  let writer = ""; // the user's run whose network writes

  part("looks").oninput = ({ target: { name, value } }) =>
    change({ [name === "swatch" ? "ink" : name]: value });
  for (const name of ["run", "mine"]) {
    finder(el, "without")(name).onclick = () => change({ [name]: "" });
  }

  async function showProgress() {
    const { runs } = await get("/api/runs").catch(() => ({ runs: [] }));
    show("learned").textContent = progress(runs.find(({ id }) => id === writer));
  }

  return (params) => {
    if (params.run !== writer) {
      writer = params.run;
      showProgress();
    }
    for (const [name, value] of Object.entries(params)) {
      if (elements[name] && name !== "number") elements[name].value = value;
    }
    for (const one of elements.swatch) one.checked = one.value === params.ink;
    setTexts(show, { size: `${params.size} px`, slant: `${params.slant}°` });
    part("own").hidden = !params.run;
    part("yours").hidden = !params.mine;
    if (mine) mine.textContent = params.mine ? "Draw more of mine" : "My handwriting";
    show("run").textContent = params.run;
  };
}

const COPIED = 2000; // milliseconds for which a button says "Copied"

/** Mount the section with downloads, copies and a link. */
export function mountShare(el) {
  const { part, show } = finders(el);
  const link = finder(el, "download");
  const buttons = [...el.querySelectorAll("[data-copy]")];
  const copies = {
    picture: () => copyPicture(link("png").href),
    link: () => copyText(show("link")),
  };
  show("local").hidden = !isLocal(location.hostname);
  for (const button of buttons) {
    const label = button.textContent;
    const { copy } = button.dataset;
    const said = show(`${copy}-said`);
    button.onclick = async () => {
      setText(said, "");
      try {
        await copies[copy]();
        button.textContent = "Copied";
        setTimeout(() => {
          button.textContent = label;
        }, COPIED);
      } catch ({ message }) {
        setText(said, message);
      }
    };
  }

  /**
   * Update downloads and copies. `params` are for links to the page, or null without a
   * number; `sent` are for requests to the server.
   */
  return (params, sent = params) => {
    for (const one of el.querySelectorAll("[data-download]")) {
      const { download: format, ending } = one.dataset;
      if (params === null) one.removeAttribute("href");
      else {
        one.href = address(sent, format);
        one.download = fileName(params.number, ending);
      }
      one.ariaDisabled = String(params === null);
    }
    for (const button of buttons) button.disabled = params === null;
    setTexts(show, { "picture-said": "", "link-said": "" });
    part("link").hidden = params === null; // it holds the previous number
    show("nothing").hidden = params !== null;
    if (params === null) return;
    const page = `${location.origin}${location.pathname}`;
    setText(show("link"), `${page}?${new URLSearchParams(params)}`);
  };
}

/** Copy a picture. Safari requires that it gets the promise during the click. */
async function copyPicture(png) {
  const { clipboard } = navigator;
  const picture = request(png).then((answer) => answer.blob());
  try {
    await clipboard.write([new ClipboardItem({ "image/png": picture })]);
  } catch {
    await picture; // throws the server's error
    throw new Error("This browser does not allow copying. Press Download.");
  }
}

/** Copy the text of an element. Without https, browsers have no clipboard. */
async function copyText(element) {
  getSelection().selectAllChildren(element);
  if (!navigator.clipboard) throw new Error("It is selected. Copy it with Ctrl+C.");
  await navigator.clipboard.writeText(element.textContent);
}
