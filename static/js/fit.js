/** A picture wider than its sheet: shown smaller, which is said, or in full size, and then the sheet scrolls. */

/**
 * What is said about a picture, and what the button offers; null where it fits.
 * @param {number} width of the picture @param {number} room on the sheet @param {boolean} full
 * @returns {{text: string, offer: string}|null}
 */
export function fitting(width, room, full) {
  if (width <= room) return null;
  if (full) return { text: `In full size, ${width} pixels wide: the sheet scrolls.`, offer: "Fit it to the sheet" };
  const percent = Math.max(1, Math.floor((100 * room) / width));
  return { text: `Shown at ${percent} % to fit the sheet; it is ${width} pixels wide.`, offer: "Show it in full size" };
}

/** @param {HTMLElement} el the page @returns {() => void} to be called when the picture has changed */
export function mount(el) {
  const page = el.querySelector(".page"), image = page.querySelector("img"), line = el.querySelector(".fit");
  let full = false;

  function say() {
    const { paddingLeft, paddingRight } = getComputedStyle(page);
    const room = page.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const said = image.hidden ? null : fitting(image.naturalWidth, room, full);
    line.hidden = said === null;
    page.classList.toggle("full", said !== null && full);
    page.tabIndex = said !== null && full ? 0 : -1; // with a keyboard it scrolls where it has the focus
    if (!said) return;
    line.querySelector("span").textContent = said.text;
    line.querySelector("button").textContent = said.offer;
  }

  line.querySelector("button").addEventListener("click", () => { full = !full; say(); });
  new ResizeObserver(say).observe(page);
  return say;
}
