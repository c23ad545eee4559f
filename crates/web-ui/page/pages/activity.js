// Activity and audit: what happens, what happened, and who did it.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { get } from "../lib/api.js";
import { useFreshSums } from "../lib/fresh.js";
import { agents, heard, need } from "../lib/store.js";
import { attempt, toast } from "../lib/toasts.js";
import { go, to } from "../lib/router.js";
import { clock, date, eachDay, full, number, weekday } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Chart, Shares } from "../parts/chart.js";
import { Events } from "../parts/events.js";
import { save } from "../parts/save.js";
import { Empty, Failed, Loading } from "../parts/states.js";

const KINDS = ["", "chat.*", "agent.*", "department.*", "task.*", "council.*", "brain.*", "founder.*", "system.*"];

export function Activity({ query }) {
  need("agents");
  const action = query.get("action") ?? "";
  const actor = query.get("actor") ?? "";
  // A day begins where the reader is; what is no day is left out.
  const day = new Date(`${query.get("from")}T00:00`);
  const isDay = !Number.isNaN(day.getTime());
  const from = isDay ? query.get("from") : "";
  const filter = (change) => go(to(["activity"], { action, actor, from, ...change }), true);
  const since = isDay ? day.toISOString() : "";
  return html`
    <div class="page">
      <header><h1 class="grow">${t("activity")}</h1>
        <button type="button" class="button" onClick=${verify}>${t("verify_log")}</button>
        <button type="button" class="button" onClick=${() => attempt(() => save("/audit/export", { format: "csv", action, actor, from: since }))}>${t("export_csv")}</button>
      </header>
      <${Counts} />
      <section class="card"><h2>${t("live")}</h2><${Events} events=${heard.value.slice(0, 12)} empty=${t("quiet_now")} /></section>
      <section class="card">
        <div class="line"><h2 class="grow">${t("audit")}</h2></div>
        <div class="filters">
          <label class="field"><span>${t("kind")}</span>
            <select id="action" onChange=${(event) => filter({ action: event.target.value })}>
              ${KINDS.map((kind) => html`<option value=${kind} selected=${kind === action}>${kind || t("everything")}</option>`)}
            </select>
          </label>
          <label class="field"><span>${t("actor")}</span>
            <select id="actor" onChange=${(event) => filter({ actor: event.target.value })}>
              <option value="">${t("everybody")}</option>
              ${[...new Set(["founder", "daena", "system", ...agents.list.value.map(({ slug }) => `agent:${slug}`), actor])].filter(Boolean)
                .map((name) => html`<option value=${name} selected=${name === actor}>${name}</option>`)}
            </select>
          </label>
          <label class="field"><span>${t("from_day")}</span><input id="from" type="date" value=${from} onChange=${(event) => filter({ from: event.target.value })} /></label>
        </div>
        <${Log} key=${`${action} ${actor} ${from}`} query=${{ action, actor, from: since }} />
      </section>
    </div>
  `;
}

async function verify() {
  await attempt(async () => {
    const check = await get("/audit/verify");
    if (check.intact) toast(t("log_intact", { n: number(check.verified) }));
    else toast(t("log_broken", { position: check.breach?.position, detail: check.breach?.detail }), "bad");
  });
}

/** What the log counts: by hour, by day, by kind. */
function Counts() {
  const state = useSignal({ stats: null, hours: null, error: null });
  const read = async () => {
    try {
      const [stats, hours] = await Promise.all([get("/audit/stats"), get("/events/stats", { hours: 48 })]);
      state.value = { stats, hours, error: null };
    } catch (error) {
      state.value = { ...state.value, error };
    }
  };
  useFreshSums(read);
  const { stats, hours, error } = state.value;
  if (error && !stats) return html`<${Failed} error=${error} again=${read} />`;
  if (!stats) return html`<${Loading} rows=${6} />`;
  const all = eachDay(stats.from.slice(0, 10), new Date().toISOString().slice(0, 10));
  const kinds = Object.entries(stats.by_action).sort(([, a], [, b]) => b - a).slice(0, 10);
  const changes = (values) => [{ name: t("changes"), values }];
  return html`
    <div class="cards">
      <section class="card"><h2>${t("changes_by_hour")}</h2>
        <${Chart} label=${t("last_hours", { n: hours.hours })} names=${hours.by_hour.map(({ hour }) => `${weekday(hour)} ${clock(hour)}`)}
          series=${changes(hours.by_hour.map(({ count }) => count))} /></section>
      <section class="card"><h2>${t("changes_by_day")}</h2>
        <${Chart} label=${t("last_days")} names=${all.map(date)} series=${changes(all.map((day) => stats.by_day[day] ?? 0))} /></section>
      <section class="card"><h2>${t("changes_by_kind")}</h2><${Shares} label=${t("changes_by_kind")} rows=${kinds} /></section>
    </div>
  `;
}

function Log({ query }) {
  const state = useSignal({ rows: null, cursor: null, error: null });
  const read = async (cursor) => {
    try {
      const answer = await get("/audit/logs", { ...query, cursor, limit: 50 });
      state.value = { rows: [...(cursor ? state.value.rows : []), ...answer.logs], cursor: answer.next_cursor, error: null };
    } catch (error) {
      state.value = { ...state.value, error };
    }
  };
  useEffect(() => { read(null); }, []);
  const { rows, cursor, error } = state.value;
  if (error) return html`<${Failed} error=${error} again=${() => read(cursor)} />`;
  if (!rows) return html`<${Loading} />`;
  if (rows.length === 0) return html`<${Empty} title=${t("nothing_found")} />`;
  return html`
    <div class="scroll-x" tabindex="0" role="region" aria-label=${t("table")}><table class="log">
      <thead><tr><th>${t("when")}</th><th>${t("actor")}</th><th>${t("action")}</th><th>${t("what")}</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.event_id}><td class="small nowrap">${full(row.timestamp)}</td><td class="small who" title=${row.actor}>${row.actor}</td><td class="mono small">${row.action}</td><td class="clip" dir="auto">${row.summary}</td></tr>`)}</tbody>
    </table></div>
    ${cursor && html`<p><button type="button" class="button" onClick=${() => read(cursor)}>${t("more")}</button></p>`}
  `;
}
