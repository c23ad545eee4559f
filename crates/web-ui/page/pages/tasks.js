// Tasks: the board, the list, and one of them.

import { html } from "../lib/ui.js";
import { part, post, remove } from "../lib/api.js";
import { agents, departments, need, tasks } from "../lib/store.js";
import { attempt, toast } from "../lib/toasts.js";
import { go, to } from "../lib/router.js";
import { brief, full } from "../lib/time.js";
import { t } from "../lib/text.js";
import { confirm, fill } from "../parts/dialogs.js";
import { Mark, Tag } from "../parts/marks.js";
import { Empty, Read } from "../parts/states.js";
import { Text } from "../parts/text.js";

const STATES = ["pending", "running", "completed", "failed", "cancelled"];

export function Tasks({ path, query }) {
  need("agents");
  need("departments");
  return html`
    <${Read} of=${need("tasks")} again=${() => need("tasks")}>
      ${path[0] ? html`<${One} id=${path[0]} />` : html`<${All} asList=${query.get("view") === "list"} />`}
    <//>
  `;
}

function All({ asList }) {
  const list = tasks.list.value.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
  return html`
    <div class="page">
      <header>
        <h1 class="grow">${t("tasks")}</h1>
        <div class="switcher">
          <a href=${to(["tasks"])} aria-current=${asList ? null : "true"}>${t("board")}</a>
          <a href=${to(["tasks"], { view: "list" })} aria-current=${asList ? "true" : null}>${t("list")}</a>
        </div>
        <button type="button" class="button first" onClick=${create}>${t("new_task")}</button>
      </header>
      ${list.length === 0
        ? html`<${Empty} title=${t("no_tasks")} text=${t("no_tasks_text")}><button type="button" class="button first" onClick=${create}>${t("new_task")}</button><//>`
        : asList ? html`<${List} list=${list} />` : html`
          <div class="board" tabindex="0" role="group" aria-label=${t("board")}>
            ${STATES.map((state) => html`
              <section key=${state}>
                <h2>${t(`is_${state}`)} <span class="quiet">${list.filter((task) => task.status === state).length}</span></h2>
                ${list.filter((task) => task.status === state).map((task) => html`<${Card} key=${task.task_id} task=${task} />`)}
              </section>`)}
          </div>`}
    </div>
  `;
}

const who = (task) => agents.rows.value.get(task.agent_id)?.name ?? departments.rows.value.get(task.department_id)?.name ?? t("nobody");

const Card = ({ task }) => html`
  <a class="card" href=${to(["tasks", task.task_id])}>
    <span class="line"><${Mark} color=${departments.rows.value.get(task.department_id)?.color} /><span class="name grow" dir="auto">${task.title}</span></span>
    <span class="small quiet">${who(task)} · ${t(`priority_${task.priority}`)} · ${brief(task.created_at)}</span>
    ${task.status === "running" && html`<progress max="1" value=${task.progress} aria-label=${t("progress")}></progress>`}
    ${task.error && html`<span class="small quiet" dir="auto">${task.error}</span>`}
  </a>
`;

const List = ({ list }) => html`
  <div class="scroll-x" tabindex="0" role="region" aria-label=${t("table")}><table>
    <thead><tr><th>${t("title")}</th><th>${t("state")}</th><th>${t("agent")}</th><th>${t("priority")}</th><th>${t("made")}</th></tr></thead>
    <tbody>${list.map((task) => html`
      <tr key=${task.task_id}><td><a href=${to(["tasks", task.task_id])} dir="auto">${task.title}</a></td><td><${Tag} word=${task.status} /></td><td>${who(task)}</td><td>${t(`priority_${task.priority}`)}</td><td>${brief(task.created_at)}</td></tr>`)}
    </tbody>
  </table></div>
`;

function One({ id }) {
  const task = tasks.rows.value.get(id);
  if (!task) return html`<${Empty} title=${t("no_task")} />`;
  const open = task.status === "pending" || task.status === "running";
  const drop = async () => {
    if (await confirm({ title: t("delete_task"), text: task.title, action: t("delete") }) && await attempt(() => remove(`/tasks/${part(id)}`))) go(to(["tasks"]));
  };
  return html`
    <div class="page">
      <header>
        <a class="button plain icon" href=${to(["tasks"])} aria-label=${t("back")}>‹</a>
        <h1 class="grow" dir="auto">${task.title}</h1><${Tag} word=${task.status} />
        ${task.status === "pending" && html`<button type="button" class="button first" onClick=${() => attempt(() => post(`/tasks/${part(id)}/start`))}>${t("start")}</button>`}
        ${open && html`<button type="button" class="button" onClick=${() => attempt(() => post(`/tasks/${part(id)}/cancel`))}>${t("cancel_task")}</button>`}
        ${!open && html`<button type="button" class="button danger" onClick=${drop}>${t("delete")}</button>`}
      </header>
      <p class="quiet">${who(task)} · ${t(`priority_${task.priority}`)} · ${full(task.created_at)}</p>
      ${task.description && html`<p dir="auto" class="text plain">${task.description}</p>`}
      ${task.status === "running" && html`<progress max="1" value=${task.progress} aria-label=${t("progress")}></progress>`}
      ${task.error && html`<p class="failed">${task.error}</p>`}
      ${task.result && html`<section class="card"><h2>${t("result")}</h2><${Text} text=${task.result} /></section>`}
      ${task.session_id && html`<p><a class="button" href=${to(["office", task.session_id])}>${t("see_talk")}</a></p>`}
    </div>
  `;
}

async function create() {
  const made = await fill({
    title: t("new_task"), action: t("make_task"),
    fields: [
      { name: "title", label: t("title"), required: true },
      { name: "description", label: t("description"), type: "area", rows: 4 },
      { name: "agent_id", label: t("agent"), options: [["", t("nobody")], ...agents.list.value.map((row) => [row.slug, `${row.name} · ${row.role}`])] },
      { name: "priority", label: t("priority"), value: "medium", options: ["low", "medium", "high", "urgent"].map((name) => [name, t(`priority_${name}`)]) },
      { name: "start", label: t("start_at_once"), value: "yes", options: [["yes", t("yes")], ["", t("no")]] },
    ],
    save(given) {
      const body = { title: given.title, description: given.description || undefined, agent_id: given.agent_id || undefined, priority: given.priority };
      if (given.start && given.agent_id) body.start = true;
      return post("/tasks", body);
    },
  });
  if (made) toast(t("task_made"));
}
