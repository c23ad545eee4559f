// The Founder panel: overrides, emergencies, backups.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { get, part, post, put, remove } from "../lib/api.js";
import { departments, need, overrides, readAll } from "../lib/store.js";
import { on } from "../lib/live.js";
import { attempt, toast } from "../lib/toasts.js";
import { full, number, size } from "../lib/time.js";
import { t } from "../lib/text.js";
import { confirm, fill } from "../parts/dialogs.js";
import { Empty, Failed, Loading, Read } from "../parts/states.js";

export function Founder() {
  need("departments");
  return html`
    <div class="page">
      <header><h1 class="grow">${t("founder")}</h1></header>
      <${Emergency} />
      <section class="card"><h2>${t("overrides")}</h2><p class="quiet">${t("overrides_text")}</p>
        <${Read} of=${need("overrides")} again=${() => need("overrides")} rows=${3}><${Overrides} /><//>
      </section>
      <${Backups} />
    </div>
  `;
}

function Emergency() {
  const locked = overrides.rows.value.get("system.lockdown")?.value === true;
  const closed = overrides.rows.value.get("system.read_only")?.value === true;
  const ask = (title, text, action, save) => fill({ title, text, action, fields: [{ name: "reason", label: t("reason"), required: true }], save });
  const stopAll = async () => {
    if (!await confirm({ title: t("stop_all"), text: t("stop_all_text"), action: t("stop_all"), word: t("stop_word") })) return;
    await attempt(async () => {
      const { stopped } = await post("/founder-panel/emergency/stop-all");
      toast(t("stopped_n", { n: typeof stopped === "object" ? Object.values(stopped).reduce((a, b) => a + b, 0) : stopped ?? 0 }));
    });
  };
  const lockDown = async () => {
    const done = await ask(t("lockdown"), t("lockdown_text"), t("lockdown"), ({ reason }) => post("/founder-panel/emergency/lockdown", { reason }));
    if (done) toast(t("locked_down"));
  };
  const maintain = () => ask(t("maintenance"), t("maintenance_text"), t("begin"), ({ reason }) => post("/system/maintenance", { enabled: true, reason }));
  return html`
    <section class="card">
      <h2>${t("emergency")}</h2>
      ${locked && html`<p class="failed">${t("is_locked_down")}</p>`}
      ${closed && html`<p class="failed">${t("is_closed")}</p>`}
      <div class="line filters">
        <button type="button" class="button danger first" onClick=${stopAll}>${t("stop_all")}</button>
        ${!locked && html`<button type="button" class="button danger" onClick=${lockDown}>${t("lockdown")}</button>`}
        ${!closed && html`<button type="button" class="button" onClick=${maintain}>${t("maintenance")}</button>`}
        ${(locked || closed) && html`<button type="button" class="button first" onClick=${() => attempt(() => post("/founder-panel/emergency/release"), t("released"))}>${t("release")}</button>`}
      </div>
    </section>
  `;
}

function Overrides() {
  const kinds = useSignal([]);
  useEffect(() => { get("/founder-panel/overrides").then((answer) => { kinds.value = answer.available; }, () => {}); }, []);
  const list = overrides.list.value;
  return html`
    ${list.length === 0 ? html`<p class="quiet">${t("no_overrides")}</p>` : html`
      <div class="scroll-x" tabindex="0" role="region" aria-label=${t("table")}><table>
        <thead><tr><th>${t("key")}</th><th>${t("value")}</th><th>${t("reason")}</th><th>${t("expires")}</th><th><span class="visually-hidden">${t("what_to_do")}</span></th></tr></thead>
        <tbody>${list.map((row) => html`
          <tr key=${row.key}><td class="mono">${row.key}</td><td class="mono">${JSON.stringify(row.value)}</td><td dir="auto">${row.reason}</td><td>${row.expires_at ? full(row.expires_at) : t("never")}</td>
            <td><button type="button" class="button tiny" onClick=${() => attempt(() => remove(`/founder-panel/overrides/${part(row.key)}`), t("undone"))}>${t("undo")}</button></td></tr>`)}
        </tbody>
      </table></div>`}
    <h3>${t("set_one")}</h3>
    <ul class="bare rows">${kinds.value.map((kind) => html`
      <li key=${kind.key} class="line"><span class="mono">${kind.key}</span><span class="quiet small grow">${kind.effect}</span>
        <button type="button" class="button tiny" onClick=${() => set(kind)}>${t("set")}</button></li>`)}</ul>
  `;
}

async function set(kind) {
  const parametric = kind.key.includes("<slug>");
  const fields = [];
  if (parametric) fields.push(kind.key.startsWith("department")
    ? { name: "slug", label: t("department"), options: departments.list.value.map((row) => [row.slug, row.name]) }
    : { name: "slug", label: t("agent"), required: true, placeholder: "engineering-atlas" });
  if (kind.type === "boolean") fields.push({ name: "value", label: t("value"), value: String(kind.example ?? true), options: [["true", t("yes")], ["false", t("no")]] });
  else fields.push({ name: "value", label: t("value"), value: typeof kind.example === "string" ? kind.example : "", required: true, type: kind.key === "daena.instructions" ? "area" : "text" });
  fields.push({ name: "reason", label: t("reason"), required: true }, { name: "expires_at", label: t("expires"), type: "datetime-local" });
  const save = (given) => {
    const key = parametric ? kind.key.replace("<slug>", given.slug) : kind.key;
    const body = { value: kind.type === "boolean" ? given.value === "true" : given.value, reason: given.reason };
    if (given.expires_at) body.expires_at = new Date(given.expires_at).toISOString();
    return put(`/founder-panel/overrides/${part(key)}`, body);
  };
  if (await fill({ title: kind.key, text: kind.effect, action: t("set"), fields, save })) toast(t("is_set"));
}

function Backups() {
  const state = useSignal({ rows: null, error: null });
  const busy = useSignal(false);
  const read = () => readAll("/system/backups", "backups").then(({ rows }) => { state.value = { rows, error: null }; }, (error) => { state.value = { rows: null, error }; });
  useEffect(() => {
    read();
    return on("event", (event) => { if (event.event_type === "system.backup") read(); });
  }, []);
  const take = async () => {
    busy.value = true;
    await attempt(() => post("/system/backup"), t("backup_taken"));
    busy.value = false;
  };
  const { rows, error } = state.value;
  return html`
    <section class="card">
      <div class="line"><h2 class="grow">${t("backups")}</h2><button type="button" class="button" disabled=${busy.value} onClick=${take}>${busy.value ? t("working") : t("take_backup")}</button></div>
      ${error && html`<${Failed} error=${error} again=${read} />`}
      ${!rows && !error && html`<${Loading} rows=${2} />`}
      ${rows?.length === 0 && html`<${Empty} title=${t("no_backups")} text=${t("no_backups_text")} />`}
      ${rows?.length > 0 && html`<div class="scroll-x" tabindex="0" role="region" aria-label=${t("table")}><table>
        <thead><tr><th>${t("name")}</th><th>${t("when")}</th><th class="number">${t("size")}</th><th class="number">${t("events")}</th></tr></thead>
        <tbody>${rows.map((row) => html`<tr key=${row.name}><td class="mono small">${row.name}</td><td>${full(row.created_at)}</td><td class="number">${size(row.bytes)}</td><td class="number">${row.events === null ? "–" : number(row.events)}</td></tr>`)}</tbody>
      </table></div>`}
    </section>
  `;
}
