// The frame around every page.

import { html, useEffect, useRef, useState } from "../lib/ui.js";
import { link, connectNow, nextAttempt } from "../lib/live.js";
import { refused, setToken } from "../lib/api.js";
import { approvals, brain } from "../lib/store.js";
import { route, to } from "../lib/router.js";
import { dismiss, spoken, toasts } from "../lib/toasts.js";
import { number } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Icon, IconButton } from "./icons.js";
import { Dialogs } from "./dialogs.js";

export const PAGES = ["home", "office", "departments", "agents", "councils", "tasks", "activity", "brain", "connections", "approvals", "founder", "settings"];

export const Shell = ({ children }) => html`
  <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.querySelector("main").focus(); }}>${t("skip")}</a>
  <div class="shell">
    <${Rail} />
    <main id="main" tabindex="-1"><${Notices} />${children}</main>
  </div>
  <${Toasts} />
  <${Dialogs} />
  <p class="visually-hidden" aria-live="polite">${spoken.value}</p>
`;

function Rail() {
  const here = route.value.path[0] ?? "home";
  const rail = useRef(null);
  // On a small screen the pages are a row that is wider than it.
  useEffect(() => { rail.current.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); }, [here]);
  return html`
    <header class="rail" ref=${rail}>
      <a class="brand" href=${to([])}><${Icon} name="home" /><span>Daena</span></a>
      <nav aria-label=${t("pages")}>
        ${PAGES.map((name) => html`
          <a href=${to(name === "home" ? [] : [name])} aria-current=${here === name ? "page" : null} title=${t(name)}>
            <${Icon} name=${name} /><span>${t(name)}</span>
            ${name === "approvals" && approvals.list.value.length > 0 && html`<b class="badge" aria-label=${t("approvals_n", { n: number(approvals.list.value.length) })}>${number(approvals.list.value.length)}</b>`}
          </a>
        `)}
      </nav>
      <div class="foot"><${Link} /><${Brain} /></div>
    </header>
  `;
}

/** Whether this page hears the server. */
function Link() {
  const state = link.value;
  const [kind, text] = {
    live: ["good", t("link_live")],
    connecting: ["busy", t("link_connecting")],
    away: ["bad", t("link_away")],
    refused: ["bad", t("link_refused")],
  }[state];
  return html`<span class="pill" role="status" title=${text}><i class=${`dot ${kind}`}></i><span class="text">${text}</span></span>`;
}

/** Whether the model side is there. */
function Brain() {
  const status = brain.value;
  if (!status) return null;
  const text = status.connected ? status.active_model ?? t("brain_no_model") : t("brain_offline");
  return html`<a class="pill" href=${to(["brain"])} title=${text}><i class=${`dot ${status.connected ? "good" : "bad"}`}></i><span class="text">${text}</span></a>`;
}

function Notices() {
  if (refused.value) return html`<${AskToken} />`;
  if (link.value === "away") return html`<${Away} />`;
  const status = brain.value;
  if (status && !status.connected) {
    const waits = status.deferred_replies ? t("brain_waits", { n: number(status.deferred_replies) }) : t("brain_kept");
    return html`<p class="notice"><i class="dot bad"></i><span class="grow">${t("brain_away")} ${waits}</span><a href=${to(["brain"])}>${t("look")}</a></p>`;
  }
  return null;
}

function Away() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((nextAttempt.value - now) / 1000));
  return html`
    <p class="notice bad"><i class="dot bad"></i>
      <span class="grow"><span role="alert">${t("away")}</span> ${seconds > 0 ? t("away_next", { n: seconds }) : t("away_trying")}</span>
      <button type="button" class="button tiny" onClick=${connectNow}>${t("try_now")}</button>
    </p>
  `;
}

function AskToken() {
  const submit = (event) => {
    event.preventDefault();
    setToken(new FormData(event.target).get("token").trim());
    location.reload();
  };
  return html`
    <form class="notice bad" onSubmit=${submit}>
      <label class="grow" for="token">${t("token_wanted")}</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required />
      <button class="button first">${t("use_token")}</button>
    </form>
  `;
}

const Toasts = () => html`
  <div class="toasts" role="status">
    ${toasts.value.map(({ id, text, kind, action }) => html`
      <div key=${id} class=${`toast ${kind}`}>
        <p>${text}</p>
        ${action && html`<button type="button" class="button tiny" onClick=${() => { action.run(); dismiss(id); }}>${action.text}</button>`}
        <${IconButton} icon="close" tiny name=${t("close")} onClick=${() => dismiss(id)} />
      </div>
    `)}
  </div>
`;
