/** Draws strokes on a canvas, and lets the user draw them with mouse, finger or pen. */

import { unitsOf } from "../logic/pad-strokes.js";

/**
 * Draw strokes.
 * @param {number[][]} strokes each is x, y, x, y …
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
    context.lineTo(x, y + 0.01); // a single point would not be drawn
    for (let i = 0; i < more.length; i += 2) context.lineTo(more[i], more[i + 1]);
    context.stroke();
  }
}

/**
 * Let the user draw strokes on a canvas, with coordinates in whole units of the pad.
 * @param {HTMLCanvasElement} canvas
 * @param {number} size of the pad in units
 * @param {(stroke: number[]) => void} draw called with the stroke so far as it grows
 * @param {(stroke: number[]) => void} end called with the whole stroke
 */
export function mountPad(canvas, size, draw, end) {
  let stroke = null;

  /** Add the events' positions to the stroke. @param {PointerEvent[]} events */
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
