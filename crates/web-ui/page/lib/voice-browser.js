// The browser's own speech, where it has one: used only where no engine is configured, and named as what it is.

import { language } from "./text.js";

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export const canListen = () => Recognition !== undefined;
export const canSpeak = () => globalThis.speechSynthesis !== undefined;

/** Listens for one sentence: `said` gives it. `stop` ends it with what was heard so far, `abort` with nothing. */
export function listenOnce() {
  const recognition = new Recognition();
  const said = new Promise((resolve, reject) => {
    let text = "";
    recognition.lang = language.value;
    recognition.onresult = ({ results }) => { text = [...results].map((result) => result[0].transcript).join(" "); };
    recognition.onerror = ({ error }) => reject(new Error(error));
    recognition.onend = () => resolve(text.trim());
    recognition.start();
  });
  return { said, stop: () => recognition.stop(), abort: () => recognition.abort() };
}

/** Says a text; gives when it is said, or was ended. */
export function speakHere(text, { rate = 1, pitch = 1, volume = 1 } = {}) {
  return new Promise((resolve) => {
    const said = Object.assign(new SpeechSynthesisUtterance(text), { rate, pitch, volume, lang: language.value });
    said.onend = () => resolve(null);
    said.onerror = () => resolve(null);
    speechSynthesis.speak(said);
  });
}
