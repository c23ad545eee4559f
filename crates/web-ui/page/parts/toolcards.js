// The tools that a reply called: each a card that folds, with its arguments and what came back.

import { html, signal, useEffect, useState } from "../lib/ui.js";
import { on } from "../lib/live.js";
import { full, number, seconds } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Access, Decide, written } from "./approvals.js";
import { Text } from "./text.js";

const KINDS = { waiting: "busy", approved: "busy", running: "busy", complete: "good", failed: "bad", refused: "bad", expired: "", cancelled: "" };

/** How far a call that runs says it is: `{progress, total, message}`, by call. */
const doing = signal(new Map());

on("progress", (told) => {
  if (told.call_id) doing.value = new Map(doing.value).set(told.call_id, told);
});
on("event", ({ event_type: type, payload }) => {
  if (type !== "chat.tool.called" || !doing.value.has(payload.call_id)) return;
  const rest = new Map(doing.value);
  rest.delete(payload.call_id);
  doing.value = rest;
});

const encoder = new TextEncoder();

/** A text in pieces, each with the calls that were asked for behind it; places are in bytes of UTF-8. */
function pieces(text, calls) {
  const bytes = encoder.encode(text);
  const decoder = new TextDecoder();
  const cut = (from, to) => decoder.decode(bytes.subarray(from, to));
  const made = [];
  let from = 0;
  for (const call of calls) {
    const to = Math.max(from, Math.min(call.offset ?? 0, bytes.length));
    if (to > from || made.length === 0) made.push({ text: cut(from, to), calls: [] });
    made.at(-1).calls.push(call);
    from = to;
  }
  if (from < bytes.length) made.push({ text: cut(from, bytes.length), calls: [] });
  return made;
}

/** A reply that used tools: its text, and the cards where it asked for them. */
export function WithTools({ text, calls, coming }) {
  const made = pieces(text, calls);
  const works = coming && calls.every((call) => !["waiting", "approved", "running"].includes(call.status)) && made.at(-1).calls.length > 0;
  return html`
    <div class="withtools">
      ${made.map((piece, place) => html`<div key=${place} class="withtools">
        ${piece.text.trim() && html`<${Text} text=${piece.text} growing=${coming && place === made.length - 1 && piece.calls.length === 0} />`}
        ${piece.calls.length > 0 && html`<${ToolCards} calls=${piece.calls} />`}
      </div>`)}
      ${works && html`<p class="waits"><i class="dot busy"></i>${t("thinking")}</p>`}
    </div>
  `;
}

const ToolCards = ({ calls }) => html`
  <ol class="bare calls" aria-label=${t("tool_calls")}>${calls.map((call) => html`<li key=${call.call_id}><${ToolCard} call=${call} /></li>`)}</ol>
`;

/** How long something took, in the unit that says it. */
export const took = (ms) => (ms < 1000 ? `${number(ms)} ms` : seconds(ms));

/** One call. What waits or has failed stands open. */
export function ToolCard({ call, open }) {
  const { status } = call;
  const [unfolded, setUnfolded] = useState(open ?? (status === "waiting" || status === "running"));
  useEffect(() => { if (status === "waiting") setUnfolded(true); }, [status]);
  const isBad = status === "failed" || call.is_error;
  return html`
    <details class=${`call ${status}`} open=${unfolded} onToggle=${(event) => setUnfolded(event.currentTarget.open)} id=${`call-${call.call_id}`}>
      <summary>
        <i class=${`dot ${isBad ? "bad" : KINDS[status] ?? ""}`}></i>
        <strong class="mono" dir="auto">${call.tool}</strong>
        <span class="quiet small grow" dir="auto">${call.connection}</span>
        ${call.access && html`<${Access} of=${call.access} />`}
        <span class=${`tag ${isBad ? "bad" : KINDS[status] ?? ""}`}>${t(`call_${status}`)}</span>
        ${call.duration_ms !== null && call.duration_ms !== undefined && html`<span class="quiet small">${took(call.duration_ms)}</span>`}
      </summary>
      <div class="inside">
        <${Block} name=${t("call_arguments")} text=${isEmpty(call.arguments) ? null : written(call.arguments)} none=${t("call_no_arguments")} />
        ${status === "running" && html`<${Doing} id=${call.call_id} name=${call.tool} />`}
        ${status === "waiting" && html`<${Decide} call=${call} />`}
        ${call.reason && html`<p class="small" dir="auto">${t("reason")}: ${call.reason}</p>`}
        ${call.error && html`<p class="failed small" dir="auto">${call.error}</p>`}
        ${call.result !== null && call.result !== undefined && html`<${Block} name=${call.is_error ? t("call_said_error") : t("call_result")} text=${written(call.result)} none=${t("call_said_nothing")} />`}
        ${call.created_at && html`<time class="quiet small" datetime=${call.created_at}>${full(call.created_at)}</time>`}
      </div>
    </details>
  `;
}

const isEmpty = (value) => value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);

/** What a model or a tool wrote: text, whatever it looks like. */
export const Block = ({ name, text, none }) => html`
  <div class="block"><p class="quiet small">${name}</p>
    ${text ? html`<pre tabindex="0" dir="auto">${text}</pre>` : html`<p class="small quiet">${none}</p>`}</div>
`;

function Doing({ id, name }) {
  const told = doing.value.get(id);
  return html`
    <div class="stack" role="status">
      <progress max=${told?.total ?? null} value=${told?.total ? told.progress : null} aria-label=${name}></progress>
      ${told && html`<span class="quiet small" dir="auto">${[told.message, told.total ? `${number(told.progress)} / ${number(told.total)}` : null].filter(Boolean).join(" · ")}</span>`}
    </div>
  `;
}
