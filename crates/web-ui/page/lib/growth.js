// The texts of replies that are coming, piece by piece.

import { batch, signal } from "./ui.js";
import { get, part } from "./api.js";

/** The text of a reply that is coming, by message: `{text, bytes}`. */
const growing = new Map();

export function growth(id) {
  if (!growing.has(id)) growing.set(id, signal(null));
  return growing.get(id);
}

const encoder = new TextEncoder();
const bytes = (text) => encoder.encode(text).length;

/** What has come and is not shown yet: a frame shows all of it at once. */
const coming = new Map();

function grown(id, now) {
  if (coming.size === 0) {
    if (document.hidden) setTimeout(showGrown, 200);
    else requestAnimationFrame(showGrown);
  }
  coming.set(id, now);
}

function showGrown() {
  batch(() => { for (const [id, now] of coming) growth(id).value = now; });
  coming.clear();
}

/** A piece has come that begins at a byte; `begun` gives the text that is known where none has come yet. */
export function grow(id, offset, text, begun) {
  let now = coming.get(id) ?? growth(id).value;
  if (now === null) {
    const content = begun();
    now = { text: content, bytes: bytes(content) };
  }
  const piece = encoder.encode(text);
  if (offset > now.bytes) {
    catchUp(id);
  } else if (offset + piece.length > now.bytes) {
    const fresh = new TextDecoder().decode(piece.subarray(now.bytes - offset));
    grown(id, { text: now.text + fresh, bytes: offset + piece.length });
  }
}

const catching = new Set();

/** Something between was missed: the whole text so far is asked for. */
export async function catchUp(id) {
  if (catching.has(id)) return;
  catching.add(id);
  try {
    const message = await get(`/messages/${part(id)}`);
    // It has its end, and may be made once more by now.
    if (!["pending", "streaming"].includes(message.status)) return;
    const length = bytes(message.content);
    if (((coming.get(id) ?? growth(id).value)?.bytes ?? 0) < length) grown(id, { text: message.content, bytes: length });
  } catch {
    // The next piece, or the next line, asks again.
  } finally {
    catching.delete(id);
  }
}

/** A reply has its end: its text stands in its row. */
export function endGrowth(id) {
  growing.delete(id);
  coming.delete(id);
}

/** Forgets everything. */
export function forgetGrowth() {
  growing.clear();
  coming.clear();
}
