// What voice is doing: the level, what was heard, what sounds; and how to end it.

import { html } from "../../lib/ui.js";
import { cancel, handsFree, heard, hush, level, muted, phase, setMuted, sounding, startHandsFree, stopHandsFree, trouble } from "../../lib/voice.js";
import { has, t } from "../../lib/text.js";
import { IconButton } from "../icons.js";

/** How loud it is, as a bar. */
export const Level = () => html`<meter class="level" min="0" max="1" value=${level.value} aria-label=${t("voice_level")}></meter>`;

export const troubleText = (name) => (has(name) ? t(name) : name);

/** What voice is doing now, in a word. */
export function doing() {
  if (phase.value !== "idle") return t(`voice_${phase.value}`);
  if (sounding.value) return t("voice_sounding");
  if (muted.value && handsFree.value) return t("voice_muted");
  return handsFree.value ? t("voice_listening") : null;
}

export function Bar() {
  const now = doing();
  const { text, isMeant } = heard.value ?? {};
  if (!now && !trouble.value && !heard.value) return null;
  const listens = handsFree.value || phase.value === "recording";
  return html`
    <div class="voicebar" role="status" aria-label=${t("voice")}>
      ${now && html`<span class="line"><i class=${`dot ${phase.value === "recording" ? "bad" : "busy"}`}></i>${now}</span>`}
      ${listens && html`<${Level} />`}
      ${text && html`<span class="said grow" dir="auto">${isMeant ? t("voice_heard", { text }) : t("voice_not_meant", { text })}</span>`}
      <span class="line buttons">
        ${sounding.value && html`<button type="button" class="button tiny" onClick=${hush}>${t("voice_hush")}</button>`}
        ${phase.value === "recording" && !handsFree.value && html`<button type="button" class="button tiny" onClick=${cancel}>${t("discard")}</button>`}
        ${handsFree.value && html`<${IconButton} icon=${muted.value ? "muted" : "mic"} tiny aria-pressed=${muted.value} name=${muted.value ? t("voice_unmute") : t("voice_mute")} onClick=${() => setMuted(!muted.value)} />`}
        <button type="button" class="button tiny" aria-pressed=${handsFree.value} onClick=${handsFree.value ? stopHandsFree : startHandsFree}>${handsFree.value ? t("hands_free_off") : t("hands_free_on")}</button>
        ${!now && html`<${IconButton} icon="close" tiny name=${t("close")} onClick=${() => { heard.value = null; trouble.value = null; }} />`}
      </span>
      ${trouble.value && html`<p class="wrong small" role="alert" dir="auto">${troubleText(trouble.value)}</p>`}
    </div>
  `;
}
