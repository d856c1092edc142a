/** The keyboard. Pure. */

/** Whether a key is pressed together with another: such a chord is the browser's own. @param {KeyboardEvent} event */
export function isChord({ altKey, ctrlKey, metaKey, shiftKey }) {
  return altKey || ctrlKey || metaKey || shiftKey;
}
