// Daena's office: every session of the company, and the chat.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { need, sessions } from "../lib/store.js";
import { go, to } from "../lib/router.js";
import { get, part } from "../lib/api.js";
import { t } from "../lib/text.js";
import { Chat } from "../parts/chat.js";
import { Icon, IconButton } from "../parts/icons.js";
import { menu, Sessions, useSessions } from "../parts/sessions.js";
import { Empty, Failed, Loading } from "../parts/states.js";

const CATEGORIES = ["all", "executive", "departments", "agents", "councils", "general"];
const DAENA = { kind: "daena" };

export function Office({ path, query }) {
  need("brain");
  const open = path[0] ?? null;
  const category = query.get("category") ?? "all";
  const shelf = query.get("shelf") ?? "";
  const q = query.get("q") ?? "";
  const typed = useSignal(q);
  useEffect(() => { typed.value = q; }, [q]);
  const address = (id, change = {}) => to(id ? ["office", id] : ["office"], { category: category === "all" ? null : category, shelf, q, ...change });
  const starting = query.get("new") === "1";
  return html`
    <div class="office" data-open=${open || starting ? "" : null}>
      <aside aria-label=${t("sessions")}>
        <div class="tools">
          <div class="line"><h1 class="grow">${t("office")}</h1><a class="button plain icon" href=${to(["call", "daena"])} aria-label=${t("call_with", { name: "Daena" })} title=${t("call_with", { name: "Daena" })}><${Icon} name="call" /></a><${IconButton} icon="plus" name=${t("new_chat")} onClick=${() => go(address(null, { new: 1 }))} /></div>
          <form role="search" onSubmit=${(event) => { event.preventDefault(); go(address(open, { q: new FormData(event.target).get("q") })); }}>
            <label class="visually-hidden" for="q">${t("search")}</label>
            <input id="q" name="q" type="search" placeholder=${t("search")} value=${typed.value} onInput=${(event) => { typed.value = event.target.value; }} onSearch=${(event) => event.target.value === "" && go(address(open, { q: null }))} />
          </form>
          <label class="visually-hidden" for="category">${t("category")}</label>
          <div class="line">
            <select id="category" value=${category} onChange=${(event) => go(address(open, { category: event.target.value }))}>
              ${CATEGORIES.map((name) => html`<option value=${name} selected=${name === category}>${t(`category_${name}`)}</option>`)}
            </select>
            <label class="visually-hidden" for="shelf">${t("shelf")}</label>
            <select id="shelf" value=${shelf} onChange=${(event) => go(address(open, { shelf: event.target.value }))}>
              ${["", "archived", "deleted"].map((name) => html`<option value=${name} selected=${name === shelf}>${t(`shelf_${name || "live"}`)}</option>`)}
            </select>
          </div>
        </div>
        ${q ? html`<${Found} q=${q} address=${address} open=${open} />` : html`<${List} category=${category} shelf=${shelf} open=${open} address=${address} />`}
      </aside>
      <section aria-label=${t("chat")}>
        <${Talk} key=${open ?? "new"} id=${open} back=${address(null)} opened=${(id) => go(address(id, { new: null }), true)} />
      </section>
    </div>
  `;
}

function List({ category, shelf, open, address }) {
  const belongs = (row) => (category === "all" || row.category === category)
    && (shelf === "deleted" ? row.deleted_at !== null : row.deleted_at === null && row.archived === (shelf === "archived"));
  const query = { category: category === "all" ? null : category, archived: shelf === "archived", deleted: shelf === "deleted" ? true : null };
  if (shelf === "deleted") delete query.archived;
  const found = useSessions("/chat-history/sessions", query, belongs);
  return html`<${Sessions} found=${found} open=${open} address=${(row) => address(row.session_id)} empty=${shelf ? t(`shelf_${shelf}_empty`) : undefined} />`;
}

/** Full text, by relevance. The marks come as markup whose other signs are escaped: it is taken apart, not run. */
function Found({ q, address, open }) {
  const state = useSignal({ hits: [], cursor: null, error: null, ready: false });
  const read = async (cursor) => {
    try {
      const answer = await get("/chat-history/search", { q, cursor, limit: 30 });
      state.value = { hits: cursor ? [...state.value.hits, ...answer.hits] : answer.hits, cursor: answer.next_cursor, error: null, ready: true };
    } catch (error) {
      state.value = { ...state.value, error, ready: true };
    }
  };
  useEffect(() => { state.value = { hits: [], cursor: null, error: null, ready: false }; read(null); }, [q]);
  const { hits, cursor, error, ready } = state.value;
  if (error) return html`<div class="tools"><${Failed} error=${error} again=${() => read(null)} /></div>`;
  if (!ready) return html`<div class="tools"><${Loading} rows=${6} /></div>`;
  if (hits.length === 0) return html`<${Empty} title=${t("nothing_found")} text=${t("nothing_found_text")} />`;
  return html`
    <nav aria-label=${t("found")}>
      ${hits.map((hit, place) => html`
        <a class="session" key=${place} href=${address(hit.session.session_id, { m: hit.message?.message_id })} aria-current=${hit.session.session_id === open ? "true" : null}>
          <span class="title" dir="auto">${hit.session.title}</span>
          <span class="preview" dir="auto"><${Snippet} markup=${hit.snippet} /></span>
        </a>
      `)}
      ${cursor && html`<p class="tools"><button type="button" class="button" onClick=${() => read(cursor)}>${t("more")}</button></p>`}
    </nav>
  `;
}

function Snippet({ markup }) {
  const body = new DOMParser().parseFromString(markup ?? "", "text/html").body;
  return [...body.childNodes].map((node) => (node.nodeName === "MARK" ? html`<mark>${node.textContent}</mark>` : node.textContent));
}

function Talk({ id, back, opened }) {
  const row = id ? sessions.rows.value.get(id) : null;
  const error = useSignal(null);
  useEffect(() => {
    if (id && !sessions.get(id)) {
      get(`/chat-history/sessions/${part(id)}`).then((session) => sessions.put(session, -1), (problem) => { error.value = problem; });
    }
  }, [id]);
  if (error.value && !row) return html`<div class="page"><${Failed} error=${error.value} /></div>`;
  const head = html`
    <a class="button plain icon back" href=${back} aria-label=${t("back")}>‹</a>
    <h1 class="grow" dir="auto">${id ? row?.title || t("untitled") : t("new_chat")}</h1>
    ${row && html`<${With} row=${row} /><${IconButton} icon="more" name=${t("what_to_do")} onClick=${() => menu(row)} />`}
  `;
  const greeting = html`
    <div class="greeting">
      <h2>${t("greeting")}</h2>
      <p class="quiet">${t("greeting_text")}</p>
    </div>
  `;
  const readOnly = row?.deleted_at ? t("deleted_read_only") : row?.scope_type === "council" ? t("council_read_only") : null;
  return html`<${Chat} door=${doorOf(row)} session=${id} head=${head} greeting=${greeting} opened=${opened} readOnly=${readOnly} />`;
}

/** Whom a session is with. */
const With = ({ row }) => {
  if (row.scope_type === "agent") return html`<a class="tag" href=${to(["agents", row.scope_id])}>${row.scope_id}</a>`;
  if (row.scope_type === "department") return html`<a class="tag" href=${to(["departments", row.scope_id])}>${row.scope_id}</a>`;
  if (row.scope_type === "council") return html`<a class="tag" href=${to(["councils", row.scope_id, row.session_id])}>${row.scope_id}</a>`;
  return html`<span class="tag">Daena</span>`;
};

/** The door a session's next message goes through. */
export function doorOf(row) {
  if (row?.scope_type === "agent") return { kind: "agent", slug: row.scope_id };
  if (row?.scope_type === "department") return { kind: "department", slug: row.scope_id };
  return DAENA;
}
