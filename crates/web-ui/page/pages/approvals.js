// Approvals: the calls of tools that wait for the Founder, and those that were decided.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { get } from "../lib/api.js";
import { on } from "../lib/live.js";
import { approvals, need, sessions } from "../lib/store.js";
import { to } from "../lib/router.js";
import { t } from "../lib/text.js";
import { ToolCard } from "../parts/toolcards.js";
import { Empty, Failed, Loading, Read } from "../parts/states.js";

export function Approvals({ query }) {
  const past = query.get("view") === "all";
  return html`
    <div class="page">
      <header><h1 class="grow">${t("approvals")}</h1>
        <nav class="switcher" aria-label=${t("approvals")}>
          <a href=${to(["approvals"])} aria-current=${past ? null : "true"}>${t("approvals_waiting")}</a>
          <a href=${to(["approvals"], { view: "all" })} aria-current=${past ? "true" : null}>${t("approvals_all")}</a>
        </nav>
      </header>
      ${past ? html`<${Past} />` : html`<${Read} of=${need("approvals")} again=${() => need("approvals")} rows=${3}><${Waiting} /><//>`}
    </div>
  `;
}

function Waiting() {
  const calls = [...approvals.list.value].sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  if (calls.length === 0) return html`<${Empty} title=${t("approvals_none")} text=${t("approvals_none_text")} />`;
  return html`<${List} calls=${calls} />`;
}

const List = ({ calls, open = true }) => html`
  <ol class="bare calls" aria-label=${t("tool_calls")}>${calls.map((call) => html`
    <li key=${call.call_id}>
      <p class="line small"><strong dir="auto">${call.speaker?.name ?? ""}</strong>
        <a class="grow" dir="auto" href=${to(["office", call.session_id])}>${(call.session_title ?? sessions.rows.value.get(call.session_id)?.title) || t("see_talk")}</a></p>
      <${ToolCard} call=${call} open=${open} />
    </li>`)}
  </ol>
`;

/** Every call that ever asked, the newest first, page by page; one that changes is read anew. */
function Past() {
  const state = useSignal({ rows: null, cursor: null, error: null });
  const read = async (cursor = null) => {
    try {
      const answer = await get("/approvals", { limit: 30, cursor });
      state.value = { rows: cursor ? [...state.value.rows, ...answer.approvals] : answer.approvals, cursor: answer.next_cursor, error: null };
    } catch (error) {
      state.value = { ...state.value, error };
    }
  };
  useEffect(() => {
    read();
    return on("event", ({ event_type: type }) => { if (type.startsWith("chat.tool.")) read(); });
  }, []);
  const { rows, cursor, error } = state.value;
  return html`
    ${error && html`<${Failed} error=${error} again=${() => read()} />`}
    ${!rows && !error && html`<${Loading} rows=${3} />`}
    ${rows?.length === 0 && html`<${Empty} title=${t("nothing_yet")} text=${t("approvals_none_text")} />`}
    ${rows?.length > 0 && html`<${List} calls=${rows} open=${false} />`}
    ${cursor && html`<p><button type="button" class="button" onClick=${() => read(cursor)}>${t("more")}</button></p>`}
  `;
}
