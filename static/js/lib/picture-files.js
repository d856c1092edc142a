/** The picture files that a user chooses or drops, and what the browser decodes from them. */

import { pictureToDrawing } from "../logic/picture-to-drawing.js";
import { create } from "./dom.js";

const MOST_PIXELS = 25_000_000; // as for the program
const AS_STORED = { imageOrientation: "from-image", premultiplyAlpha: "none", colorSpaceConversion: "none" };

/** Decode a file. @returns {Promise<{pixels?: Uint8Array, reason?: string}>} 784 pixels, ink 255, or why there are none */
export async function decoded(file) {
  const bitmap = await createImageBitmap(file, AS_STORED).catch(() => null);
  if (!bitmap) return { reason: "No picture that this browser can read" };
  const { width, height } = bitmap, isLarge = width * height > MOST_PIXELS, canvas = create("canvas", isLarge ? {} : { width, height });
  try {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    if (isLarge || context.isContextLost?.()) throw new RangeError();
    const pixels = pictureToDrawing(context.getImageData(0, 0, width, height));
    return pixels ? { pixels } : { reason: "Blank" };
  } catch {
    return { reason: "Too large" };
  } finally {
    bitmap.close();
    canvas.width = 0; // phones have memory for few
  }
}

/**
 * @typedef {{file: File, path: string, label: string|undefined}} Chosen label: its folder, if it is in one
 * @returns {Chosen[]} visible files in the order of their paths
 */
function inOrder(files) {
  const visible = files.filter(({ path }) => !/(^|\/)\./.test(path)), { compare } = new Intl.Collator("en", { numeric: true });
  return visible.map((one) => ({ ...one, label: one.path.split("/").at(-2) || undefined })).sort((a, b) => compare(a.path, b.path));
}

/** Return the files of an input. @param {HTMLInputElement} input */
export const chosen = ({ files }) => inOrder(Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name })));

/** Return the files of a drop, also those in folders. @param {DataTransferItemList} items */
export async function dropped(items) {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter(Boolean); // before the event is over
  return inOrder((await Promise.all(entries.map(within))).flat());
}

/** Return a file, or those in a folder. @param {FileSystemEntry} entry */
async function within(entry) {
  if (entry.isFile) return { file: await new Promise((...ends) => entry.file(...ends)), path: entry.fullPath };
  const reader = entry.createReader(), entries = [];
  for (let some; !some || some.length;) { // they come in parts
    some = await new Promise((...ends) => reader.readEntries(...ends));
    entries.push(...some);
  }
  return (await Promise.all(entries.map(within))).flat();
}
