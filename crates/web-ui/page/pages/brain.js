// The brain: whether it is there, what it can, what it costs.

import { html, useEffect } from "../lib/ui.js";
import { get, post } from "../lib/api.js";
import { brain, need } from "../lib/store.js";
import { attempt } from "../lib/toasts.js";
import { full, number } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Read } from "../parts/states.js";

export function Brain() {
  return html`
    <div class="page">
      <header><h1 class="grow">${t("brain")}</h1>
        <button type="button" class="button" onClick=${() => attempt(async () => { brain.value = await post("/brain/probe"); })}>${t("ask_now")}</button>
      </header>
      <${Read} of=${need("brain")} again=${() => need("brain")} rows=${4}><${Status} /><//>
    </div>
  `;
}

function Status() {
  const status = brain.value;
  // What the probe finds has no event of its own everywhere: the status is read again while this page is open.
  useEffect(() => {
    const timer = setInterval(() => get("/brain/status").then((answer) => { brain.value = answer; }, () => {}), 5_000);
    return () => clearInterval(timer);
  }, []);
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
      <p class="quiet small">${status.provider} ${status.version ?? ""} · ${status.base_url}${status.checked_at ? ` · ${full(status.checked_at)}` : ""}</p>
    </section>
    <section class="card"><h2>${t("models")}</h2>
      ${status.available_models.length === 0 ? html`<p class="quiet">${t("no_models")}</p>` : html`<ul class="bare rows">${status.available_models.map((name) => html`
        <li key=${name} class="line"><span class="mono grow">${name}</span>${name === status.active_model && html`<span class="tag good">${t("active")}</span>`}</li>`)}</ul>`}
    </section>
  `;
}
