// The way to speak instead of writing: a button and a key to hold. What it takes is fetched when somebody first speaks.

import { html, signal, useEffect, useMemo } from "../lib/ui.js";
import { newId } from "../lib/id.js";
import { keep, kept } from "../lib/shelf.js";
import { draft, keepDraft, place, replyIn, send } from "../lib/outbox.js";
import { need, voice } from "../lib/store.js";
import { attempt } from "../lib/toasts.js";
import { t } from "../lib/text.js";
import { isCovered } from "./dialogs.js";
import { Icon } from "./icons.js";

/** Voice, once somebody has spoken: the module `lib/voice.js` and its bar. */
const loaded = signal(null);
let loading = null;

export function wakeVoice() {
  loading ??= Promise.all([import("../lib/voice.js"), import("./voice/bar.js")]).then(
    ([lib, { Bar }]) => { loaded.value = { ...lib, Bar }; return loaded.value; },
    (error) => { loading = null; throw error; },
  );
  return loading;
}

/** The keys that talk while they are held; one that writes does so only where nobody writes. */
export const KEYS = ["Space", "F2", "F8", "none"];
export const talkKey = signal(kept("talk_key", "Space"));
export function setTalkKey(name) {
  talkKey.value = name;
  keep("talk_key", name);
}

const HELD = 400;
let downAt = 0;

async function down(at) {
  downAt = Date.now();
  await attempt(async () => {
    const lib = await wakeVoice();
    // Let go before it was there.
    if (downAt < 0) return;
    lib.sitDown(at);
    if (lib.phase.value === "recording") lib.release();
    else {
      await lib.press();
      if (downAt < 0) lib.release();
    }
  });
}

/** Whoever held it has spoken; whoever only pressed speaks until the next press. */
function up() {
  const held = Date.now() - downAt > HELD;
  if (!held) return;
  downAt = -1;
  const lib = loaded.value;
  if (lib) lib.release();
}

/** The places whose draft was spoken, and the id it is sent with: as speech is, corrected or not, and answered so. */
const drafts = new Map();

/** A place to speak at (what presses without a hand, such as a screen reader, only clicks): the button, and the key while it is there. `review` gets what was heard. */
export function TalkButton({ door, session, opened, review }) {
  const at = useMemo(() => ({ door, session, opened, review: (text) => { drafts.set(place(door, session), newId()); review(text); } }), [door.kind, door.slug, session]);
  useEffect(() => { need("voice"); }, []);
  const lib = loaded.value;
  useEffect(() => {
    lib?.sitDown(at);
    return () => lib?.standUp(at);
  }, [lib, at]);
  useHeldKey(at);
  const isOn = lib?.phase.value === "recording";
  return html`
    <button type="button" class=${`button icon talk${isOn ? " on" : ""}`} aria-pressed=${isOn} aria-label=${t("talk_button")} title=${t("talk_button_hint")}
      onPointerDown=${(event) => { if (event.button === 0) { event.currentTarget.setPointerCapture(event.pointerId); down(at); } }} onPointerUp=${up} onPointerCancel=${up}
      onKeyDown=${(event) => { if (isPress(event)) { event.preventDefault(); if (!event.repeat) down(at); } }} onKeyUp=${(event) => { if (isPress(event)) { event.preventDefault(); up(); } }}
      onClick=${(event) => { if (event.detail === 0) down(at); }}><${Icon} name="mic" /></button>
  `;
}

const isPress = ({ key }) => key === " " || key === "Enter";

export function useHeldKey(at) {
  useEffect(() => {
    let mine = false;
    const isIt = (event) => event.code === talkKey.value && !event.ctrlKey && !event.metaKey && !event.altKey;
    const isFree = ({ code, target }) => (code !== "Space" || target === document.body || target.id === "main") && !isCovered();
    const press = (event) => {
      if (!isIt(event) || !isFree(event)) return;
      event.preventDefault();
      if (event.repeat) return;
      mine = true;
      down(at);
    };
    const let_go = (event) => {
      if (!mine || event.code !== talkKey.value) return;
      mine = false;
      up();
    };
    // A key that is let go elsewhere is told to nobody here.
    const lost = () => {
      if (!mine) return;
      mine = false;
      up();
    };
    addEventListener("keydown", press);
    addEventListener("keyup", let_go);
    addEventListener("blur", lost);
    return () => {
      removeEventListener("blur", lost);
      removeEventListener("keydown", press);
      removeEventListener("keyup", let_go);
    };
  }, [at]);
}

/** What voice is doing, above the field. */
export const VoiceBar = () => loaded.value && html`<${loaded.value.Bar} />`;

/** Whether answers are spoken: known in every window, changed from each. */
export const TalkSwitch = () => voice.value && html`
  <button type="button" class="button plain tiny" aria-pressed=${voice.value.talk_active} onClick=${() => attempt(async () => (await wakeVoice()).setTalk(!voice.value.talk_active))}>
    <${Icon} name="sound" />${voice.value.talk_active ? t("talk_on") : t("talk_off")}</button>
`;

/** Whoever writes is not talked over; a field that is empty again was not spoken. */
export function quiet(text) {
  loaded.value?.hush();
  if (!text) drafts.clear();
}

/** Sends what was written or spoken. `taken` when it is kept here and can leave the field, `giveBack` when speech was not taken after all. */
export async function say({ door, session, opened, text, taken, giveBack }) {
  const where = place(door, session);
  const id = drafts.get(where);
  if (id) {
    const lib = await wakeVoice();
    drafts.delete(where);
    taken();
    // Until the server takes it, it stays the draft, whatever happens to the page.
    keepDraft(where, text);
    if (await lib.ask({ door, session, opened }, text, id)) {
      if (draft(where) === text) keepDraft(where, "");
    } else {
      drafts.set(where, id);
      giveBack();
    }
    return;
  }
  const sent = send(door, session, text);
  taken();
  const made = await sent;
  if (made && voice.value?.talk_active && voice.value.auto_speak) {
    const [{ readReply }] = await Promise.all([import("../lib/voice-reply.js"), wakeVoice()]);
    await readReply(made, { kind: door.kind, id: door.slug }, replyIn(made));
  }
}
