// Departments, and a department's office.

import { html } from "../lib/ui.js";
import { agents, atWork, departments, need, sessions } from "../lib/store.js";
import { go, to } from "../lib/router.js";
import { t } from "../lib/text.js";
import { Chat } from "../parts/chat.js";
import { IconButton } from "../parts/icons.js";
import { Mark, Status } from "../parts/marks.js";
import { menu, Sessions, useSessions } from "../parts/sessions.js";
import { Empty, Read } from "../parts/states.js";

export function Departments({ path, query }) {
  need("agents");
  const [slug, session] = path;
  return html`
    <${Read} of=${need("departments")} again=${() => need("departments")}>
      ${slug ? html`<${Room} key=${slug} slug=${slug} session=${session ?? null} starting=${query.get("new") === "1"} />` : html`<${All} />`}
    <//>
  `;
}

const All = () => html`
  <div class="page">
    <header><h1 class="grow">${t("departments")}</h1></header>
    <div class="cards">
      ${departments.list.value.filter((row) => !row.hidden).sort((a, b) => a.position - b.position).map((row) => html`
        <a class="card" key=${row.slug} href=${to(["departments", row.slug])}>
          <span class="line"><${Mark} color=${row.color} /><span class="name grow">${row.name}</span><${Busy} slug=${row.slug} /></span>
          <span class="quiet">${row.description}</span>
          <span class="small quiet">${t("n_agents", { n: agents.list.value.filter((agent) => agent.department_id === row.slug).length })}</span>
        </a>
      `)}
    </div>
  </div>
`;

function Busy({ slug }) {
  const busy = agents.list.value.filter((agent) => agent.department_id === slug && atWork.value.has(agent.slug)).length;
  return busy ? html`<span class="tag busy">${t("n_working", { n: busy })}</span>` : null;
}

function Room({ slug, session, starting }) {
  const row = departments.rows.value.get(slug);
  const found = useSessions(`/departments/${encodeURIComponent(slug)}/chat/sessions`, {}, (it) => it.department_id === slug && !it.deleted_at);
  if (!row) return html`<${Empty} title=${t("no_department")} />`;
  const staff = agents.list.value.filter((agent) => agent.department_id === slug);
  const open = session ? sessions.rows.value.get(session) : null;
  const door = open?.scope_type === "agent" ? { kind: "agent", slug: open.scope_id } : { kind: "department", slug };
  const speaker = agents.rows.value.get(row.spokesperson_id);
  const head = html`
    <a class="button plain icon back" href=${to(["departments", slug])} aria-label=${t("back")}>‹</a>
    <${Mark} color=${row.color} />
    <h1 class="grow" dir="auto">${session ? open?.title || t("untitled") : row.name}</h1>
    ${open && html`<${IconButton} icon="more" name=${t("what_to_do")} onClick=${() => menu(open)} />`}
  `;
  const greeting = html`
    <div class="greeting">
      <h2>${row.name}</h2>
      <p class="quiet">${row.description}</p>
      <p class="quiet">${speaker ? t("department_greeting", { name: speaker.name }) : t("department_nobody")}</p>
      <div class="starters">${staff.map((agent) => html`<a class="button tiny" href=${to(["agents", agent.slug])}>${agent.name} · ${agent.role}</a>`)}</div>
    </div>
  `;
  return html`
    <div class="office" data-open=${session || starting ? "" : null}>
      <aside aria-label=${row.name}>
        <div class="tools">
          <div class="line"><${Mark} color=${row.color} /><h1 class="grow">${row.name}</h1>
            <${IconButton} icon="plus" name=${t("new_chat")} onClick=${() => go(to(["departments", slug], { new: 1 }))} /></div>
          <p class="quiet small">${row.description}</p>
        </div>
        <h2>${t("agents")}</h2>
        <ul class="bare">${staff.map((agent) => html`
          <li><a class="session" href=${to(["agents", agent.slug])}>
            <span class="title">${agent.name}${agent.slug === row.spokesperson_id ? html` <span class="tag">${t("spokesperson")}</span>` : null}</span>
            <${Status} of=${agent} />
            <span class="preview">${agent.role}</span>
          </a></li>`)}</ul>
        <${Sessions} found=${found} open=${session} address=${(it) => to(["departments", slug, it.session_id])} />
      </aside>
      <section aria-label=${t("chat")}>
        <${Chat} key=${session ?? "new"} door=${door} session=${session} head=${head} greeting=${greeting} opened=${(id) => go(to(["departments", slug, id]), true)}
          readOnly=${open?.deleted_at ? t("deleted_read_only") : null} />
      </section>
    </div>
  `;
}
