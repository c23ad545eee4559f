// The browser's own speech, where it has one: used only where no engine is configured, and named as what it is.

import { language } from "./text.js";

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export const canListen = () => Recognition !== undefined;
export const canSpeak = () => globalThis.speechSynthesis !== undefined;

/** One sentence. */
export function listenOnce() {
  return new Promise((resolve, reject) => {
    const recognition = new Recognition();
    let text = "";
    recognition.lang = language.value;
    recognition.onresult = ({ results }) => { text = [...results].map((result) => result[0].transcript).join(" "); };
    recognition.onerror = ({ error }) => reject(new Error(error));
    recognition.onend = () => resolve(text.trim());
    recognition.start();
  });
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
