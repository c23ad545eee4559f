// One message: who speaks, what was said, what came of it, and what can be done about it.

import { html, useState } from "../lib/ui.js";
import { get, patch, part, post } from "../lib/api.js";
import { growth } from "../lib/store.js";
import { attempt } from "../lib/toasts.js";
import { clock, full, seconds, number } from "../lib/time.js";
import { t } from "../lib/text.js";
import { IconButton } from "./icons.js";
import { copy, Text } from "./text.js";
import { WithTools } from "./toolcards.js";

const COMING = ["pending", "streaming"];

export function Message({ message, isLast }) {
  const [editing, setEditing] = useState(false);
  const { role, speaker, status } = message;
  const grows = growth(message.message_id).value;
  const coming = COMING.includes(status);
  const content = coming && grows ? grows.text : message.content;
  const isUser = role === "user";
  return html`
    <li class=${`message ${role}`} id=${`m-${message.message_id}`} aria-busy=${coming}>
      <p class="by">
        <strong>${isUser ? t("you") : speaker.name}</strong>
        ${!isUser && speaker.role && html`<span class="quiet small">${speaker.role}</span>`}
        <time class="quiet small" datetime=${message.created_at} title=${full(message.created_at)}>${clock(message.created_at)}</time>
        ${status === "stopped" && html`<span class="tag">${t("stopped")}</span>`}
        ${status === "interrupted" && html`<span class="tag bad">${t("interrupted")}</span>`}
        ${status === "deferred" && html`<span class="tag busy">${t("deferred")}</span>`}
      </p>
      ${editing
        ? html`<${Editor} message=${message} end=${() => setEditing(false)} />`
        : html`<div class="body">
            ${isUser
              ? html`<div class="text plain" dir="auto">${content}</div>`
              : message.tool_calls?.length > 0
                ? html`<${WithTools} text=${content} calls=${message.tool_calls} coming=${coming} />`
              : content
                ? html`<${Text} text=${content} growing=${coming} />`
                : coming && html`<p class="waits"><i class="dot busy"></i>${status === "pending" && !grows ? t("thinking") : t("speaking")}</p>`}
          </div>`}
      <${Notes} notes=${message.notes} />
      ${message.error && html`<p class="trouble"><span>${message.error.detail}</span></p>`}
      <${Tools} message=${message} content=${content} coming=${coming} isLast=${isLast} edit=${() => setEditing(true)} />
    </li>
  `;
}

const Notes = ({ notes }) => notes?.length > 0 && html`
  <details class="notes">
    <summary>${t("notes_behind", { n: notes.length })}</summary>
    <dl>${notes.map((note) => html`
      <dt>${note.agent_name} <span class="quiet small">${note.agent_role}${note.status !== "complete" ? ` · ${t(`note_${note.status}`)}` : ""}</span></dt>
      <dd>${note.note}</dd>
    `)}</dl>
  </details>
`;

function Tools({ message, content, coming, isLast, edit }) {
  const id = part(message.message_id);
  const again = ["failed", "stopped", "interrupted"].includes(message.status);
  const reply = message.role === "assistant" && message.speaker.kind !== "council_member";
  if (coming || message.status === "deferred") {
    return html`<div class="tools"><button type="button" class="button tiny" onClick=${() => attempt(() => post(`/messages/${id}/stop`))}>${t("stop")}</button></div>`;
  }
  return html`
    <div class="tools">
      ${content && html`<${IconButton} icon="copy" tiny name=${t("copy")} onClick=${() => copy(content)} />`}
      ${content && reply && html`<${IconButton} icon="sound" tiny name=${t("read_out")} onClick=${() => attempt(async () => (await import("../lib/voice-reply.js")).readOut(content, message.speaker))} />`}
      ${again && html`<button type="button" class="button tiny" onClick=${() => attempt(() => post(`/messages/${id}/retry`))}>${t("retry")}</button>`}
      ${reply && !again && message.parent_id && html`<${IconButton} icon="again" tiny name=${t("regenerate")}
        onClick=${() => attempt(() => post(`/messages/${id}/regenerate`, { stream: true }))} />`}
      ${message.role === "user" && html`<${IconButton} icon="edit" tiny name=${t("edit")} onClick=${edit} />`}
      <${Alternatives} message=${message} />
      ${message.usage && html`<span class="quiet small">${message.model} · ${seconds(message.response_time_ms)} · ${t("tokens", { n: number(message.usage.completion_tokens) })}</span>`}
    </div>
  `;
}

/** The way to the other branches: "2 / 3". */
function Alternatives({ message }) {
  const { alternatives } = message;
  if (!alternatives || alternatives.count < 2) return null;
  const step = (by) => attempt(async () => {
    const { messages } = await get(`/messages/${part(message.message_id)}/alternatives`);
    const other = messages[alternatives.position - 1 + by];
    if (other) await post(`/messages/${part(other.message_id)}/select`);
  });
  return html`
    <span class="line small">
      <${IconButton} icon="left" tiny name=${t("branch_before")} disabled=${alternatives.position <= 1} onClick=${() => step(-1)} />
      <span>${alternatives.position} / ${alternatives.count}</span>
      <${IconButton} icon="right" tiny name=${t("branch_after")} disabled=${alternatives.position >= alternatives.count} onClick=${() => step(1)} />
    </span>
  `;
}

function Editor({ message, end }) {
  const submit = async (event) => {
    event.preventDefault();
    const content = new FormData(event.target).get("content");
    if (content === message.content) return end();
    if (await attempt(() => patch(`/messages/${part(message.message_id)}`, { content, stream: true }))) end();
  };
  return html`
    <form class="body" onSubmit=${submit}>
      <label class="visually-hidden" for=${`e-${message.message_id}`}>${t("edit")}</label>
      <textarea id=${`e-${message.message_id}`} name="content" rows="4" autofocus>${message.content}</textarea>
      <div class="line"><button class="button first tiny">${t("send")}</button><button type="button" class="button tiny" onClick=${end}>${t("cancel")}</button></div>
    </form>
  `;
}
