/**
 * A show as a value: which pictures (or steps) there are, which one is shown, whether it plays. Pure.
 *
 * @typedef {{pictures: number[], index: number, playing: boolean}} Show
 */

/** @returns {Show} the show of these pictures, at the oldest */
export function start(pictures, playing) {
  return { pictures, index: 0, playing };
}

/** New pictures join at the end; the shown one stays. */
export function join(show, pictures) {
  return { ...show, pictures, index: clamp(show.index, pictures) };
}

/** Move by hand: the show stops playing. */
export function seek(show, index) {
  return { ...show, index: clamp(index, show.pictures), playing: false };
}

/** Play or pause. Playing from the newest picture starts again at the oldest. */
export function toggle(show) {
  if (show.playing) return { ...show, playing: false };
  return { ...show, playing: true, index: atEnd(show) ? 0 : show.index };
}

/** One beat of a playing show. At the newest picture it waits where more are to come, else it stops. */
export function beat(show, moreToCome) {
  if (!show.playing) return show;
  if (!atEnd(show)) return { ...show, index: show.index + 1 };
  return { ...show, playing: moreToCome };
}

/** Whether the newest picture is shown. */
export function atEnd(show) {
  return show.index >= show.pictures.length - 1;
}

function clamp(index, pictures) {
  return Math.max(0, Math.min(index, pictures.length - 1));
}
