// Short words that come and go.

import { signal } from "./ui.js";

export const toasts = signal([]);
/** What a screen reader is told without being asked. */
export const spoken = signal("");

let last = 0;

export function toast(text, kind = "", action = null) {
  const id = (last += 1);
  toasts.value = [...toasts.value, { id, text, kind, action }].slice(-4);
  if (!action) setTimeout(() => dismiss(id), kind === "bad" ? 9_000 : 4_500);
}

export function dismiss(id) {
  toasts.value = toasts.value.filter((other) => other.id !== id);
}

/** Runs it; what goes wrong is said. Gives whether it went well. */
export async function attempt(work, done) {
  try {
    await work();
    if (done) toast(done);
    return true;
  } catch (problem) {
    toast(problem.message, "bad");
    return false;
  }
}
