// Keys, the sheet that explains them, and the palette: everything by name.

import { html, useRef, useState } from "../lib/ui.js";
import { agents, councils, departments, need, sessions } from "../lib/store.js";
import { go, to } from "../lib/router.js";
import { t } from "../lib/text.js";
import { isCovered, show } from "./dialogs.js";
import { Icon } from "./icons.js";
import { PAGES } from "./shell.js";
import { talkKey } from "./talk.js";

const GO = { h: "home", o: "office", d: "departments", a: "agents", c: "councils", t: "tasks", v: "activity", b: "brain", x: "connections", p: "approvals", f: "founder", s: "settings" };

let pending = null;

export function listenForKeys() {
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!isCovered()) palette();
      return;
    }
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (writing || isCovered() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (pending === "g" && GO[event.key]) go(to(GO[event.key] === "home" ? [] : [GO[event.key]]));
    else if (event.key === "n") go(to(["office"], { new: 1 }));
    else if (event.key === "/") { event.preventDefault(); palette(); }
    else if (event.key === "?") help();
    pending = event.key === "g" ? "g" : null;
  });
}

const isCalled = (name, wanted) => wanted.split(/\s+/).every((word) => name.toLowerCase().includes(word));

function entries() {
  return [
    ...PAGES.map((name) => ({ icon: name, name: t(name), address: to(name === "home" ? [] : [name]) })),
    { icon: "call", name: t("call_with", { name: "Daena" }), address: to(["call", "daena"]) },
    { icon: "plus", name: t("new_chat"), address: to(["office"], { new: 1 }) },
    ...departments.list.value.map((row) => ({ icon: "departments", name: row.name, address: to(["departments", row.slug]) })),
    ...agents.list.value.map((row) => ({ icon: "agents", name: `${row.name} · ${row.role}`, address: to(["agents", row.slug]) })),
    ...councils.list.value.map((row) => ({ icon: "councils", name: row.name, address: to(["councils", row.slug]) })),
    ...sessions.list.value.filter((row) => !row.deleted_at).slice(0, 200).map((row) => ({ icon: "office", name: row.title || t("untitled"), address: to(["office", row.session_id]) })),
  ];
}

export async function palette() {
  for (const name of ["departments", "agents", "councils"]) need(name);
  const draw = (end) => html`<${Palette} end=${end} />`;
  Object.assign(draw, { className: "palette", label: t("go_to") });
  const address = await show(draw);
  if (address) go(address);
}

function Palette({ end }) {
  const [wanted, setWanted] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef(null);
  const found = entries().filter((entry) => isCalled(entry.name, wanted.toLowerCase().trim())).slice(0, 30);
  const search = wanted.trim() ? [{ icon: "search", name: t("search_for", { text: wanted.trim() }), address: to(["office"], { q: wanted.trim() }) }] : [];
  const all = [...found, ...search];
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = (place + step + all.length) % all.length;
      setPlace(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && all[place]) {
      event.preventDefault();
      end(all[place].address);
    }
  };
  return html`
    <input type="text" role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant=${all[place] ? `found-${place}` : null}
      aria-label=${t("go_to")} placeholder=${t("go_to")} autofocus value=${wanted} onKeyDown=${keys}
      onInput=${(event) => { setWanted(event.target.value); setPlace(0); }} />
    <ul class="bare" role="listbox" id="found" ref=${list} aria-label=${t("go_to")}>
      ${all.map((entry, number) => html`
        <li role="option" id=${`found-${number}`} aria-selected=${number === place} onClick=${() => end(entry.address)}><${Icon} name=${entry.icon} /><span>${entry.name}</span></li>
      `)}
    </ul>
  `;
}

export function help() {
  const rows = [["Ctrl K  /", t("go_to")], ["n", t("new_chat")], ["?", t("keys")], ...Object.entries(GO).map(([key, name]) => [`g ${key}`, t(name)]),
    [t(`talk_key_${talkKey.value}`), t("talk_button")], ["Enter", t("send")], ["Shift Enter", t("new_line")], ["Esc", t("close")]];
  return show((end) => html`
    <div class="stack">
      <h2>${t("keys")}</h2>
      <table><tbody>${rows.map(([key, text]) => html`<tr><td class="mono">${key}</td><td>${text}</td></tr>`)}</tbody></table>
      <div class="actions"><button type="button" class="button" autofocus onClick=${() => end(null)}>${t("close")}</button></div>
    </div>
  `);
}
