/** Sort and decode the picture files that a user chooses or drops. */

import { pictureToDrawing } from "../logic/picture-to-drawing.js";
import { create } from "./dom.js";

const MOST_PIXELS = 25_000_000; // MAX_PIXELS in gan/data/picture_files.py
/** @type {ImageBitmapOptions} */
const AS_STORED = {
  imageOrientation: "from-image",
  premultiplyAlpha: "none",
  colorSpaceConversion: "none",
};

/**
 * Decode a picture file, and convert it to a drawing.
 * @returns {Promise<{pixels?: Uint8Array, reason?: string}>} 784 pixels, ink 255, or
 *   the reason why there is no drawing
 */
export async function decoded(file) {
  const bitmap = await createImageBitmap(file, AS_STORED).catch(() => null);
  if (!bitmap) return { reason: "No picture that this browser can read" };
  const { width, height } = bitmap;
  const canvas = create("canvas");
  try {
    if (width * height > MOST_PIXELS) throw new RangeError();
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    if (context.isContextLost?.()) throw new RangeError();
    const pixels = pictureToDrawing(context.getImageData(0, 0, width, height));
    return pixels ? { pixels } : { reason: "Blank" };
  } catch {
    return { reason: "Too large" };
  } finally {
    bitmap.close();
    canvas.width = 0; // frees its memory, which is scarce on phones
  }
}

/**
 * Sort files by path, without hidden ones.
 * @typedef {{file: File, path: string, label: string|undefined}} Chosen label: the name
 * of the file's folder, if the user chose a folder
 * @param {FileList} files
 * @returns {Chosen[]}
 */
export function inOrder(files) {
  const all = Array.from(files, (file) => {
    const path = file.webkitRelativePath || file.name;
    return { file, path, label: path.split("/").at(-2) };
  });
  const visible = all.filter(({ path }) => !/(^|\/)\./.test(path));
  return visible.sort((a, b) => a.path.localeCompare(b.path));
}
