// The brain: whether it is there, the models it has, what they use up.

import { html, useEffect, useRef, useSignal } from "../lib/ui.js";
import { get, post, remove } from "../lib/api.js";
import { useFreshSums } from "../lib/fresh.js";
import { on } from "../lib/live.js";
import { brain, need, readAll } from "../lib/store.js";
import { attempt, toast } from "../lib/toasts.js";
import { date, eachDay, full, number, seconds, size } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Chart } from "../parts/chart.js";
import { confirm, fill, show } from "../parts/dialogs.js";
import { Empty, Failed, Loading, Read } from "../parts/states.js";

export const Brain = () => html`
  <div class="page">
    <header><h1 class="grow">${t("brain")}</h1>
      <button type="button" class="button" onClick=${() => attempt(async () => { brain.value = await post("/brain/probe"); })}>${t("ask_now")}</button>
    </header>
    <${Read} of=${need("brain")} again=${() => need("brain")} rows=${4}><${Status} /><//>
    <${Models} />
    <${UsageOf} />
  </div>
`;

/** Reads again when an event of this kind is heard. */
function useFresh(read, kind) {
  useEffect(() => {
    read();
    return on("event", ({ event_type: type }) => { if (type.startsWith(kind)) read(); });
  }, []);
}

function Status() {
  const status = brain.value;
  useFresh(() => get("/brain/status").then((answer) => { brain.value = answer; }, () => {}), "brain.");
  if (!status) return null;
  return html`
    <section class="card">
      <div class="line"><i class=${`dot ${status.connected ? "good" : "bad"}`}></i><h2 class="grow">${status.connected ? t("brain_there") : t("brain_offline")}</h2><span class="tag">${status.routing}</span></div>
      ${status.error && html`<p class="failed">${status.error}</p>`}
      <dl class="numbers">
        <div><dt>${t("model")}</dt><dd>${status.active_model ?? "–"}</dd></div>
        <div><dt>${t("latency")}</dt><dd>${status.latency_ms === null ? "–" : `${number(status.latency_ms)} ms`}</dd></div>
        <div><dt>${t("running_replies")}</dt><dd>${number(status.running_replies)}</dd></div>
        <div><dt>${t("deferred_replies")}</dt><dd>${number(status.deferred_replies)}</dd></div>
      </dl>
      <ul class="bare rows">${(status.providers ?? []).map((provider) => html`
        <li key=${provider.name} class="line"><i class=${`dot ${provider.connected ? "good" : "bad"}`}></i><span class="name">${provider.name}</span>
          <span class="tag">${provider.kind}</span><span class="small quiet grow">${provider.wire} ${provider.version ?? ""} · ${provider.base_url}${provider.error ? ` · ${provider.error}` : ""}</span>
          ${provider.circuit !== "closed" && html`<span class="tag bad">${t(`circuit_${provider.circuit}`)}</span>`}</li>`)}</ul>
      ${status.checked_at && html`<p class="quiet small">${t("checked", { when: full(status.checked_at) })}</p>`}
    </section>
  `;
}

function Models() {
  const models = useSignal({ rows: null, error: null });
  const read = () => readAll("/brain/models", "models").then(({ rows }) => { models.value = { rows, error: null }; }, (error) => { models.value = { rows: models.value.rows, error }; });
  useFresh(read, "brain.");
  const { rows, error } = models.value;
  const select = (name) => attempt(() => post("/brain/models/select", { name }), t("selected"));
  const unload = (row) => attempt(() => post("/brain/models/unload", { name: row.name, provider: row.provider }), t("unloaded"));
  const drop = async (row) => {
    if (await confirm({ title: t("delete_model"), text: row.name, action: t("delete") })) await attempt(() => remove("/brain/models", { name: row.name, provider: row.provider }), t("deleted"));
  };
  return html`
    <section class="card">
      <div class="line"><h2 class="grow">${t("models")}</h2><button type="button" class="button" onClick=${fetchModel}>${t("pull")}</button></div>
      <${Pulls} />
      ${error && html`<${Failed} error=${error} again=${read} />`}
      ${!rows && !error && html`<${Loading} rows=${3} />`}
      ${rows?.length === 0 && html`<${Empty} title=${t("no_models")} />`}
      ${rows?.length > 0 && html`<div class="scroll-x" tabindex="0" role="region" aria-label=${t("models")}><table>
        <thead><tr><th>${t("name")}</th><th>${t("provider")}</th><th class="number">${t("size")}</th><th>${t("kind")}</th><th class="number">${t("context")}</th><th><span class="visually-hidden">${t("what_to_do")}</span></th></tr></thead>
        <tbody>${rows.map((row) => html`
          <tr key=${`${row.provider}:${row.name}`}>
            <td class="mono">${row.name} ${row.active && html`<span class="tag good">${t("active")}</span>`} ${row.loaded && html`<span class="tag">${t("loaded")}</span>`}</td>
            <td>${row.provider}</td><td class="number nowrap">${size(row.size_bytes)}</td>
            <td class="small">${[row.family, row.parameter_size, row.quantization].filter(Boolean).join(" · ") || "–"}</td>
            <td class="number">${row.context_length ? number(row.context_length) : "–"}</td>
            <td><span class="line">
              ${!row.active && html`<button type="button" class="button tiny" onClick=${() => select(row.name)}>${t("select")}</button>`}
              <button type="button" class="button tiny" onClick=${() => test(row.name)}>${t("test")}</button>
              ${row.loaded && html`<button type="button" class="button tiny" onClick=${() => unload(row)}>${t("unload")}</button>`}
              ${!row.active && row.kind === "local" && html`<button type="button" class="button tiny danger" onClick=${() => drop(row)}>${t("delete")}</button>`}
            </span></td>
          </tr>`)}</tbody>
      </table></div>`}
    </section>
  `;
}

async function fetchModel() {
  const pulls = await fill({
    title: t("pull"), text: t("pull_text"), action: t("pull"), fields: [{ name: "name", label: t("name"), required: true, placeholder: "llama3.2:3b" }],
    save: ({ name }) => post("/brain/models/pull", { name: name.trim() }),
  });
  if (pulls) toast(t("pull_begun"));
}

/** What a model says to a short question, measured. */
async function test(name) {
  toast(t("test_runs", { name }));
  try {
    const made = await post("/brain/test", { model: name });
    await show((end) => html`
      <div class="stack">
        <h2>${made.model}</h2>
        <dl class="numbers">
          <div><dt>${t("first_token")}</dt><dd>${seconds(made.first_token_ms)}</dd></div>
          <div><dt>${t("speed")}</dt><dd>${made.tokens_per_second === null ? "–" : t("per_second", { n: number(made.tokens_per_second, 1) })}</dd></div>
        </dl>
        <p dir="auto" class="text plain">${made.text}</p>
        <div class="actions"><button type="button" class="button" autofocus onClick=${() => end(null)}>${t("close")}</button></div>
      </div>`);
  } catch (problem) {
    toast(problem.message, "bad");
  }
}

function Pulls() {
  const pulls = useSignal([]);
  // How far each is, told at times before the list has it.
  const reached = useSignal({});
  const read = () => {
    const before = reached.value;
    return get("/brain/models/pulls", { limit: 5 }).then((answer) => {
      pulls.value = answer.pulls;
      // What was told before it was asked for, it knows better.
      reached.value = Object.fromEntries(Object.entries(reached.value).filter(([pull, told]) => before[pull] !== told));
    }, () => {});
  };
  useFresh(read, "brain.");
  useEffect(() => on("progress", (told) => {
    if (told.pull_id) reached.value = { ...reached.value, [told.pull_id]: told };
  }), []);
  // The newest is first: one that failed and was tried again is told by what came of that.
  const isLast = (pull, at) => pulls.value.findIndex((other) => other.name === pull.name && other.provider === pull.provider) === at;
  const shown = pulls.value.filter((pull, at) => pull.status === "running" || (pull.status === "failed" && isLast(pull, at)))
    .map((pull) => (pull.status === "running" ? { ...pull, ...reached.value[pull.pull_id] } : pull));
  return shown.length > 0 && html`
    <ul class="bare rows">${shown.map((pull) => html`
      <li key=${pull.pull_id} class="stack">
        <span class="line"><span class="mono grow">${pull.name}</span>
          ${pull.status === "running"
            ? html`<button type="button" class="button tiny" onClick=${() => attempt(() => post(`/brain/models/pulls/${encodeURIComponent(pull.pull_id)}/cancel`))}>${t("cancel")}</button>`
            : html`<span class="tag bad">${t("is_failed")}</span><button type="button" class="button tiny" onClick=${() => attempt(() => post("/brain/models/pull", { name: pull.name, provider: pull.provider }))}>${t("try_again")}</button>`}
        </span>
        ${pull.status === "running" && html`<progress max="100" value=${pull.percent ?? null} aria-label=${pull.name}></progress>
          <span class="small quiet">${[pull.doing, pull.total_bytes ? `${size(pull.completed_bytes)} / ${size(pull.total_bytes)}` : null,
            pull.bytes_per_second ? `${size(pull.bytes_per_second)}/s` : null, pull.seconds_left !== null && pull.seconds_left !== undefined ? t("seconds_left", { n: number(pull.seconds_left) }) : null].filter(Boolean).join(" · ")}</span>`}
        ${pull.error && html`<span class="small quiet">${pull.error}</span>`}
      </li>`)}</ul>
  `;
}

/** What asking models used up: as the server summed it. */
function UsageOf() {
  const by = useSignal("model");
  const usage = useSignal({ days: null, groups: null, kind: null, error: null });
  const asked = useRef(0);
  const read = async () => {
    const turn = (asked.current += 1);
    const kind = by.value;
    let now;
    try {
      const [days, groups] = await Promise.all([get("/brain/usage", { days: 30, group_by: "day" }), get("/brain/usage", { days: 30, group_by: kind })]);
      now = { days, groups, kind, error: null };
    } catch (error) {
      now = { ...usage.value, error };
    }
    // Answers may overtake each other.
    if (turn === asked.current) usage.value = now;
  };
  useEffect(() => { if (usage.value.days) read(); }, [by.value]);
  useFreshSums(read);
  const { days, groups, kind, error } = usage.value;
  if (error && !days) return html`<${Failed} error=${error} again=${read} />`;
  if (!days) return html`<${Loading} rows=${4} />`;
  const money = (cost) => (cost ? `${number(cost.micros / 1_000_000, 4)} ${cost.currency}` : "–");
  return html`
    <section class="card">
      <div class="line"><h2 class="grow">${t("usage")}</h2>
        <label class="visually-hidden" for="by">${t("group_by")}</label>
        <select id="by" onChange=${(event) => { by.value = event.target.value; }}>${["model", "agent", "department", "provider"].map((name) => html`<option value=${name} selected=${name === by.value}>${t(`by_${name}`)}</option>`)}</select>
      </div>
      ${error && html`<${Failed} error=${error} again=${read} />`}
      ${groups.budgets.map((budget) => html`
        <p key=${budget.name} class="stack"><span class="small">${t(`budget_${budget.name}`)}: ${budget.currency ? money({ micros: budget.used, currency: budget.currency }) : number(budget.used)} / ${budget.currency ? money({ micros: budget.limit, currency: budget.currency }) : number(budget.limit)}</span>
          <progress max=${budget.limit} value=${Math.min(budget.used, budget.limit)} aria-label=${t(`budget_${budget.name}`)}></progress></p>`)}
      <${UsageByDay} days=${days} money=${money} />
      <div class="scroll-x" tabindex="0" role="region" aria-label=${t("usage")}><table>
        <thead><tr><th>${t(`by_${kind}`)}</th><th class="number">${t("calls")}</th><th class="number">${t("prompt_tokens")}</th><th class="number">${t("answer_tokens")}</th><th class="number">${t("speed")}</th><th class="number">${t("cost")}</th></tr></thead>
        <tbody>${groups.groups.map((row) => html`<tr key=${row.key}><td class="mono">${row.key ?? "–"}</td><td class="number">${number(row.calls)}</td><td class="number">${number(row.prompt_tokens)}</td><td class="number">${number(row.completion_tokens)}</td><td class="number">${row.tokens_per_second === null ? "–" : t("per_second", { n: number(row.tokens_per_second, 1) })}</td><td class="number">${money(row.cost)}</td></tr>`)}</tbody>
      </table></div>
    </section>
  `;
}

/** Tokens, calls or cost, a bar for each day: a day without any has none. */
function UsageByDay({ days, money }) {
  const shown = useSignal("tokens");
  const rows = new Map(days.groups.map((row) => [row.key, row]));
  const all = eachDay(days.from, days.to);
  const of = (name) => all.map((day) => rows.get(day)?.[name] ?? 0);
  const { currency } = days.groups.find((row) => row.cost)?.cost ?? {};
  const measures = {
    tokens: { series: [{ name: t("answer_tokens"), values: of("completion_tokens") }, { name: t("prompt_tokens"), values: of("prompt_tokens") }] },
    calls: { series: [{ name: t("calls"), values: of("calls") }] },
    ...(currency && {
      cost: { whole: false, show: (micros) => money({ micros, currency }), series: [{ name: t("cost"), values: all.map((day) => rows.get(day)?.cost?.micros ?? 0) }] },
    }),
  };
  const name = measures[shown.value] ? shown.value : "tokens";
  return html`
    <div class="switcher" role="group" aria-label=${t("measure")}>${Object.keys(measures).map((measure) => html`
      <button type="button" key=${measure} aria-pressed=${measure === name} onClick=${() => { shown.value = measure; }}>${t(`measure_${measure}`)}</button>`)}</div>
    <${Chart} key=${name} label=${t(`${name}_by_day`)} names=${all.map(date)} ...${measures[name]} />
  `;
}
