// One dialog at a time, over everything: a question, a form.

import { html, signal, useEffect, useLayoutEffect, useRef, useSignal } from "../lib/ui.js";
import { toast } from "../lib/toasts.js";
import { t } from "../lib/text.js";

const current = signal(null);

/** Shows it; the promise gives what was chosen, null when it was left. */
export function show(draw) {
  return new Promise((resolve) => {
    current.value?.end(null);
    const mine = {
      draw,
      end(result) {
        resolve(result);
        if (current.value === mine) current.value = null;
      },
    };
    current.value = mine;
  });
}

/** Whether one covers the page: then keys are its own. */
export const isCovered = () => document.querySelector("dialog[open]") !== null;

export const Dialogs = () => current.value && html`<${Dialog} key=${current.value} ...${current.value} />`;

/** Each has an element of its own: what is told of it late, as its closing is, does not touch the next one. */
function Dialog({ draw, end }) {
  const place = useRef(null);
  useLayoutEffect(() => {
    const dialog = place.current;
    dialog.ariaLabel = draw.label ?? dialog.querySelector("h2")?.textContent;
    dialog.showModal();
    return () => {
      if (!dialog.open) return;
      dialog.close();
      // The focus is back where it was, and Chromium has a field take keys only when it gets it anew.
      const back = document.activeElement;
      if (back?.matches("input, textarea")) {
        back.blur();
        back.focus();
      }
    };
  }, []);
  return html`
    <dialog ref=${place} class=${draw.className ?? ""} onClose=${() => end(null)} onClick=${(event) => event.target === place.current && end(null)}>
      ${draw(end)}
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

/**
 * Asks for one or several values, `[{name, label, value, type, options, required}]`, and does with them what `save` does. What is typed
 * stays until that went well; the promise gives what came of it, or true.
 */
export const fill = (asked) => show((end) => html`<${Form} ...${asked} end=${end} />`);

function Form({ title, text, fields, action, save, end }) {
  const error = useSignal(null);
  const busy = useSignal(false);
  const left = useRef(false);
  useEffect(() => () => { left.current = true; }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      end(await save(Object.fromEntries(new FormData(event.target))) ?? true);
    } catch (problem) {
      error.value = problem;
      if (left.current) toast(problem.message, "bad");
    } finally {
      busy.value = false;
    }
  };
  return html`
    <form onSubmit=${submit} aria-busy=${busy.value}>
      <h2>${title}</h2>
      ${text && html`<p class="quiet">${text}</p>`}
      ${fields.map((field, place) => html`<${Field} key=${field.name} ...${field} first=${place === 0} />`)}
      ${error.value && html`<p class="failed" role="alert" dir="auto">${error.value.message}</p>`}
      <div class="actions">
        <button type="button" class="button" onClick=${() => end(null)}>${t("cancel")}</button>
        <button class="button first" disabled=${busy.value}>${action}</button>
      </div>
    </form>
  `;
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
          : html`<input type=${type} defaultValue=${value} autocomplete="off" ...${shared} />`}
    </label>
  `;
}
