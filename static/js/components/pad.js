/** A pad on which one draws with mouse, finger or pen, and the ink of strokes. */

import { unitsOf } from "../logic/pad-strokes.js";

/**
 * Draw strokes.
 * @param {number[][]} strokes x, y, x, y … each
 * @param {string} strokeStyle a colour
 */
export function drawStrokes(context, strokes, lineWidth, strokeStyle) {
  Object.assign(context, {
    lineWidth,
    strokeStyle,
    lineCap: "round",
    lineJoin: "round",
  });
  for (const [x, y, ...more] of strokes) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x, y + 0.01); // a dot has no length
    for (let i = 0; i < more.length; i += 2) context.lineTo(more[i], more[i + 1]);
    context.stroke();
  }
}

/**
 * Let the user draw on a canvas, one stroke after the other, in whole units.
 * @param {HTMLCanvasElement} canvas
 * @param {number} size of the pad in units
 * @param {(stroke: number[]) => void} draw called for every part of a stroke
 * @param {(stroke: number[]) => void} end called with the whole stroke
 */
export function mountPad(canvas, size, draw, end) {
  let stroke = null;

  /** Add places to the stroke. @param {PointerEvent[]} events */
  function add(events) {
    const box = canvas.getBoundingClientRect();
    for (const { clientX, clientY } of events) {
      stroke.push(...unitsOf(clientX, clientY, box, size));
    }
    draw(stroke);
  }

  canvas.onpointerdown = (event) => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [];
    add([event]);
  };
  canvas.onpointermove = (event) => {
    if (!stroke || !event.isPrimary) return;
    const all = event.getCoalescedEvents?.() ?? [];
    add(all.length ? all : [event]);
  };
  canvas.onpointerup = ({ isPrimary }) => {
    if (!stroke || !isPrimary) return;
    end(stroke);
    stroke = null;
  };
  canvas.onpointercancel = canvas.onpointerup;
}
