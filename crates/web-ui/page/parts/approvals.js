// What waits for the Founder's yes: what will be called, with which arguments, by whom; and the three answers.

import { html, useSignal } from "../lib/ui.js";
import { part, post } from "../lib/api.js";
import { attempt, toast } from "../lib/toasts.js";
import { brief, full } from "../lib/time.js";
import { t } from "../lib/text.js";
import { confirm, fill } from "./dialogs.js";

const ACCESS = { read: "good", write: "busy", destructive: "bad" };

/** What a call may do to the world outside. */
export const Access = ({ of }) => html`<span class=${`tag ${ACCESS[of] ?? ""}`}>${t(`access_${of}`)}</span>`;

/** A value as text; a text as it is. Nothing of it becomes markup. */
export const written = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** The three answers to a call that waits. */
export function Decide({ call }) {
  const busy = useSignal(false);
  const id = part(call.call_id);
  const decide = async (work, done) => {
    busy.value = true;
    await attempt(work, done);
    busy.value = false;
  };
  const approve = () => decide(() => post(`/approvals/${id}/approve`, { always: false }), t("approved"));
  const always = async () => {
    const sure = await confirm({ title: t("always_title"), text: t("always_text", { tool: call.tool, connection: call.connection }), action: t("approve_always") });
    if (sure) await decide(() => post(`/approvals/${id}/approve`, { always: true }), t("approved"));
  };
  const refuse = async () => {
    const done = await fill({
      title: t("refuse_title"), text: t("refuse_text"), action: t("refuse"), fields: [{ name: "reason", label: t("reason") }],
      save: ({ reason }) => post(`/approvals/${id}/refuse`, reason.trim() ? { reason: reason.trim() } : {}),
    });
    if (done) toast(t("refused"));
  };
  return html`
    <div class="decide">
      <button type="button" class="button first" disabled=${busy.value} onClick=${approve}>${t("approve")}</button>
      <button type="button" class="button" disabled=${busy.value} onClick=${refuse}>${t("refuse")}</button>
      <button type="button" class="button" disabled=${busy.value} onClick=${always}>${t("approve_always")}</button>
      ${call.expires_at && html`<span class="quiet small" title=${full(call.expires_at)}>${t("waits_until", { when: brief(call.expires_at) })}</span>`}
    </div>
  `;
}
