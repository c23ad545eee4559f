// Agents, and one of them: what it is doing, its talks, its instructions.

import { html, useSignal } from "../lib/ui.js";
import { get, part, patch, post, put, remove } from "../lib/api.js";
import { agents, brain, departments, need, sessions, tasks } from "../lib/store.js";
import { useFreshSums } from "../lib/fresh.js";
import { attempt, toast } from "../lib/toasts.js";
import { go, to } from "../lib/router.js";
import { brief, number } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Chat } from "../parts/chat.js";
import { confirm, fill } from "../parts/dialogs.js";
import { Icon, IconButton } from "../parts/icons.js";
import { Mark, Status, Tag } from "../parts/marks.js";
import { menu, Sessions, useSessions } from "../parts/sessions.js";
import { Empty, Read } from "../parts/states.js";

export function Agents({ path, query }) {
  need("departments");
  need("tasks");
  const [slug, session] = path;
  return html`
    <${Read} of=${need("agents")} again=${() => need("agents")}>
      ${slug ? html`<${One} key=${slug} slug=${slug} session=${session ?? null} starting=${query.get("new") === "1"} />` : html`<${All} query=${query} />`}
    <//>
  `;
}

function All({ query }) {
  const department = query.get("department") ?? "";
  const q = query.get("q") ?? "";
  const list = agents.list.value.filter((row) => (!department || row.department_id === department)
    && `${row.name} ${row.role} ${row.slug}`.toLowerCase().includes(q.toLowerCase()));
  const filter = (change) => go(to(["agents"], { department, q, ...change }), true);
  return html`
    <div class="page">
      <header><h1 class="grow">${t("agents")}</h1>
        <div class="filters">
          <label class="visually-hidden" for="department">${t("department")}</label>
          <select id="department" onChange=${(event) => filter({ department: event.target.value })}>
            <option value="">${t("all_departments")}</option>
            ${departments.list.value.map((row) => html`<option value=${row.slug} selected=${row.slug === department}>${row.name}</option>`)}
          </select>
          <label class="visually-hidden" for="q">${t("search")}</label>
          <input id="q" type="search" placeholder=${t("search")} value=${q} onInput=${(event) => filter({ q: event.target.value })} />
        </div>
      </header>
      ${list.length === 0 && html`<${Empty} title=${t("nothing_found")} />`}
      <div class="cards">
        ${list.map((row) => html`
          <a class="card" key=${row.slug} href=${to(["agents", row.slug])}>
            <span class="line"><${Mark} color=${departments.rows.value.get(row.department_id)?.color} /><span class="name grow">${row.name}</span><${Status} of=${row} /></span>
            <span>${row.role}</span>
            <span class="small quiet">${departments.rows.value.get(row.department_id)?.name ?? row.department_id}${row.model ? ` · ${row.model}` : ""}</span>
          </a>
        `)}
      </div>
    </div>
  `;
}

function One({ slug, session, starting }) {
  const row = agents.rows.value.get(slug);
  const found = useSessions(`/agents/${part(slug)}/chat/sessions`, {}, (it) => it.scope_type === "agent" && it.scope_id === slug && !it.deleted_at);
  if (!row) return html`<${Empty} title=${t("no_agent")} />`;
  const department = departments.rows.value.get(row.department_id);
  const open = session ? sessions.rows.value.get(session) : null;
  const pause = () => attempt(() => post(`/agents/${part(slug)}/pause`));
  const resume = () => attempt(() => post(`/agents/${part(slug)}/resume`));
  const reset = async () => {
    if (await confirm({ title: t("reset_agent"), text: t("reset_agent_text", { name: row.name }), action: t("reset") })) await attempt(() => post(`/agents/${part(slug)}/reset`));
  };
  const head = html`
    <a class="button plain icon back" href=${to(["agents", slug])} aria-label=${t("back")}>‹</a>
    <${Mark} color=${department?.color} />
    <h1 class="grow" dir="auto">${session ? open?.title || t("untitled") : row.name}</h1>
    ${open && html`<${IconButton} icon="more" name=${t("what_to_do")} onClick=${() => menu(open)} />`}
  `;
  const greeting = html`<div class="greeting"><h2>${row.name}</h2><p>${row.role}${department ? ` · ${department.name}` : ""}</p><p class="quiet">${row.description}</p></div>`;
  const theirs = tasks.list.value.filter((task) => task.agent_id === slug).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  return html`
    <div class="office" data-open=${session || starting ? "" : null}>
      <aside aria-label=${row.name}>
        <div class="tools">
          <div class="line"><h1 class="grow">${row.name}</h1>
            <a class="button plain icon tiny" href=${to(["call", "agents", slug])} aria-label=${t("call_with", { name: row.name })} title=${t("call_with", { name: row.name })}><${Icon} name="call" /></a>
            <${Status} of=${row} /></div>
          <p class="quiet small">${row.role} · <a href=${to(["departments", row.department_id])}>${department?.name ?? row.department_id}</a></p>
          <div class="line">
            ${row.status === "paused"
              ? html`<button type="button" class="button tiny" onClick=${resume}>${t("resume")}</button>`
              : html`<button type="button" class="button tiny" onClick=${pause}>${t("pause")}</button>`}
            <button type="button" class="button tiny" onClick=${() => edit(row)}>${t("edit")}</button>
            <button type="button" class="button tiny" onClick=${reset}>${t("reset")}</button>
            <button type="button" class="button tiny" onClick=${() => sound(row)}>${t("voice")}</button>
            <${IconButton} icon="plus" tiny name=${t("new_chat")} onClick=${() => go(to(["agents", slug], { new: 1 }))} />
          </div>
          <${Doing} slug=${slug} />
        </div>
        ${theirs.length > 0 && html`
          <h2>${t("tasks")}</h2>
          <ul class="bare">${theirs.slice(0, 8).map((task) => html`<li><a class="session" href=${to(["tasks", task.task_id])}><span class="title">${task.title}</span><${Tag} word=${task.status} /></a></li>`)}</ul>
        `}
        <${Sessions} found=${found} open=${session} address=${(it) => to(["agents", slug, it.session_id])} />
      </aside>
      <section aria-label=${t("chat")}>
        <${Chat} key=${session ?? "new"} door=${{ kind: "agent", slug }} session=${session} head=${head} greeting=${greeting}
          opened=${(id) => go(to(["agents", slug, id]), true)} readOnly=${open?.deleted_at ? t("deleted_read_only") : null} />
      </section>
    </div>
  `;
}

/** What the log says of its work. */
function Doing({ slug }) {
  const activity = useSignal(null);
  useFreshSums(() => get(`/agents/${part(slug)}/activity`).then((answer) => { activity.value = answer; }, () => {}));
  if (!activity.value) return null;
  const { metrics, last_activity: last, current_task: task } = activity.value;
  return html`
    <p class="small quiet">
      ${t("replies_made", { n: number(metrics.replies) })} · ${t("tasks_done", { n: number(metrics.tasks_completed) })}${last ? ` · ${t("last_active", { when: brief(last) })}` : ""}
    </p>
    ${task && html`<p class="small">${t("works_on")} <a href=${to(["tasks", task.task_id])}>${task.title}</a></p>`}
  `;
}

/** How the agent sounds. */
const sound = (row) => attempt(async () => {
  const { askVoice } = await import("../parts/voice/settings.js");
  const address = `/agents/${part(row.slug)}/voice`;
  await askVoice(row.name, () => get(address), (change) => put(address, change), () => remove(address));
});

async function edit(row) {
  need("brain");
  const models = brain.value?.available_models ?? [];
  const saved = await fill({
    title: row.name, action: t("save"),
    fields: [
      { name: "name", label: t("name"), value: row.name, required: true },
      { name: "role", label: t("role"), value: row.role, required: true },
      { name: "description", label: t("description"), value: row.description ?? "", type: "area", rows: 2 },
      { name: "system_prompt", label: t("system_prompt"), value: row.system_prompt ?? "", type: "area", rows: 6 },
      { name: "model", label: t("model"), value: row.model ?? "", options: [["", t("model_general")], ...[...new Set([row.model, ...models])].filter(Boolean).map((name) => [name, name])] },
    ],
    async save(given) {
      const change = {};
      for (const [name, value] of Object.entries(given)) if (value !== (row[name] ?? "")) change[name] = value === "" ? null : value;
      if (Object.keys(change).length) await patch(`/agents/${part(row.slug)}`, change);
    },
  });
  if (saved) toast(t("saved"));
}
