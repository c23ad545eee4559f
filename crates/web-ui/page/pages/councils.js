// Councils, and the debate room.

import { html, useEffect, useSignal } from "../lib/ui.js";
import { get, part, post } from "../lib/api.js";
import { newId } from "../lib/id.js";
import { on } from "../lib/live.js";
import { absorb, councils, debates, need, readAll } from "../lib/store.js";
import { attempt } from "../lib/toasts.js";
import { go, to } from "../lib/router.js";
import { brief } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Chat } from "../parts/chat.js";
import { fill } from "../parts/dialogs.js";
import { Mark, Tag } from "../parts/marks.js";
import { Empty, Failed, Loading, Read } from "../parts/states.js";
import { Text } from "../parts/text.js";

export function Councils({ path }) {
  const [slug, debate] = path;
  return html`
    <${Read} of=${need("councils")} again=${() => need("councils")}>
      ${slug ? html`<${Council} key=${slug} slug=${slug} debate=${debate ?? null} />` : html`<${All} />`}
    <//>
  `;
}

const All = () => html`
  <div class="page">
    <header><h1 class="grow">${t("councils")}</h1></header>
    ${councils.list.value.length === 0 && html`<${Empty} title=${t("no_councils")} />`}
    <div class="cards">
      ${councils.list.value.sort((a, b) => a.position - b.position).map((row) => html`
        <a class="card" key=${row.slug} href=${to(["councils", row.slug])}>
          <span class="line"><${Mark} color=${row.color} /><span class="name grow">${row.name}</span></span>
          <span class="quiet">${row.description}</span>
        </a>
      `)}
    </div>
  </div>
`;

/** Rows that are read once when a view opens. */
function useRows(path, name) {
  const state = useSignal({ rows: null, error: null });
  const read = async () => {
    try {
      const { rows, position } = await readAll(path, name);
      state.value = { rows, position, error: null };
    } catch (error) {
      state.value = { rows: null, error };
    }
  };
  useEffect(() => { read(); }, [path]);
  return { ...state.value, again: read };
}

function Council({ slug, debate }) {
  const row = councils.rows.value.get(slug);
  const members = useRows(`/councils/${part(slug)}/members`, "members");
  const past = useRows(`/councils/${part(slug)}/debates`, "debates");
  useEffect(() => on("event", ({ event_type: type }) => { if (type.startsWith("council.member.")) members.again(); }), [slug]);
  useEffect(() => { if (past.rows) absorb(past.position, () => debates.putAll(past.rows, past.position)); }, [past.rows]);
  if (!row) return html`<${Empty} title=${t("no_council")} />`;
  const list = debates.list.value.filter((it) => it.council_id === slug).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  return html`
    <div class="office" data-open=${debate ? "" : null}>
      <aside aria-label=${row.name}>
        <div class="tools">
          <div class="line"><${Mark} color=${row.color} /><h1 class="grow">${row.name}</h1></div>
          <p class="quiet small">${row.description}</p>
          <button type="button" class="button first" onClick=${() => begin(slug)}>${t("begin_debate")}</button>
        </div>
        <h2>${t("members")}</h2>
        ${members.error && html`<${Failed} error=${members.error} again=${members.again} />`}
        ${!members.rows && !members.error && html`<div class="tools"><${Loading} rows=${5} /></div>`}
        <ul class="bare">${(members.rows ?? []).map((member) => html`
          <li class="session"><span class="title">${member.name}</span>${member.enabled ? null : html`<${Tag} word="disabled" />`}<span class="preview">${member.role}</span></li>`)}</ul>
        <h2>${t("debates")}</h2>
        ${past.error && html`<${Failed} error=${past.error} again=${past.again} />`}
        ${list.length === 0 && past.rows && html`<${Empty} title=${t("no_debates")} />`}
        <nav aria-label=${t("debates")}>${list.map((it) => html`
          <a key=${it.debate_id} class="session" href=${to(["councils", slug, it.debate_id])} aria-current=${it.debate_id === debate ? "true" : null}>
            <span class="title" dir="auto">${it.topic}</span><time class="when">${brief(it.created_at)}</time>
            <span class="preview"><${Tag} word=${it.status} /></span>
          </a>`)}</nav>
      </aside>
      <section aria-label=${t("debate")}>
        ${debate ? html`<${Room} key=${debate} id=${debate} slug=${slug} />` : html`<${Empty} title=${t("choose_debate")} text=${t("choose_debate_text")} />`}
      </section>
    </div>
  `;
}

async function begin(slug) {
  // Begun again after an answer that was lost, it is the same debate.
  const ids = new Map();
  const made = await fill({
    title: t("begin_debate"), action: t("begin"),
    fields: [
      { name: "topic", label: t("topic"), type: "area", rows: 4, required: true },
      { name: "rounds", label: t("rounds"), type: "number", value: 2 },
    ],
    save(given) {
      if (!ids.has(given.topic)) ids.set(given.topic, newId());
      return post(`/councils/${part(slug)}/debates`, { topic: given.topic, rounds: Number(given.rounds) || 2, client_message_id: ids.get(given.topic) });
    },
  });
  if (made) go(to(["councils", slug, made.debate_id]));
}

function Room({ id, slug }) {
  const error = useSignal(null);
  const row = debates.rows.value.get(id);
  const read = () => get(`/debates/${part(id)}`).then(({ messages, ...rest }) => debates.put(rest, -1), (problem) => { error.value = problem; });
  useEffect(() => { if (!debates.get(id)) read(); }, [id]);
  if (error.value) return html`<div class="page"><${Failed} error=${error.value} again=${read} /></div>`;
  if (!row) return html`<div class="page"><${Loading} /></div>`;
  const runs = row.status === "running" || row.status === "deferred";
  const synthesize = () => attempt(() => post(`/debates/${part(id)}/synthesize`));
  const stop = () => attempt(() => post(`/debates/${part(id)}/stop`));
  const head = html`
    <a class="button plain icon back" href=${to(["councils", slug])} aria-label=${t("back")}>‹</a>
    <h1 class="grow" dir="auto">${row.topic}</h1>
    <${Tag} word=${row.status} />
    ${runs && html`<span class="small quiet">${t("round_of", { n: row.round, all: row.rounds })}</span>
      <button type="button" class="button tiny" onClick=${synthesize}>${t("synthesize")}</button>
      <button type="button" class="button tiny danger" onClick=${stop}>${t("stop")}</button>`}
  `;
  return html`
    ${row.synthesis && html`<${Synthesis} of=${row.synthesis} />`}
    <${Chat} door=${{ kind: "debate", slug: id }} session=${id} head=${head} readOnly=${runs ? html`<${Join} id=${id} />` : t("debate_over")} />
  `;
}

const Synthesis = ({ of: { recommendation, agreements, disagreements, caveats, absent } }) => html`
  <details class="card" open>
    <summary><strong>${t("recommendation")}</strong></summary>
    <${Text} text=${recommendation} />
    ${[["agreements", agreements], ["disagreements", disagreements], ["caveats", caveats], ["absent", absent]].map(([name, list]) => list.length > 0 && html`
      <h3>${t(name)}</h3><ul>${list.map((line) => html`<li dir="auto">${line}</li>`)}</ul>`)}
  </details>
`;

function Join({ id }) {
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const message = new FormData(form).get("message");
    if (message.trim() && await attempt(() => post(`/debates/${part(id)}/messages`, { message }))) form.reset();
  };
  return html`
    <form onSubmit=${submit}>
      <label class="visually-hidden" for="join">${t("join_debate")}</label>
      <textarea id="join" name="message" rows="1" placeholder=${t("join_debate")}></textarea>
      <button class="button first">${t("send")}</button>
    </form>
  `;
}

