// What is heard of the company: clips one after the other, in one window of this browser at a time, ended at once by `hush`.

import { signal } from "./ui.js";
import { open } from "./api.js";
import { hold } from "./voice-hold.js";

/** Whether something sounds, or is about to. */
export const sounding = signal(false);

let context = null;
let current = null;

/** Called from a press or a key: browsers let a page sound only after one. */
export function wake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

/** Ends what sounds, and what waits to. */
export function hush() {
  const ending = current;
  current = null;
  sounding.value = false;
  if (!ending) return;
  ending.stop.abort();
  globalThis.speechSynthesis?.cancel();
  ending.source?.stop();
  ending.release();
}

/** Begins to speak; what sounded before ends. `add` gives it a clip, by its address or as what will be one. */
export function speech({ onTrouble } = {}) {
  hush();
  wake();
  const mine = { stop: new AbortController(), source: null, release: () => {} };
  mine.release = hold("daena:mouth", () => { if (current === mine) hush(); });
  current = mine;
  let last = Promise.resolve();
  const play = async (clip) => {
    const bytes = await clip;
    // What the browser says itself has sounded when it is there.
    if (current !== mine || !bytes) return;
    const buffer = await context.decodeAudioData(bytes);
    if (current !== mine) return;
    await new Promise((resolve) => {
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(context.destination);
      source.onended = resolve;
      mine.source = source;
      source.start();
    });
  };
  return {
    signal: mine.stop.signal,
    add(clip) {
      if (current !== mine) return;
      sounding.value = true;
      const bytes = typeof clip === "string" ? read(clip, mine.stop.signal) : clip;
      bytes.catch(() => { /* told when its turn comes */ });
      last = last.then(() => (current === mine ? play(bytes) : null)).catch((error) => { if (current === mine) onTrouble?.(error); });
    },
    /** Waits for the last clip given so far. */
    async end() {
      await last;
      if (current === mine) hush();
    },
  };
}

const read = async (address, stop) => (await open("GET", address, { accept: "audio/*", signal: stop })).arrayBuffer();
