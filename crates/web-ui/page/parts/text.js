// A text of the company: Markdown, safe, drawn as it grows.

import { html, useEffect, useMemo, useState } from "../lib/ui.js";
import { blocks, coloured, growing as grows } from "../lib/markdown.js";
import { toast } from "../lib/toasts.js";
import { t } from "../lib/text.js";
import { IconButton } from "./icons.js";

/** `growing`: the end is still coming. */
export function Text({ text, growing = false }) {
  const read = useMemo(() => (growing ? grows() : blocks), [growing]);
  const drawn = useMemo(() => read(text), [text, read]);
  return html`
    <div class=${`text${growing ? " growing" : ""}`} dir="auto">
      ${drawn.map(({ code, html: markup }, place) => code
        ? html`<${Code} key=${place} ...${code} growing=${growing && place === drawn.length - 1} />`
        : html`<div key=${place} dangerouslySetInnerHTML=${{ __html: markup }}></div>`)}
    </div>
  `;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(t("not_copied"), "bad");
  }
}

function Code({ lang, text, growing }) {
  const [markup, setMarkup] = useState(null);
  useEffect(() => {
    if (growing || !lang || text.length > 60_000) return undefined;
    let wanted = true;
    coloured(text, lang).then((made) => wanted && setMarkup(made), () => {});
    return () => { wanted = false; };
  }, [text, lang, growing]);
  return html`
    <div class="code">
      <div class="bar">${lang && html`<span>${lang}</span>`}<${IconButton} icon="copy" tiny name=${t("copy_code")} onClick=${() => copy(text)} /></div>
      <pre tabindex="0">${markup
        ? html`<code dangerouslySetInnerHTML=${{ __html: markup }}></code>`
        : html`<code>${text}</code>`}</pre>
    </div>
  `;
}
