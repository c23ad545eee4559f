// Events as lines that people read.

import { html } from "../lib/ui.js";
import { clock, full } from "../lib/time.js";
import { t } from "../lib/text.js";
import { to } from "../lib/router.js";

/** What an event is about, and where to look at it. */
function subject({ entity_type: type, entity_id: id, payload }) {
  switch (type) {
    case "chat": return [payload?.title ?? payload?.speaker?.name ?? payload?.tool ?? id, to(["office", payload?.session_id ?? id])];
    case "department": return [payload?.name ?? id, to(["departments", id])];
    case "agent": return [payload?.name ?? id, to(["agents", id])];
    case "task": return [payload?.title ?? id, to(["tasks", id])];
    case "council": return [payload?.topic ?? payload?.name ?? id, to(["councils", id])];
    case "connection": return [payload?.name ?? id, to(["connections", id])];
    case "voice": return [payload?.name ?? payload?.scope_id ?? "Daena", to(["settings"])];
    case "brain": return [payload?.name ?? payload?.active_model ?? "", to(["brain"])];
    default: return [payload?.key ?? payload?.name ?? "", to(["founder"])];
  }
}

export const Events = ({ events, empty }) => events.length === 0
  ? html`<p class="quiet">${empty}</p>`
  : html`
    <ol class="bare rows">
      ${events.map((event) => {
        const [name, address] = subject(event);
        return html`
          <li key=${event.event_id} class="line">
            <time class="quiet small" datetime=${event.timestamp} title=${full(event.timestamp)}>${clock(event.timestamp)}</time>
            <span class="mono small">${event.event_type ?? event.action}</span>
            <a class="name small grow" href=${address} dir="auto">${name || t("look")}</a>
          </li>
        `;
      })}
    </ol>
  `;
