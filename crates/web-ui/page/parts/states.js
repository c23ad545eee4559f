// What stands where something is not there: yet, at all, or because it went wrong.

import { html } from "../lib/ui.js";
import { t } from "../lib/text.js";

export const Loading = ({ rows = 6 }) => html`
  <div class="skeleton" role="status"><span class="visually-hidden">${t("loading")}</span>${Array.from({ length: rows }, () => html`<i></i>`)}</div>
`;

export const Empty = ({ title, text, children }) => html`
  <div class="empty"><h2>${title}</h2>${text && html`<p>${text}</p>`}${children}</div>
`;

export const Failed = ({ error, again }) => html`
  <div class="failed" role="alert">
    <p class="grow">${error.message}</p>
    ${again && html`<button type="button" class="button" onClick=${again}>${t("try_again")}</button>`}
  </div>
`;

/** The view of something that is read: its skeleton, its failure, or itself. */
export function Read({ of: state, again, rows, children }) {
  const { ready, error } = state.value;
  if (error) return html`<${Failed} error=${error} again=${again} />`;
  return ready ? children : html`<${Loading} rows=${rows} />`;
}
