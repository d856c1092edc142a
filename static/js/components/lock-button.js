/** The button that locks and unlocks the judge (templates/network-diagram.html). */

import { enable, setText } from "../lib/dom.js";
import { isUnlocked } from "../logic/words.js";

/** Show the lock of a run; for those who watch, it is only a picture. */
export function showLock(button, { config }, { canLock, fun }) {
  const open = isUnlocked(config);
  const verb = open ? "Lock" : "Unlock";
  const { classList } = button.closest(".diagram");
  classList.toggle("unlocked", open);
  classList.toggle("running", fun === "Stop");
  if ("watching" in document.body.dataset) {
    return Object.assign(button, {
      ariaLabel: `The judge is ${open ? "un" : ""}locked`,
    });
  }
  enable(button, canLock);
  button.ariaLabel = `${verb} the judge`;
  setText(button.querySelector("span"), verb);
}
