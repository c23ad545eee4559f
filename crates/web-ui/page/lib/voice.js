// Talking: from the microphone to a text, from the text to an answer, and the answer's sound. One talk at a time in a window.

import { batch, effect, signal } from "./ui.js";
import { BASE, open, post, Problem, put, stream } from "./api.js";
import { newId } from "./id.js";
import { keep, kept } from "./shelf.js";
import { voice } from "./store.js";
import { on } from "./live.js";
import { go, to } from "./router.js";
import { toast } from "./toasts.js";
import { t } from "./text.js";
import { Ear, NoEar } from "./voice-ear.js";
import { hold } from "./voice-hold.js";
import { hush as silence, sounding, speech } from "./voice-mouth.js";
import { canListen, canSpeak, listenOnce, speakHere } from "./voice-browser.js";
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
/** The browser's own recogniser, while it listens. */
let listening = null;
let place = null;
let asking = null;

/** Where the talk takes place: `{door, session, opened(id), review(text), free}`; `free` needs no wake word. */
export function sitDown(at) {
  place = at;
}

/** Leaves: whoever talks there next, sits down there. A talk that only moved on to its session is sat down at again at once. */
export function standUp(at) {
  setTimeout(() => {
    if (place !== at) return;
    place = null;
    wanted = false;
    if (phase.value === "opening") closeEar();
    stopHandsFree();
    if (phase.value === "recording" || listening) cancel();
  }, 300);
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
  mine.sounding = sounding.value;
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
  if (phase.value !== "recording") return;
  if (!listening) return void finish();
  phase.value = "hearing";
  listening.stop();
}

/** What was said so far is thrown away. */
export function cancel() {
  wanted = false;
  listening?.abort();
  listening = null;
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
  if (!status || status.engines.some((engine) => engine.hears)) return false;
  // Meanwhile the key may have been let go, or pressed again.
  if (!wanted || listening) return true;
  const at = place;
  const mine = listenOnce();
  listening = mine;
  phase.value = "recording";
  trouble.value = "browser_listens";
  const text = await mine.said.catch((error) => {
    if (listening === mine) trouble.value = error.message;
    return null;
  });
  // What was thrown away goes nowhere.
  if (listening !== mine) return true;
  listening = null;
  phase.value = "idle";
  if (text !== null) await take(text, at, false);
  return true;
}

// ---- asking -----------------------------------------------------------------------------------------------------------------

const scopeOf = ({ kind, slug }) => (kind === "daena" ? "executive" : `${kind}:${slug}`);

/**
 * Says a text in a session, as speech is said: commands are obeyed, answers sound. Gives whether it was taken. `id` is the
 * message's own: said twice, it is stored once.
 */
export async function ask(at, text, id = newId()) {
  hush();
  const mine = { stop: new AbortController(), taken: false };
  asking = mine;
  phase.value = "asking";
  const aloud = voice.value?.talk_active !== false;
  const mouth = aloud ? speech({ onTrouble: (error) => { trouble.value = error.message; } }) : null;
  const own = { text: "", spoken: false };
  try {
    const body = { text, session_id: at.session ?? undefined, scope: at.session ? "auto" : scopeOf(at.door), client_message_id: id, speak: aloud, stream: true };
    const response = await open("POST", `${BASE}/voice/interact`, { body, accept: "text/event-stream", signal: mine.stop.signal });
    await stream(response, (name, data) => {
      mine.taken = true;
      switch (name) {
        case "session":
          if (!at.session) at.opened?.(data.session_id);
          return true;
        case "command":
          obey(data);
          return true;
        case "audio":
          own.spoken = true;
          mouth?.add(data.audio_url);
          return true;
        case "error":
          throw new Problem(data.status ?? 500, data);
        case "done":
          own.text = data.response;
          if (data.speech_error && aloud) trouble.value = data.speech_error;
          return false;
        default:
          return true;
      }
    });
    if (aloud && !own.spoken) sayHere(own.text);
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

/** A command was carried out: what was done is shown, and a page that was asked for is opened. */
function obey({ command, command_result: result, response }) {
  toast(response);
  if (command === "open_page" && result?.page) go(to(result.page === "home" ? [] : [result.page]));
}

/** Where no engine speaks at all, the browser does. */
function sayHere(text) {
  const { engines: there } = engines.value ?? {};
  if (!text || !canSpeak() || !there || there.some((engine) => engine.speaks)) return;
  trouble.value = "voice_browser_speaks";
  const { rate, pitch, volume } = voice.value ?? {};
  const mouth = speech();
  mouth.add(speakHere(text, { rate, pitch, volume }));
  mouth.end();
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
effect(() => {
  const is = sounding.value;
  if (ear) ear.sounding = is;
});
