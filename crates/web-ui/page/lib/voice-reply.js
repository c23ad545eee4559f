// Reads replies out: sentence by sentence, also while they are still coming.

import { effect } from "./ui.js";
import { BASE, get, open, part } from "./api.js";
import { growth, talk } from "./store.js";
import { toast } from "./toasts.js";
import { speech, wake } from "./voice-mouth.js";

const LEAST = 40;

/** What of a Markdown text is said: no code, no marks, of a link its words. */
const plain = (text) => text
  .replace(/```[\s\S]*?(```|$)/g, " ")
  .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
  .replace(/^\s*([-*+>]|#{1,6}|\d+[.)])\s+/gm, "")
  .replace(/^\s*\|?[\s:|-]+\|?\s*$/gm, "")
  .replace(/[*_`~|]+/g, " ")
  .replace(/\s+/g, " ")
  .trim();

/** Where the next piece that can be said ends, from `from` on; -1 while there is none. A code block is one piece. */
function endOfPiece(text, from) {
  const ends = /[.!?:;…]["')\]]*\s|\n\s*\n/g;
  ends.lastIndex = from;
  for (let found = ends.exec(text); found; found = ends.exec(text)) {
    const end = found.index + found[0].length;
    if (end - from >= LEAST && (text.slice(from, end).split("```").length - 1) % 2 === 0) return end;
  }
  return -1;
}

async function sound(text, voice, signal) {
  return (await open("POST", `${BASE}/voice/speak`, { body: { text, ...voice }, accept: "audio/*", signal })).arrayBuffer();
}

function mouthpiece(voice) {
  const mouth = speech({ onTrouble: (error) => toast(error.message, "bad") });
  let at = 0;
  return {
    signal: mouth.signal,
    /** Says what has become sayable of a text that grows. */
    say(text, isWhole) {
      for (let end = endOfPiece(text, at); end >= 0 || (isWhole && at < text.length); end = endOfPiece(text, at)) {
        const piece = plain(text.slice(at, end >= 0 ? end : text.length));
        at = end >= 0 ? end : text.length;
        if (piece) mouth.add(sound(piece, voice, mouth.signal));
      }
      if (isWhole) mouth.end();
    },
  };
}

/** How an agent sounds; everybody else sounds as Daena does. */
async function voiceOf(speaker) {
  if (speaker?.kind !== "agent" || !speaker.id) return {};
  const { voice_id: id, rate, pitch, volume } = await get(`/agents/${part(speaker.id)}/voice`);
  return { rate, pitch, volume, ...(id && { voice_id: id }) };
}

/** Reads a whole text out. */
export async function readOut(text, speaker) {
  wake();
  mouthpiece(await voiceOf(speaker)).say(text, true);
}

/** Reads out a reply as it comes, once it is here. */
export async function readReply(session, speaker, id) {
  const mouth = mouthpiece(await voiceOf(speaker));
  let end = () => {};
  const begin = effect(() => {
    const last = talk(session).messages.value?.findLast((row) => row.message_id === id);
    if (!last) return;
    const coming = last.status === "pending" || last.status === "streaming";
    const grows = growth(id).value;
    const isWhole = last.status === "complete";
    if (!mouth.signal.aborted && (coming || isWhole)) mouth.say(coming ? grows?.text ?? last.content : last.content, isWhole);
    if (!coming || mouth.signal.aborted) queueMicrotask(() => end());
  });
  end = begin;
}
