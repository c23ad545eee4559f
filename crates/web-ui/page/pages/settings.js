// Settings: of this browser, and of the server.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { BASE, get, open, part, put, setToken, token } from "../lib/api.js";
import { readAll } from "../lib/store.js";
import { attempt, toast } from "../lib/toasts.js";
import { language, LANGUAGES, setLanguage, t } from "../lib/text.js";
import { setTheme, theme } from "../lib/theme.js";
import { number, size } from "../lib/time.js";
import { fill } from "../parts/dialogs.js";
import { Icon } from "../parts/icons.js";
import { lazy } from "../parts/lazy.js";
import { help } from "../parts/palette.js";
import { save } from "../parts/save.js";
import { Failed, Loading } from "../parts/states.js";

const VoiceSettings = lazy(() => import("../parts/voice/settings.js"), "VoiceSettings", "card");

export const Settings = () => html`
  <div class="page">
    <header><h1 class="grow">${t("settings")}</h1><button type="button" class="button" onClick=${help}>${t("keys")}</button></header>
    <section class="card">
      <h2>${t("this_browser")}</h2>
      <div class="filters">
        <label class="field"><span>${t("theme")}</span>
          <select onChange=${(event) => setTheme(event.target.value)}>${["system", "light", "dark"].map((name) => html`<option value=${name} selected=${name === theme.value}>${t(`theme_${name}`)}</option>`)}</select>
        </label>
        <label class="field"><span>${t("language")}</span>
          <select onChange=${(event) => setLanguage(event.target.value)}>${Object.entries(LANGUAGES).map(([id, name]) => html`<option value=${id} selected=${id === language.value}>${name}</option>`)}</select>
        </label>
        ${token.value && html`<button type="button" class="button" onClick=${() => { setToken(null); location.reload(); }}>${t("forget_token")}</button>`}
      </div>
    </section>
    <${VoiceSettings} />
    <${Carry} />
    <${Server} />
    <${Keys} />
  </div>
`;

/** Everything out, and other talks in. */
function Carry() {
  const running = useSignal(null);
  const follow = async (id) => {
    for (;;) {
      const state = await get(`/chat-history/imports/${part(id)}`);
      running.value = state;
      if (state.status !== "running") return;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  const take = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) attempt(async () => {
      running.value = { status: "running", done_bytes: 0, bytes: file.size };
      try {
        const answer = await (await open("POST", `${BASE}/chat-history/import`, { body: file, type: /jsonl|ndjson/.test(file.name) ? "application/x-ndjson" : "application/json" })).json();
        running.value = answer;
        if (answer.status === "running") await follow(answer.import_id);
      } catch (problem) {
        running.value = null;
        throw problem;
      }
    });
  };
  const state = running.value;
  return html`
    <section class="card">
      <h2>${t("carry")}</h2>
      <p class="quiet">${t("carry_text")}</p>
      <div class="filters">
        <button type="button" class="button" onClick=${() => attempt(() => save("/chat-history/export"))}><${Icon} name="download" />${t("export_all")}</button>
        <label class="field"><span>${t("import")}</span><input type="file" accept=".json,.jsonl,.ndjson,application/json" onChange=${take} /></label>
      </div>
      ${state && html`<div role="status">
        ${state.status === "running" && html`<progress max=${state.bytes || 1} value=${state.done_bytes} aria-label=${t("progress")}></progress>`}
        ${state.status === "failed" && html`<p class="failed">${state.error}</p>`}
        ${state.sessions && html`<p>${t("import_done", { sessions: number(state.sessions.imported), messages: number(state.messages.imported), skipped: number(state.sessions.skipped), left: number(state.messages.left_out + state.sessions.left_out) })}</p>`}
        ${(state.remarks ?? []).slice(0, 20).map((remark) => html`<p class="small quiet" dir="auto">${remark.at}: ${remark.detail}</p>`)}
      </div>`}
    </section>
  `;
}

function Server() {
  const status = useSignal(null);
  const error = useSignal(null);
  const read = () => get("/system/status").then((answer) => { status.value = answer; error.value = null; }, (problem) => { error.value = problem; });
  useEffect(() => { read(); }, []);
  if (error.value) return html`<${Failed} error=${error.value} again=${read} />`;
  if (!status.value) return html`<${Loading} rows=${3} />`;
  const { version, uptime_s: uptime, sockets, database } = status.value;
  return html`
    <section class="card">
      <h2>${t("server")}</h2>
      <dl class="numbers">
        <div><dt>${t("version")}</dt><dd>${version}</dd></div>
        <div><dt>${t("uptime")}</dt><dd>${t("minutes", { n: number(Math.floor(uptime / 60)) })}</dd></div>
        <div><dt>${t("windows")}</dt><dd>${number(sockets)}</dd></div>
        <div><dt>${t("database")}</dt><dd>${size(database.size_bytes)}</dd></div>
        <div><dt>${t("events")}</dt><dd>${number(database.events)}</dd></div>
      </dl>
      <p><a href="/api/docs">${t("api_docs")}</a></p>
    </section>
  `;
}

function Keys() {
  const state = useSignal({ rows: null, error: null });
  const read = () => readAll("/system/config", "settings").then(({ rows }) => { state.value = { rows, error: null }; }, (error) => { state.value = { rows: null, error }; });
  useEffect(() => { read(); }, []);
  const change = async (row) => {
    const saved = await fill({
      title: row.key, text: row.description, action: t("save"),
      fields: [{ name: "value", label: t("value_json"), value: JSON.stringify(row.value), type: "area", rows: 3, required: true }],
      save: (given) => put(`/system/config/${part(row.key)}`, { value: JSON.parse(given.value) }),
    });
    if (!saved) return;
    toast(t("saved"));
    read();
  };
  const { rows, error } = state.value;
  return html`
    <section class="card">
      <h2>${t("company_settings")}</h2>
      ${error && html`<${Failed} error=${error} again=${read} />`}
      ${!rows && !error && html`<${Loading} rows=${4} />`}
      <ul class="bare rows">${(rows ?? []).map((row) => html`
        <li key=${row.key} class="line"><span class="mono">${row.key}</span><span class="small quiet grow" dir="auto">${row.description}</span>
          <span class="mono small">${JSON.stringify(row.value)?.slice(0, 40)}</span>
          <button type="button" class="button tiny" onClick=${() => change(row)}>${t("edit")}</button></li>`)}</ul>
    </section>
  `;
}
