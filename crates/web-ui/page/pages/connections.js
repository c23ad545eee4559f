// Connections: the servers whose tools the company may use, and one of them: its state, its tools, who may use it.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { get, part, patch, post, remove } from "../lib/api.js";
import { on } from "../lib/live.js";
import { agents, connections, departments, need } from "../lib/store.js";
import { attempt } from "../lib/toasts.js";
import { go, to } from "../lib/router.js";
import { full, number } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Access } from "../parts/approvals.js";
import { askConnection } from "../parts/connectionform.js";
import { Content } from "../parts/content.js";
import { confirm, show } from "../parts/dialogs.js";
import { collect, SchemaFields } from "../parts/schemaform.js";
import { Empty, Failed, Loading, Read } from "../parts/states.js";
import { Block, took } from "../parts/toolcards.js";

const DOTS = { connected: "good", connecting: "busy", failed: "bad", disabled: "" };

export const Connections = ({ path }) => html`
  <div class="page">
    <${Read} of=${need("connections")} again=${() => need("connections")} rows=${4}>
      ${path[0] ? html`<${One} key=${path[0]} id=${path[0]} />` : html`<${All} />`}
    <//>
  </div>
`;

async function add() {
  const row = await askConnection();
  if (row) go(to(["connections", row.connection_id]));
}

function All() {
  const list = [...connections.list.value].sort((a, b) => a.name.localeCompare(b.name));
  return html`
    <header><h1 class="grow">${t("connections")}</h1><button type="button" class="button first" onClick=${add}>${t("connection_add")}</button></header>
    ${list.length === 0 && html`<${Empty} title=${t("connections_none")} text=${t("connections_none_text")} />`}
    <div class="cards">
      ${list.map((row) => html`
        <a class="card" key=${row.connection_id} href=${to(["connections", row.connection_id])}>
          <span class="line"><i class=${`dot ${DOTS[row.status]}`}></i><span class="name grow" dir="auto">${row.name}</span><span class="tag">${t(`connection_${row.status}`)}</span></span>
          <span class="small mono quiet clip1">${row.transport === "stdio" ? [row.command, ...row.args].join(" ") : row.url}</span>
          ${row.error
            ? html`<span class="small wrong" dir="auto">${row.error}</span>`
            : html`<span class="small quiet">${t("n_tools", { n: number(row.tool_count) })}${row.checked_at ? ` · ${t("checked", { when: full(row.checked_at) })}` : ""}</span>`}
        </a>`)}
    </div>
  `;
}

function One({ id }) {
  const row = connections.rows.value.get(id);
  const busy = useSignal(false);
  if (!row) return html`<${Empty} title=${t("connection_unknown")}><a href=${to(["connections"])}>${t("connections")}</a><//>`;
  const path = part(id);
  const test = async () => {
    busy.value = true;
    await attempt(() => post(`/connections/${path}/test`));
    busy.value = false;
  };
  const drop = async () => {
    if (await confirm({ title: t("connection_delete"), text: t("connection_delete_text", { name: row.name }), action: t("delete") })
      && await attempt(() => remove(`/connections/${path}`), t("deleted"))) go(to(["connections"]));
  };
  return html`
    <header>
      <a class="button plain icon" href=${to(["connections"])} aria-label=${t("back")}>‹</a>
      <h1 class="grow" dir="auto">${row.name}</h1>
      <div class="filters">
        <button type="button" class="button" disabled=${busy.value || !row.enabled} onClick=${test}>${busy.value ? t("working") : t("connection_test")}</button>
        <button type="button" class="button" onClick=${() => attempt(() => patch(`/connections/${path}`, { enabled: !row.enabled }))}>${row.enabled ? t("disable") : t("enable")}</button>
        <button type="button" class="button" onClick=${() => askConnection(row)}>${t("edit")}</button>
        <button type="button" class="button danger" onClick=${drop}>${t("delete")}</button>
      </div>
    </header>
    <section class="card" aria-label=${t("state")}>
      <div class="line" role="status"><i class=${`dot ${DOTS[row.status]}`}></i><h2 class="grow">${t(`connection_${row.status}`)}</h2><span class="tag">${t(`transport_${row.transport}`)}</span></div>
      ${row.error && html`<p class="failed" dir="auto">${row.error}</p>`}
      <dl class="numbers">
        <div><dt>${t("server")}</dt><dd dir="auto">${row.server ? row.server.name : "–"}</dd></div>
        <div><dt>${t("version")}</dt><dd>${row.server?.version ?? "–"}</dd></div>
        <div><dt>${t("tools")}</dt><dd>${number(row.tool_count)}</dd></div>
        <div><dt>${t("latency")}</dt><dd>${row.latency_ms === null ? "–" : `${number(row.latency_ms)} ms`}</dd></div>
      </dl>
      <p class="mono small break">${row.transport === "stdio" ? [row.command, ...row.args].join(" ") : row.url}</p>
      ${row.checked_at && html`<p class="quiet small">${t("checked", { when: full(row.checked_at) })}</p>`}
    </section>
    <${Grants} row=${row} />
    <${Tools} row=${row} />
    <${Others} row=${row} />
  `;
}

/** Who may use it. A department's grant holds for its agents. */
function Grants({ row }) {
  need("departments");
  need("agents");
  const nameOf = (slug) => (slug === "daena" ? "Daena" : departments.rows.value.get(slug)?.name ?? agents.rows.value.get(slug)?.name ?? slug);
  const grant = (grants) => attempt(() => patch(`/connections/${part(row.connection_id)}`, { grants }));
  const free = (slug) => !row.grants.includes(slug);
  const option = (slug, name) => free(slug) && html`<option value=${slug}>${name}</option>`;
  return html`
    <section class="card">
      <h2>${t("grants")}</h2>
      <p class="quiet small">${t("grants_text")}</p>
      ${row.grants.length === 0
        ? html`<p>${t("grants_none")}</p>`
        : html`<ul class="bare chips">${row.grants.map((slug) => html`<li key=${slug} class="tag"><span dir="auto">${nameOf(slug)}</span>
            <button type="button" class="button plain tiny icon" aria-label=${t("grant_away", { name: nameOf(slug) })} title=${t("grant_away", { name: nameOf(slug) })} onClick=${() => grant(row.grants.filter((other) => other !== slug))}>×</button></li>`)}</ul>`}
      <label class="field short"><span>${t("grant_to")}</span>
        <select value="" onChange=${(event) => { const slug = event.target.value; event.target.value = ""; if (slug) grant([...row.grants, slug]); }}>
          <option value="">${t("grant_choose")}</option>
          ${option("daena", "Daena")}
          <optgroup label=${t("departments")}>${departments.list.value.map((it) => option(it.slug, it.name))}</optgroup>
          <optgroup label=${t("agents")}>${agents.list.value.map((it) => option(it.slug, `${it.name} · ${it.role}`))}</optgroup>
        </select>
      </label>
    </section>
  `;
}

/** A list of a connection that its server gives: read anew when the connection changes. */
function useListed(row, name, read) {
  const state = useSignal({ rows: null, error: null });
  const again = () => read(part(row.connection_id)).then((answer) => { state.value = { rows: answer[name], error: null }; }, (error) => { state.value = { rows: state.value.rows, error }; });
  useEffect(() => {
    again();
    return on("event", ({ event_type: type, payload }) => { if (["connection.updated", "connection.status"].includes(type) && payload.connection_id === row.connection_id) again(); });
  }, [row.connection_id]);
  return { ...state.value, again };
}

function Tools({ row }) {
  const { rows, error, again } = useListed(row, "tools", (id) => get(`/connections/${id}/tools`));
  const mark = (tool, change) => attempt(async () => {
    await patch(`/connections/${part(row.connection_id)}/tools/${part(tool.name)}`, change);
    await again();
  });
  const choice = (tool, name, values) => html`
    <select aria-label=${`${t(`tool_${name}`)}: ${tool.name}`} onChange=${(event) => mark(tool, { [name]: event.target.value })}>
      ${values.map((value) => html`<option value=${value} selected=${value === tool[name]}>${t(`${name}_${value}`)}</option>`)}
    </select>`;
  return html`
    <section class="card">
      <h2>${t("tools")}</h2>
      ${error && html`<${Failed} error=${error} again=${again} />`}
      ${!rows && !error && html`<${Loading} rows=${3} />`}
      ${rows?.length === 0 && html`<p class="quiet">${row.status === "connected" ? t("tools_none") : t("tools_unknown")}</p>`}
      ${rows?.length > 0 && html`
        <ul class="bare rows">${rows.map((tool) => html`
          <li key=${tool.name} class="tool">
            <div class="grow"><p class="line"><strong class="mono break" dir="auto">${tool.name}</strong><${Access} of=${tool.access} /></p>
              ${tool.description && html`<p class="quiet small says" dir="auto">${tool.description}</p>`}</div>
            <div class="filters">
              ${choice(tool, "access", ["read", "write", "destructive"])}
              ${choice(tool, "approval", ["ask", "always", "never"])}
              <button type="button" class="button tiny" disabled=${row.status !== "connected"} onClick=${() => tryTool(row, tool)}>${t("tool_try")}</button>
            </div>
          </li>`)}</ul>`}
    </section>
  `;
}

function tryTool(row, tool) {
  const draw = (end) => html`<${Trial} row=${row} tool=${tool} end=${end} />`;
  draw.className = "wide";
  return show(draw);
}

/** The Founder tries a tool: a form of its schema, and what came back. */
function Trial({ row, tool, end }) {
  const state = useSignal({ busy: false, wrong: null, error: null, answer: null });
  const submit = async (event) => {
    event.preventDefault();
    const { value, wrong } = collect(tool.input_schema, event.target);
    if (Object.keys(wrong).length) {
      state.value = { busy: false, wrong, error: null, answer: null };
      return;
    }
    state.value = { busy: true, wrong: null, error: null, answer: null };
    try {
      const answer = await post(`/connections/${part(row.connection_id)}/tools/${part(tool.name)}`, { arguments: value });
      state.value = { busy: false, wrong: null, error: null, answer };
    } catch (error) {
      state.value = { busy: false, wrong: null, error, answer: null };
    }
  };
  const { busy, wrong, error, answer } = state.value;
  return html`
    <form onSubmit=${submit} noValidate>
      <h2 class="mono break" dir="auto">${tool.name}</h2>
      ${tool.description && html`<p class="quiet small says" dir="auto">${tool.description}</p>`}
      ${tool.access !== "read" && html`<p class="small"><${Access} of=${tool.access} /> ${t("tool_try_warns")}</p>`}
      <${SchemaFields} schema=${tool.input_schema} wrong=${wrong} />
      <div class="actions">
        <button type="button" class="button" onClick=${() => end(null)}>${t("close")}</button>
        <button class="button first" disabled=${busy}>${busy ? t("working") : t("tool_call")}</button>
      </div>
      <div role="status" class="stack answer">
        ${busy && html`<progress aria-label=${t("working")}></progress>`}
        ${error && html`<p class="failed" dir="auto">${error.message}</p>`}
        ${answer && html`
          <p class="line small"><i class=${`dot ${answer.is_error ? "bad" : "good"}`}></i><span class="grow">${answer.is_error ? t("call_said_error") : t("call_result")}</span>
            ${answer.cut && html`<span class="tag">${t("call_cut")}</span>`}<span class="quiet">${took(answer.duration_ms)}</span></p>
          <${Content} content=${answer.content ?? []} />
          ${answer.structured !== null && answer.structured !== undefined && html`<${Block} name=${t("content_structured")} text=${JSON.stringify(answer.structured, null, 2)} none="" />`}`}
      </div>
    </form>
  `;
}

/** What else it offers: only named, nothing of it is used by itself. */
function Others({ row }) {
  const resources = useListed(row, "resources", (id) => get(`/connections/${id}/resources`));
  const prompts = useListed(row, "prompts", (id) => get(`/connections/${id}/prompts`));
  const list = (title, { rows, error }) => (rows?.length > 0 || error) && html`
    <details class="card"><summary><h2>${title} ${rows ? html`<span class="quiet small">${number(rows.length)}</span>` : ""}</h2></summary>
      ${error && html`<p class="failed" dir="auto">${error.message}</p>`}
      <ul class="bare rows">${(rows ?? []).map((it) => html`
        <li key=${it.uri ?? it.name}><p class="break"><strong dir="auto">${it.title ?? it.name}</strong> ${it.uri && html`<span class="mono small quiet">${it.uri}</span>`}</p>
          ${it.description && html`<p class="quiet small says" dir="auto">${it.description}</p>`}</li>`)}</ul>
    </details>`;
  return html`${list(t("resources"), resources)}${list(t("prompts"), prompts)}`;
}
