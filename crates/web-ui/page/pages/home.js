// Home: the company at work.

import { computed, html, signal, useSignal } from "../lib/ui.js";
import { get } from "../lib/api.js";
import { useFreshSums } from "../lib/fresh.js";
import { era, on } from "../lib/live.js";
import { agents, atWork, departments, heard, need } from "../lib/store.js";
import { to } from "../lib/router.js";
import { number } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Honeycomb } from "../parts/honeycomb.js";
import { Failed, Loading, Read } from "../parts/states.js";
import { Sessions, useSessions } from "../parts/sessions.js";
import { Events } from "../parts/events.js";

const media = matchMedia("(min-width: 700px)");
const wide = signal(media.matches);
media.addEventListener("change", () => { wide.value = media.matches; });

// Daena speaks while a reply of hers is coming.
const speaking = signal(new Set());
on("event", ({ event_type: type, payload }) => {
  if (payload?.speaker?.kind !== "daena") return;
  const next = new Set(speaking.value);
  if (type === "chat.reply.started") next.add(payload.message_id);
  else next.delete(payload.message_id);
  speaking.value = next;
});
era.subscribe(() => { speaking.value = new Set(); });

const cells = computed(() => departments.list.value
  .filter((row) => !row.hidden)
  .sort((a, b) => a.position - b.position)
  .map((row) => ({
    ...row,
    agents: agents.list.value.filter((agent) => agent.department_id === row.slug)
      .map((agent) => ({ ...agent, status: atWork.value.has(agent.slug) ? "working" : agent.status })),
  })));

export function Home() {
  need("agents");
  return html`
    <div class="page">
      <header><h1 class="grow">${t("company")}</h1><a class="button first" href=${to(["office"], { new: 1 })}>${t("talk_to_daena")}</a></header>
      <${Read} of=${need("departments")} again=${() => need("departments")} rows=${10}>
        <${Honeycomb} cells=${cells.value} daena=${{ working: speaking.value.size > 0 }} wide=${wide.value} />
      <//>
      <${Numbers} />
      <div class="cards">
        <section class="card"><h2>${t("last_talks")}</h2><${LastTalks} /></section>
        <section class="card"><h2>${t("happening")}</h2><${Events} events=${heard.value.slice(0, 8)} empty=${t("quiet_now")} /></section>
      </div>
    </div>
  `;
}

/** What the server counts. */
function Numbers() {
  const dashboard = useSignal(null);
  const error = useSignal(null);
  const read = async () => {
    try {
      dashboard.value = await get("/founder-panel/dashboard");
      error.value = null;
    } catch (problem) {
      error.value = problem;
    }
  };
  useFreshSums(read);
  if (error.value && !dashboard.value) return html`<${Failed} error=${error.value} again=${read} />`;
  if (!dashboard.value) return html`<${Loading} rows=${2} />`;
  const { counts, queues } = dashboard.value;
  const shown = { ...flat(counts), ...flat(queues) };
  return html`
    <dl class="numbers">
      ${Object.entries(shown).filter(([name]) => t(`count_${name}`) !== `count_${name}`)
        .map(([name, value]) => html`<div key=${name}><dt>${t(`count_${name}`)}</dt><dd>${number(value)}</dd></div>`)}
    </dl>
  `;
}

const flat = (values) => Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => typeof value === "number"));

function LastTalks() {
  const found = useSessions("/daena/chat/sessions", {}, (row) => !row.deleted_at && !row.archived);
  const few = { ...found, list: found.list.slice(0, 6), state: { ...found.state, cursor: null } };
  return html`<${Sessions} found=${few} address=${(row) => to(["office", row.session_id])} />`;
}

