/** A picture that changes without a flicker: the next one is loaded and decoded before it takes the place. */

/** @param {HTMLImageElement} image @returns {(address: string, text: string) => Promise<void>} */
export function picture(image) {
  let wanted = "";
  return async (address, text) => {
    if (address === wanted) return;
    wanted = address;
    const next = new Image();
    next.src = address;
    try {
      await next.decode();
    } catch {
      if (wanted === address) wanted = ""; // may be asked for again
      return;
    }
    if (wanted !== address) return;
    image.src = address;
    image.alt = text;
    image.hidden = false;
  };
}
