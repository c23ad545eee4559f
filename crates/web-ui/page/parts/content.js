// What a tool gave back, as MCP has it: text as text, pictures only of kinds that cannot do anything.

import { html } from "../lib/ui.js";
import { t } from "../lib/text.js";
import { Block } from "./toolcards.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

function Piece({ piece }) {
  const { type } = piece ?? {};
  if (type === "text") return html`<${Block} name=${t("content_text")} text=${String(piece.text ?? "")} none=${t("call_said_nothing")} />`;
  const data = piece?.data;
  if (type === "image" && PICTURES.includes(piece.mimeType) && /^[A-Za-z0-9+/]+=*$/.test(data ?? "")) {
    return html`<div class="block"><p class="quiet small">${piece.mimeType}</p><img src=${`data:${piece.mimeType};base64,${data}`} alt=${t("content_picture")} /></div>`;
  }
  if (type === "image" || type === "audio") return html`<p class="quiet small">${t("content_unshown", { type: piece.mimeType ?? type })}</p>`;
  return html`<${Block} name=${type ?? "?"} text=${JSON.stringify(piece, null, 2)} none="" />`;
}

export const Content = ({ content }) => html`
  <div class="stack">
    ${content.length === 0 && html`<p class="quiet">${t("call_said_nothing")}</p>`}
    ${content.map((piece, place) => html`<${Piece} key=${place} piece=${piece} />`)}
  </div>
`;
