// A message on its way.

import { html } from "../lib/ui.js";
import { discard, sendAgain } from "../lib/outbox.js";
import { t } from "../lib/text.js";

/** A message that the server has not acknowledged yet. */
export const Outgoing = ({ entry }) => html`
  <li class="message user">
    <p class="by"><strong>${t("you")}</strong>${entry.sending ? html`<span class="quiet small">${t("sending")}</span>` : null}</p>
    <div class="body"><div class="text plain" dir="auto">${entry.text}</div></div>
    ${!entry.sending && html`<p class="trouble">
      <span>${entry.error ?? t("not_sent")}</span>
      <button type="button" class="button tiny" onClick=${() => sendAgain(entry)}>${t("send_again")}</button>
      <button type="button" class="button tiny" onClick=${() => discard(entry)}>${t("discard")}</button>
    </p>`}
  </li>
`;
