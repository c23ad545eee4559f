// Settings: of this browser, and of the server.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { get, part, put, setToken, token } from "../lib/api.js";
import { readAll } from "../lib/store.js";
import { attempt } from "../lib/toasts.js";
import { language, LANGUAGES, setLanguage, t } from "../lib/text.js";
import { setTheme, theme } from "../lib/theme.js";
import { number, size } from "../lib/time.js";
import { fill } from "../parts/dialogs.js";
import { help } from "../parts/palette.js";
import { Failed, Loading } from "../parts/states.js";

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
    <${Server} />
    <${Keys} />
  </div>
`;

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
    const given = await fill({ title: row.key, text: row.description, action: t("save"), fields: [{ name: "value", label: t("value_json"), value: JSON.stringify(row.value), type: "area", rows: 3, required: true }] });
    if (given && await attempt(() => put(`/system/config/${part(row.key)}`, { value: JSON.parse(given.value) }), t("saved"))) read();
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
