// Small signs: a department's colour, what somebody is doing.

import { html } from "../lib/ui.js";
import { atWork } from "../lib/store.js";
import { t } from "../lib/text.js";

/** A colour is set through the style object: the page's policy admits no style in markup. */
export const Mark = ({ color }) => html`<span class="mark" aria-hidden="true" style=${{ background: /^#[0-9a-f]{6}$/i.test(color) ? color : null }}></span>`;

const KINDS = { working: "busy", running: "busy", completed: "good", synthesized: "good", failed: "bad", paused: "", disabled: "", cancelled: "" };

export const Tag = ({ word }) => html`<span class=${`tag ${KINDS[word] ?? ""}`}>${t(`is_${word}`)}</span>`;

/** What an agent is doing now. */
export const Status = ({ of: agent }) => html`<${Tag} word=${atWork.value.has(agent.slug) ? "working" : agent.status} />`;
