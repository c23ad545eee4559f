// The form of a connection. Secrets go in and never come out: of what is kept, only the names are shown.

import { html, useRef, useSignal } from "../lib/ui.js";
import { part, patch, post } from "../lib/api.js";
import { t } from "../lib/text.js";
import { show } from "./dialogs.js";

/** An argument as its line: what a line cannot say stands in quotes, as JSON. */
const lineOf = (argument) => (argument !== argument.trim() || /^$|^"|[\r\n]/.test(argument) ? JSON.stringify(argument) : argument);

/** The arguments of these lines; empty ones are none. */
function argumentsOf(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.map((line) => {
    if (!line.startsWith('"')) return line;
    try {
      return JSON.parse(line);
    } catch {
      throw new Error(t("argument_broken", { line }));
    }
  });
}

/** Asks for a new connection, or for changes of one; gives it as the server has it then. */
export function askConnection(row = null) {
  const draw = (end) => html`<${Form} row=${row} end=${end} />`;
  draw.className = "wide";
  return show(draw);
}

function Form({ row, end }) {
  const transport = useSignal(row?.transport ?? "stdio");
  const error = useSignal(null);
  const busy = useSignal(false);
  const touched = useRef(new Set());
  const bodyOf = (given) => {
    const text = (name) => (given.get(name) ?? "").trim();
    const values = transport.value === "stdio"
      ? { name: text, command: text, args: (name) => argumentsOf(text(name)), directory: (name) => text(name) || null }
      : { name: text, url: text, allow_private: (name) => given.get(name) === "on" };
    const body = {};
    // Of a connection that is there, only what somebody changed.
    for (const [name, value] of Object.entries(values)) if (!row || touched.current.has(name)) body[name] = value(name);
    const secrets = secretsOf(given);
    if (Object.keys(secrets).length) body[transport.value === "stdio" ? "env" : "headers"] = secrets;
    return body;
  };
  const submit = async (event) => {
    event.preventDefault();
    busy.value = true;
    error.value = null;
    try {
      const body = bodyOf(new FormData(event.target));
      if (!row) end(await post("/connections", { ...body, transport: transport.value }));
      else end(Object.keys(body).length ? await patch(`/connections/${part(row.connection_id)}`, body) : row);
    } catch (problem) {
      error.value = problem;
    } finally {
      busy.value = false;
    }
  };
  const isStdio = transport.value === "stdio";
  return html`
    <form onSubmit=${submit} onInput=${({ target }) => touched.current.add(target.name)}>
      <h2>${row ? row.name : t("connection_new")}</h2>
      <label class="field"><span>${t("name")}</span><input type="text" name="name" required maxlength="80" autofocus autocomplete="off" defaultValue=${row?.name ?? ""} /></label>
      ${!row && html`<label class="field"><span>${t("transport")}</span>
        <select onChange=${(event) => { transport.value = event.target.value; }}>
          ${["stdio", "http"].map((name) => html`<option value=${name} selected=${name === transport.value}>${t(`transport_${name}`)}</option>`)}
        </select></label>`}
      ${isStdio
        ? html`
          <label key="command" class="field"><span>${t("command")}</span><input type="text" name="command" class="mono" required autocomplete="off" spellcheck="false" placeholder="npx" defaultValue=${row?.command ?? ""} /></label>
          <label key="args" class="field"><span>${t("command_args")}</span><textarea name="args" class="mono" rows="3" spellcheck="false">${(row?.args ?? []).map(lineOf).join("\n")}</textarea></label>
          <label key="directory" class="field"><span>${t("directory")}</span><input type="text" name="directory" class="mono" autocomplete="off" spellcheck="false" defaultValue=${row?.directory ?? ""} /></label>`
        : html`
          <label key="url" class="field"><span>${t("address")}</span><input type="url" name="url" class="mono" required autocomplete="off" placeholder="https://" defaultValue=${row?.url ?? ""} /></label>
          <label key="allow_private" class="tick"><input type="checkbox" name="allow_private" defaultChecked=${row?.allow_private ?? false} /><span>${t("allow_private")}</span></label>`}
      <${Secrets} key=${transport.value} title=${isStdio ? t("environment") : t("http_headers")} known=${(isStdio ? row?.env : row?.headers) ?? []} />
      ${error.value && html`<p class="failed" role="alert" dir="auto">${error.value.message}</p>`}
      <div class="actions">
        <button type="button" class="button" onClick=${() => end(null)}>${t("cancel")}</button>
        <button class="button first" disabled=${busy.value}>${row ? t("save") : t("connect")}</button>
      </div>
    </form>
  `;
}

/** What is set of the secrets: a value for a name, null for one that goes. What is left empty stays as it is. */
function secretsOf(given) {
  const secrets = {};
  for (const [field, value] of given) {
    const [kind, name] = [field.slice(0, field.indexOf(":")), field.slice(field.indexOf(":") + 1)];
    if (kind === "value" && value) secrets[name] = value;
    if (kind === "gone") secrets[name] = null;
  }
  const names = given.getAll("new-name");
  const values = given.getAll("new-value");
  names.forEach((name, place) => { if (name.trim()) secrets[name.trim()] = values[place]; });
  return secrets;
}

function Secrets({ title, known }) {
  const fresh = useSignal([]);
  const gone = useSignal([]);
  return html`
    <fieldset class="secrets">
      <legend>${title}</legend>
      <p class="quiet small">${t("secrets_text")}</p>
      ${known.map((name) => gone.value.includes(name)
        ? html`<p class="line" key=${name}><s class="mono grow">${name}</s><input type="hidden" name=${`gone:${name}`} value="1" />
            <button type="button" class="button tiny" onClick=${() => { gone.value = gone.value.filter((other) => other !== name); }}>${t("undo")}</button></p>`
        : html`<div class="line" key=${name}><label class="mono grow" for=${`value:${name}`}>${name}</label>
            <input type="password" id=${`value:${name}`} name=${`value:${name}`} autocomplete="off" placeholder=${t("secret_kept")} />
            <button type="button" class="button tiny" onClick=${() => { gone.value = [...gone.value, name]; }}>${t("take_away")}</button></div>`)}
      ${fresh.value.map((id) => html`<div class="line" key=${id}>
        <input type="text" class="mono" name="new-name" autocomplete="off" spellcheck="false" aria-label=${t("name")} placeholder=${t("name")} />
        <input type="password" name="new-value" autocomplete="off" aria-label=${t("value")} placeholder=${t("value")} />
        <button type="button" class="button tiny" onClick=${() => { fresh.value = fresh.value.filter((other) => other !== id); }}>${t("take_away")}</button></div>`)}
      <button type="button" class="button tiny" onClick=${() => { fresh.value = [...fresh.value, (fresh.value.at(-1) ?? 0) + 1]; }}>${t("secret_add")}</button>
    </fieldset>
  `;
}
