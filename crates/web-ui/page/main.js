// The beginning: the frame, the page that the address names, and the line to the server.

import { effect, html, render, useEffect } from "./lib/ui.js";
import { connect, era, link } from "./lib/live.js";
import { forget, need } from "./lib/store.js";
import { route } from "./lib/router.js";
import { language, t } from "./lib/text.js";
import { applyTheme } from "./lib/theme.js";
import { Shell } from "./parts/shell.js";
import { lazy } from "./parts/lazy.js";
import { listenForKeys } from "./parts/palette.js";
import { Home } from "./pages/home.js";
import { Office } from "./pages/office.js";
import { Departments } from "./pages/departments.js";
import { Agents } from "./pages/agents.js";
import { Councils } from "./pages/councils.js";
import { Tasks } from "./pages/tasks.js";
import { Activity } from "./pages/activity.js";
import { Brain } from "./pages/brain.js";
import { Founder } from "./pages/founder.js";
import { Settings } from "./pages/settings.js";

const PAGES = {
  home: Home, office: Office, departments: Departments, agents: Agents, councils: Councils, tasks: Tasks,
  activity: Activity, brain: Brain, founder: Founder, settings: Settings,
  connections: lazy(() => import("./pages/connections.js"), "Connections"),
  approvals: lazy(() => import("./pages/approvals.js"), "Approvals"),
  call: lazy(() => import("./pages/call.js"), "Call"),
};

function App() {
  const { path } = route.value;
  const name = path[0] ?? "home";
  const Page = Object.hasOwn(PAGES, name) ? PAGES[name] : null;
  useEffect(() => { document.title = name === "home" ? "Daena" : `${t(Page ? name : "nowhere")} · Daena`; }, [name, language.value]);
  if (link.value === "connecting" && era.value === 0) return html`<p class="boot">Daena</p>`;
  // An era begins when everything known has to be read anew; language changes every word.
  return html`
    <${Shell} key=${language.value}>
      ${Page
        ? html`<${Page} key=${`${era.value}:${name}`} path=${path.slice(1)} query=${route.value.query} />`
        : html`<div class="page"><h1>${t("nowhere")}</h1><p>${t("nowhere_text")}</p></div>`}
    <//>
  `;
}

let known = era.value;
effect(() => {
  if (era.value !== known) {
    known = era.value;
    forget();
    need("brain");
    need("approvals");
  }
});

applyTheme();
listenForKeys();
render(html`<${App} />`, document.getElementById("app"));
connect();

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(() => { /* a page without a shelf still works */ });
}

// A page that never gets through shows what it knows; the brain is asked for once the line stands.
link.subscribe((state) => { if (state === "live") { need("brain"); need("approvals"); } });
