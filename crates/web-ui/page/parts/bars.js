// Counts as bars: `[[name, value]]`, each with its number in words for those who do not see them.

import { html } from "../lib/ui.js";
import { number } from "../lib/time.js";
import { t } from "../lib/text.js";

const HEIGHT = 120;
const STEP = 26;

export function Bars({ rows, label }) {
  if (rows.length === 0) return html`<p class="quiet">${t("nothing_yet")}</p>`;
  const most = Math.max(...rows.map(([, value]) => value), 1);
  const width = Math.max(rows.length * STEP, 220);
  return html`
    <svg class="bars" viewBox=${`0 0 ${width} ${HEIGHT + 34}`} role="img" aria-label=${`${label}: ${rows.map(([name, value]) => `${name} ${number(value)}`).join(", ")}`}>
      ${rows.map(([name, value], place) => {
        const height = (value / most) * HEIGHT;
        return html`
          <g key=${name} transform=${`translate(${place * STEP + 3} 0)`}>
            <title>${name}: ${number(value)}</title>
            <rect x="0" y=${HEIGHT - height + 14} width=${STEP - 6} height=${Math.max(height, 1)} rx="3" />
            ${rows.length <= 8 && html`<text x=${(STEP - 6) / 2} y=${HEIGHT - height + 10} text-anchor="middle">${number(value)}</text>`}
            ${(place % Math.ceil(rows.length / 8) === 0) && html`<text x="0" y=${HEIGHT + 30}>${name.slice(5)}</text>`}
          </g>`;
      })}
    </svg>
  `;
}
