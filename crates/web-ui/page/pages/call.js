// A call: with Daena, a department or an agent. The microphone stays open, whoever speaks is answered, and can interrupt.

import { html, useEffect, useMemo, useSignal } from "../lib/ui.js";
import { agents, departments, growth, need, readTalk, talk, voice } from "../lib/store.js";
import { ask, handsFree, heard, hush, level, muted, phase, setMuted, setTalk, sitDown, sounding, standUp, startHandsFree, stopHandsFree, trouble } from "../lib/voice.js";
import { attempt } from "../lib/toasts.js";
import { to } from "../lib/router.js";
import { t } from "../lib/text.js";
import { Icon } from "../parts/icons.js";
import { Empty, Read } from "../parts/states.js";
import { useHeldKey } from "../parts/talk.js";
import { Text } from "../parts/text.js";
import { doing, troubleText } from "../parts/voice/bar.js";

export const Call = ({ path }) => {
  const [kind, slug] = path;
  const rows = new Map([["agents", agents], ["departments", departments]]).get(kind);
  if (!rows) return html`<${Line} door=${{ kind: "daena" }} name="Daena" role=${t("daena_role")} back=${to(["office"])} />`;
  return html`<${Read} of=${need(kind)} again=${() => need(kind)}><${With} kind=${kind} row=${rows.rows.value.get(slug)} /><//>`;
};

const With = ({ kind, row }) => row
  ? html`<${Line} key=${row.slug} door=${{ kind: kind.slice(0, -1), slug: row.slug }} name=${row.name} role=${row.role ?? ""} back=${to([kind, row.slug])} />`
  : html`<${Empty} title=${t("nothing_found")} />`;

function Line({ door, name, role, back }) {
  const session = useSignal(null);
  need("voice");
  const at = useMemo(() => {
    const made = { door, free: true, opened: (id) => { session.value = id; made.session = id; }, review: (text) => ask(made, text) };
    return made;
  }, [door.kind, door.slug]);
  useEffect(() => {
    heard.value = null;
    sitDown(at);
    return () => {
      hush();
      standUp(at);
    };
  }, [at]);
  useHeldKey(at);
  const begin = () => attempt(async () => {
    await startHandsFree();
    if (handsFree.value && voice.value && !voice.value.talk_active) await setTalk(true);
  });
  const end = () => {
    hush();
    stopHandsFree();
  };
  const loud = muted.value ? 0 : level.value;
  return html`
    <div class="page call-view">
      <header><a class="button plain icon" href=${back} aria-label=${t("back")}>‹</a><h1 class="grow" dir="auto">${name}</h1></header>
      <div class=${`ring${sounding.value ? " sounds" : ""}${phase.value === "recording" ? " hears" : ""}`}>
        <i aria-hidden="true" style=${{ transform: `scale(${1 + loud * 0.35})` }}></i><${Icon} name=${muted.value ? "muted" : "call"} />
      </div>
      <p class="quiet">${role}</p>
      <p class="line" role="status">${doing() ?? t(handsFree.value ? "voice_listening" : "call_not_begun")}</p>
      ${trouble.value && html`<p class="failed" role="alert" dir="auto">${troubleText(trouble.value)}</p>`}
      <div class="decide">
        ${handsFree.value
          ? html`
            <button type="button" class="button" aria-pressed=${muted.value} onClick=${() => setMuted(!muted.value)}><${Icon} name=${muted.value ? "mic" : "muted"} />${muted.value ? t("voice_unmute") : t("voice_mute")}</button>
            <button type="button" class="button danger first" onClick=${end}>${t("call_end")}</button>`
          : html`<button type="button" class="button first" disabled=${phase.value === "opening"} onClick=${begin}><${Icon} name="call" />${t("call_begin")}</button>`}
        ${sounding.value && html`<button type="button" class="button" onClick=${hush}>${t("voice_hush")}</button>`}
      </div>
      ${heard.value && html`<p class="said" dir="auto">${t("voice_heard", { text: heard.value.text })}</p>`}
      ${session.value && html`<${Said} id=${session.value} /><p><a href=${to(["office", session.value])}>${t("see_talk")}</a></p>`}
    </div>
  `;
}

/** What is being answered. */
function Said({ id }) {
  const { messages } = talk(id);
  useEffect(() => { if (messages.value === null) readTalk(id); }, [id]);
  const last = messages.value?.findLast((message) => message.role === "assistant");
  if (!last) return null;
  const coming = last.status === "pending" || last.status === "streaming";
  const text = coming ? growth(last.message_id).value?.text ?? last.content : last.content;
  return html`<div class="card answer"><${Text} text=${text} growing=${coming} />${last.error && html`<p class="wrong">${last.error.detail}</p>`}</div>`;
}
