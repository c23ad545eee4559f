// The chat: a session's messages, and the place to write.

import { html, useEffect, useRef, useSignal, useState } from "../lib/ui.js";
import { sessions } from "../lib/store.js";
import { begun, draft, keepDraft, place, waiting } from "../lib/outbox.js";
import { number } from "../lib/time.js";
import { attempt } from "../lib/toasts.js";
import { t } from "../lib/text.js";
import { isCovered } from "./dialogs.js";
import { Icon, IconButton } from "./icons.js";
import { Outgoing } from "./outgoing.js";
import { Stream } from "./stream.js";
import { quiet, say, TalkButton, TalkSwitch, VoiceBar } from "./talk.js";

/** `door`: where a new session begins; `session`: the open one, or null; `opened(id)` when a first message made one. */
export function Chat({ door, session, head, greeting, opened, readOnly }) {
  const finding = useSignal(false);
  useEffect(() => {
    if (!session) return undefined;
    // The browser's own search sees what is drawn only; asked for a second time, it comes.
    const keys = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "f" || finding.value || isCovered()) return;
      event.preventDefault();
      finding.value = true;
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, [session]);
  return html`
    <div class="chat">
      <header>${head}${session && html`<${IconButton} icon="search" name=${t("find_here")} aria-expanded=${finding.value} onClick=${() => { finding.value = !finding.value; }} />`}</header>
      <div class="streambox">
        ${session ? html`<${Stream} key=${session} id=${session} finding=${finding} />` : html`<div class="stream">${greeting}</div>`}
      </div>
      ${readOnly
        ? html`<p class="composer quiet small">${readOnly}</p>`
        : html`<${Composer} key=${place(door, session)} door=${door} session=${session} opened=${opened} />`}
    </div>
  `;
}

function Composer({ door, session, opened }) {
  const where = place(door, session);
  const [text, setText] = useState(() => draft(where));
  const field = useRef(null);
  useEffect(() => { if (!matchMedia("(pointer: coarse)").matches) field.current?.focus(); }, []);
  const write = (value) => {
    setText(value);
    keepDraft(where, value);
  };
  // A first message makes a session, and the talk goes on there, with what is being written.
  useEffect(() => {
    const before = begun.peek();
    return session ? undefined : begun.subscribe((now) => {
      if (now === before || now?.where !== where) return;
      if (draft(where)) keepDraft(now.session, draft(where));
      keepDraft(where, "");
      opened?.(now.session);
    });
  }, []);
  const submit = async (event) => {
    event?.preventDefault();
    const said = text;
    if (!said.trim()) return;
    const giveBack = () => write([said, draft(where)].filter((part, at, all) => part && all.indexOf(part) === at).join("\n"));
    await attempt(() => say({ door, session, opened, text: said, taken: () => write(""), giveBack }));
  };
  const keys = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const outgoing = session ? [] : waiting.value.filter((entry) => !entry.session && place(entry.door) === where);
  const name = session ? sessions.rows.value.get(session)?.title : null;
  return html`
    <div class="composer">
      ${outgoing.length > 0 && html`<ol class="bare">${outgoing.map((entry) => html`<${Outgoing} key=${entry.id} entry=${entry} />`)}</ol>`}
      <${VoiceBar} />
      <form onSubmit=${submit}>
        <label class="visually-hidden" for="write">${name ? t("write_in", { name }) : t("write")}</label>
        <textarea id="write" ref=${field} rows="1" placeholder=${t("write")} value=${text} dir="auto"
          onInput=${(event) => { quiet(event.target.value); write(event.target.value); }} onKeyDown=${keys}></textarea>
        <${TalkButton} door=${door} session=${session} opened=${opened} review=${(heard) => { write([draft(where), heard].filter(Boolean).join(" ")); field.current?.focus(); }} />
        <button class="button first icon" aria-label=${t("send")} title=${t("send")} disabled=${!text.trim()}><${Icon} name="send" /></button>
        <span class="hint"><span>${t("keys_hint")}</span><${TalkSwitch} />${text.length > 20_000 ? html`<span>${t("signs", { n: number(text.length) })}</span>` : null}</span>
      </form>
    </div>
  `;
}
