// One dialog at a time, over everything: a question, a form.

import { html, signal, useEffect, useRef } from "../lib/ui.js";
import { t } from "../lib/text.js";

const current = signal(null);

/** Shows it; the promise gives what was chosen, null when it was left. */
export function show(draw) {
  return new Promise((resolve) => {
    current.value?.resolve(null);
    current.value = { draw, resolve };
  });
}

function leave(result) {
  current.value?.resolve(result);
  current.value = null;
}

export function Dialogs() {
  const place = useRef(null);
  const shown = current.value;
  useEffect(() => {
    const dialog = place.current;
    if (shown && !dialog.open) dialog.showModal();
    if (shown || !dialog.open) return;
    dialog.close();
    // The focus is back where it was, and Chromium has a field take keys only when it gets it anew.
    const back = document.activeElement;
    if (back?.matches("input, textarea")) {
      back.blur();
      back.focus();
    }
  }, [shown]);
  return html`
    <dialog ref=${place} class=${shown?.draw.className ?? ""} onClose=${() => leave(null)} onClick=${(event) => event.target === place.current && leave(null)}>
      ${shown && shown.draw(leave)}
    </dialog>
  `;
}

/** Asks before something is destroyed. `word`: what has to be written first. */
export function confirm({ title, text, action, word }) {
  const draw = (end) => {
    const submit = (event) => {
      event.preventDefault();
      if (!word || new FormData(event.target).get("word") === word) end(true);
    };
    return html`
      <form onSubmit=${submit}>
        <h2>${title}</h2>
        <p>${text}</p>
        ${word && html`<label class="field"><span>${t("write_to_confirm", { word })}</span><input type="text" name="word" autocomplete="off" autofocus /></label>`}
        <div class="actions">
          <button type="button" class="button" onClick=${() => end(null)}>${t("cancel")}</button>
          <button class="button danger first" autofocus=${!word}>${action}</button>
        </div>
      </form>
    `;
  };
  return show(draw);
}

/** Asks for one or several values: `[{name, label, value, type, options, required}]`. */
export function fill({ title, text, fields, action }) {
  const draw = (end) => {
    const submit = (event) => {
      event.preventDefault();
      end(Object.fromEntries(new FormData(event.target)));
    };
    return html`
      <form onSubmit=${submit}>
        <h2>${title}</h2>
        ${text && html`<p class="quiet">${text}</p>`}
        ${fields.map((field, place) => html`<${Field} ...${field} first=${place === 0} />`)}
        <div class="actions">
          <button type="button" class="button" onClick=${() => end(null)}>${t("cancel")}</button>
          <button class="button first">${action}</button>
        </div>
      </form>
    `;
  };
  return show(draw);
}

function Field({ name, label, value = "", type = "text", options, required, first, rows, placeholder }) {
  const shared = { name, required, autofocus: first, placeholder };
  return html`
    <label class="field">
      <span>${label}</span>
      ${options
        ? html`<select ...${shared}>${options.map(([id, text]) => html`<option value=${id} selected=${id === value}>${text}</option>`)}</select>`
        : type === "area"
          ? html`<textarea rows=${rows ?? 5} ...${shared}>${value}</textarea>`
          : html`<input type=${type} value=${value} autocomplete="off" ...${shared} />`}
    </label>
  `;
}
