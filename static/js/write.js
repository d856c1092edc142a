/** The page that writes a number by hand: what is typed is drawn by the server a moment later. */

import { mount as mountFit } from "./fit.js";
import { ask } from "./live.js";
import { address, day, fileName, fromQuery, problem, seedProblem } from "./number.js";

const PAUSE = 200; // milliseconds without a key before the number is drawn
const SOON = 300; // milliseconds that a drawing may take before the page says that it is being made

/** @param {HTMLElement} el */
export function mount(el) {
  const form = el.querySelector("form");
  const { number, seed, ink, size, hand } = form.elements;
  const find = (name) => el.querySelector(`[data-show="${name}"]`);
  const image = find("picture");
  const sayFit = mountFit(el);
  const leads = { one: find("lead").textContent, ten: find("lead").dataset.ten };
  let asking = new AbortController();
  let timer = 0;

  const wish = () => ({ number: number.value, seed: seed.value, ink: ink.value, size: size.value, hand: hand.value });

  /** Say what is wrong, null for nothing, and mark the input that it is about. */
  function say(text, field) {
    const ofSeed = text !== null && field === "seed", ofNumber = text !== null && !ofSeed;
    find("problem").textContent = ofNumber ? text : "";
    find("seed-problem").textContent = ofSeed ? text : "";
    number.setAttribute("aria-invalid", String(ofNumber));
    seed.setAttribute("aria-invalid", String(ofSeed));
    image.classList.toggle("stale", text !== null);
    for (const link of el.querySelectorAll("[data-download]")) {
      const format = link.dataset.download;
      if (text === null) {
        link.href = address(wish(), format);
        link.download = fileName(number.value, format);
      } else link.removeAttribute("href");
    }
  }

  async function draw() {
    asking.abort();
    asking = new AbortController();
    const wrong = problem(number.value, Number(el.dataset.longest)), wrongSeed = seedProblem(seed.value, Number(seed.max));
    say(wrong ?? wrongSeed, wrong === null ? "seed" : "number");
    find("lead").textContent = leads[hand.value];
    if (wrong ?? wrongSeed) return;
    history.replaceState(null, "", `?${new URLSearchParams(wish())}`);
    const { signal } = asking;
    const text = number.value;
    const late = setTimeout(() => {
      find("waiting").hidden = signal.aborted;
      if (!signal.aborted) image.classList.add("stale");
    }, SOON);
    try {
      const drawn = await ask(address(wish(), "png"), { signal });
      await showBlob(image, await drawn.blob(), text);
      sayFit();
      image.classList.remove("stale");
    } catch (error) {
      if (error.name !== "AbortError") say(error.message, error.field);
    }
    clearTimeout(late);
    if (!signal.aborted) find("waiting").hidden = true;
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "swatch") ink.value = event.target.value;
    if (event.target.name === "ink") tickSwatch(form, ink.value);
    find("size").textContent = `${size.value} px`;
    clearTimeout(timer);
    timer = setTimeout(draw, PAUSE);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); draw(); });
  el.querySelector('[data-do="again"]').addEventListener("click", () => {
    seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0]);
    draw();
  });

  const typed = number.value; // by somebody who was quicker than this script
  const first = fromQuery(location.search, { ...wish(), number: day(new Date()) });
  if (typed !== "") first.number = typed;
  for (const [name, value] of Object.entries(first)) form.elements[name].value = value;
  if (hand.value === "") hand.value = "one"; // an address may ask for what there is not
  tickSwatch(form, ink.value);
  find("size").textContent = `${size.value} px`;
  draw();
}

function tickSwatch(form, colour) {
  for (const swatch of form.elements.swatch) swatch.checked = swatch.value === colour;
}

/** Put a blob into an image; the one before is let go. */
async function showBlob(image, blob, text) {
  const before = image.src;
  image.src = URL.createObjectURL(blob);
  image.alt = `${text} in handwriting`;
  image.hidden = false;
  await image.decode().catch(() => undefined);
  if (before.startsWith("blob:")) URL.revokeObjectURL(before);
}
