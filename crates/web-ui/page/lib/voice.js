// Talking: from the microphone to a text, from the text to an answer, and the answer's sound. One talk at a time in a window.

import { batch, effect, signal } from "./ui.js";
import { BASE, open, post, Problem, put, stream } from "./api.js";
import { keep, kept } from "./shelf.js";
import { voice } from "./store.js";
import { on } from "./live.js";
import { toast } from "./toasts.js";
import { t } from "./text.js";
import { Ear, NoEar } from "./voice-ear.js";
import { hold } from "./voice-hold.js";
import { hush as silence, sounding, speech } from "./voice-mouth.js";
import { canListen, listenOnce, speakHere } from "./voice-browser.js";
import { called } from "./voice-wake.js";

export { sounding };

/** `idle`, `opening` the microphone, `recording`, `hearing` what was said, `asking`. */
export const phase = signal("idle");
/** How loud it is now, 0 to 1. */
export const level = signal(0);
/** Whether the microphone stays open and a voice begins a recording by itself. */
export const handsFree = signal(false);
export const muted = signal(false);
/** What was heard last, and whether it was meant for us. */
export const heard = signal(null);
/** What is wrong with the microphone or the engines: the name of a text, or a text. */
export const trouble = signal(null);
/** What the engines can do, as last told. */
export const engines = signal(null);

/** Whether what was said is sent at once, without being looked at. */
export const sendsAtOnce = signal(kept("voice:at_once", false));
export function setSendsAtOnce(is) {
  sendsAtOnce.value = is;
  keep("voice:at_once", is || null);
}

let ear = null;
let letGo = null;
let place = null;
let asking = null;

/** Where the talk takes place: `{door, session, opened(id), review(text), free}`; `free` needs no wake word. */
export function sitDown(at) {
  place = at;
}

/** Leaves: whoever talks there next, sits down there. */
export function standUp(at) {
  if (place !== at) return;
  place = null;
  stopHandsFree();
  if (phase.value === "recording") cancel();
}

// ---- listening --------------------------------------------------------------------------------------------------------------

async function openEar() {
  if (ear) return true;
  trouble.value = null;
  phase.value = "opening";
  const mine = new Ear({
    onLevel: (loud) => { level.value = Math.min(1, loud * 6); },
    onSpeech: (speaks) => { if (handsFree.value && !muted.value) (speaks ? voiceBegins() : voiceEnds()); },
    onFull: () => finish(),
  });
  ear = mine;
  letGo = hold("daena:ear", () => {
    closeEar();
    trouble.value = "mic_elsewhere";
  });
  try {
    await mine.open();
  } catch (error) {
    closeEar();
    trouble.value = error instanceof NoEar ? error.reason : error.message;
    return false;
  }
  if (ear !== mine) {
    mine.close();
    return false;
  }
  mine.muted = muted.value;
  phase.value = "idle";
  return true;
}

function closeEar() {
  ear?.close();
  ear = null;
  letGo?.();
  letGo = null;
  batch(() => {
    level.value = 0;
    handsFree.value = false;
    if (phase.value !== "asking") phase.value = "idle";
  });
}

let wanted = false;

/** Push-to-talk: pressed. */
export async function press() {
  hush();
  if (phase.value === "recording" || phase.value === "hearing") return;
  wanted = true;
  if (await useBrowser()) return;
  if (!await openEar()) return;
  if (!wanted) {
    if (!handsFree.value) closeEar();
    return;
  }
  muted.value = false;
  ear.muted = false;
  phase.value = "recording";
  ear.begin();
}

/** Push-to-talk: let go. */
export function release() {
  wanted = false;
  if (phase.value === "recording") finish();
}

/** What was said so far is thrown away. */
export function cancel() {
  wanted = false;
  ear?.end();
  phase.value = "idle";
  if (!handsFree.value) closeEar();
}

export async function startHandsFree() {
  if (!await openEar()) return;
  handsFree.value = true;
}

export function stopHandsFree() {
  if (!handsFree.value) return;
  handsFree.value = false;
  if (phase.value === "recording") ear?.end();
  closeEar();
}

export function setMuted(is) {
  muted.value = is;
  if (ear) ear.muted = is;
  if (is && phase.value === "recording") {
    ear?.end();
    phase.value = "idle";
  }
}

function voiceBegins() {
  if (phase.value === "hearing" || phase.value === "opening") return;
  // Whoever speaks is listened to: what sounded ends.
  hush();
  phase.value = "recording";
  ear.begin();
}

function voiceEnds() {
  if (phase.value === "recording") finish();
}

/** The recording becomes a text, and the text goes where it is wanted. */
async function finish() {
  const audio = ear?.end();
  const stays = handsFree.value;
  const at = place;
  phase.value = audio ? "hearing" : "idle";
  if (!stays) closeEar();
  if (!audio) return;
  phase.value = "hearing";
  try {
    const answer = await (await open("POST", `${BASE}/voice/transcribe`, { body: audio, type: "audio/wav" })).json();
    trouble.value = null;
    phase.value = "idle";
    await take(answer.text.trim(), at, stays);
  } catch (error) {
    phase.value = "idle";
    trouble.value = error.message;
  }
}

async function take(text, at, listened) {
  if (!text) {
    if (!listened) trouble.value = "nothing_heard";
    return;
  }
  const isMeant = !listened || at?.free || called(text, voice.value?.wake_words ?? []);
  heard.value = { text, isMeant };
  if (!isMeant || !at) return;
  if (listened || sendsAtOnce.value) await ask(at, text);
  else at.review(text);
}

// ---- the browser's own ------------------------------------------------------------------------------------------------------

/** Reads what the engines can do. */
export async function look() {
  engines.value = await open("GET", `${BASE}/voice/status`).then((response) => response.json());
  return engines.value;
}

/** Where no engine recognises speech and the browser offers to, it does, and says so. */
async function useBrowser() {
  if (!canListen()) return false;
  const status = engines.value ?? await look().catch(() => null);
  if (!status || status.listening) return false;
  const at = place;
  phase.value = "recording";
  trouble.value = "browser_listens";
  try {
    const text = await listenOnce();
    phase.value = "idle";
    await take(text, at, false);
  } catch (error) {
    phase.value = "idle";
    trouble.value = error.message;
  }
  return true;
}

// ---- asking -----------------------------------------------------------------------------------------------------------------

const scopeOf = ({ kind, slug }) => (kind === "daena" ? "executive" : `${kind}:${slug}`);

/**
 * Says a text in a session, as speech is said: commands are obeyed, answers sound. Gives whether it was taken. `id` is the
 * message's own: said twice, it is stored once.
 */
export async function ask(at, text, id = crypto.randomUUID()) {
  hush();
  const mine = { stop: new AbortController(), taken: false };
  asking = mine;
  phase.value = "asking";
  const mouth = voice.value?.talk_active === false ? null : speech({ onTrouble: (error) => { trouble.value = error.message; } });
  let session = at.session ?? null;
  try {
    const body = { text, session_id: session ?? undefined, scope: scopeOf(at.door), client_message_id: id, stream: true };
    const response = await open("POST", `${BASE}/voice/interact`, { body, accept: "text/event-stream", signal: mine.stop.signal });
    await stream(response, (name, data) => {
      mine.taken = true;
      if (data.session_id && data.session_id !== session) {
        session = data.session_id;
        if (!at.session) at.opened?.(session);
      }
      if (name === "audio" && data.audio_url) mouth?.add(data.audio_url);
      if (name === "error") throw new Problem(data.status ?? 500, data);
      if (name === "done") {
        if (data.command_result) toast(data.response ?? data.command_result);
        if (data.speech_error) trouble.value = data.speech_error;
        return false;
      }
      return true;
    });
    mouth?.end();
  } catch (error) {
    if (error.name !== "AbortError") {
      mouth?.end();
      trouble.value = error.message;
    }
  } finally {
    if (asking === mine) {
      asking = null;
      if (phase.value === "asking") phase.value = "idle";
    }
  }
  return mine.taken;
}

/** Ends what sounds, at once. Nobody hears the talk out any more: the server ends its speech too, and the reply goes on. */
export function hush() {
  silence();
  if (asking?.taken) asking.stop.abort();
}

/** Switches the talk on or off, for every window. */
export const setTalk = async (is) => { voice.value = await put("/voice/state", { talk_active: is }); };

// A talk that is switched off is silent at once, wherever it was switched off; while we sound, a voice has to be louder.
on("event", ({ event_type: type, payload }) => {
  if (type === "voice.state" && payload.scope_type === "executive" && !payload.talk_active) hush();
});
effect(() => { if (ear) ear.sounding = sounding.value; });
