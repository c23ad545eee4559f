// The company, drawn: Daena in the middle, the departments around her, their agents in each cell.

import { html } from "../lib/ui.js";
import { t } from "../lib/text.js";
import { to } from "../lib/router.js";

const R = 112;
const GAP = 1.05;

/** Where cells stand around the middle, the nearest first; `wide` lays the outer ones at the sides, else above and below. */
function places(count, wide) {
  const found = [];
  for (let q = -4; q <= 4; q += 1) {
    for (let r = -4; r <= 4; r += 1) {
      const ring = Math.max(Math.abs(q), Math.abs(r), Math.abs(q + r));
      if (ring === 0 || ring > 4) continue;
      // Cells with a corner at the top stand in rows; turned by a sixth, in columns.
      const x = wide ? Math.sqrt(3) * (q + r / 2) : 1.5 * q;
      const y = wide ? 1.5 * r : Math.sqrt(3) * (r + q / 2);
      found.push({ x: x * R * GAP, y: y * R * GAP, ring, off: Math.abs(wide ? y : x) });
    }
  }
  found.sort((a, b) => a.ring - b.ring || a.off - b.off || a.y - b.y || a.x - b.x);
  // Read like a text: from the top left.
  return found.slice(0, count).sort((a, b) => a.y - b.y || a.x - b.x);
}

function outline(wide) {
  const corners = [];
  for (let corner = 0; corner < 6; corner += 1) {
    const angle = (Math.PI / 3) * corner + (wide ? Math.PI / 6 : 0);
    corners.push(`${(R * Math.cos(angle)).toFixed(1)},${(R * Math.sin(angle)).toFixed(1)}`);
  }
  return corners.join(" ");
}

const short = (name) => (name.length > 17 ? `${name.slice(0, 16)}…` : name);

/** `cells`: `{slug, name, color, agents: [{slug, name, status}]}` with `status` `idle|working|paused|disabled`. */
export function Honeycomb({ cells, daena, wide }) {
  const at = places(cells.length, wide);
  const edge = R * 1.08;
  const xs = at.map((place) => Math.abs(place.x));
  const ys = at.map((place) => Math.abs(place.y));
  const w = Math.max(0, ...xs) + edge;
  const h = Math.max(0, ...ys) + edge;
  const points = outline(wide);
  return html`
    <svg class="comb" viewBox=${`${-w} ${-h} ${2 * w} ${2 * h}`} role="group" aria-label=${t("company")}>
      <a href=${to(["office"])} class=${daena.working ? "working" : ""}>
        <polygon class="cell" points=${points} />
        <text class="title" y="-2">Daena</text>
        <text class="under" y="20">${daena.working ? t("speaking") : t("daena_role")}</text>
      </a>
      ${cells.map((cell, number) => html`<${Cell} key=${cell.slug} cell=${cell} at=${at[number]} points=${points} />`)}
    </svg>
  `;
}

function Cell({ cell, at, points }) {
  if (!at) return null;
  const busy = cell.agents.filter((agent) => agent.status === "working").length;
  return html`
    <a href=${to(["departments", cell.slug])} class=${busy ? "working" : ""} transform=${`translate(${at.x} ${at.y})`}>
      <polygon class="cell" points=${points} />
      <circle cx="0" cy="-58" r="6" fill=${cell.color} />
      <text class="title" y="-26">${short(cell.name)}</text>
      <text class="under" y="-4">${busy ? t("n_working", { n: busy }) : t("n_agents", { n: cell.agents.length })}</text>
      <g aria-hidden="true">${cell.agents.slice(0, 14).map((agent, place, all) => {
        const row = Math.floor(place / 7);
        const inRow = Math.min(7, all.length - row * 7);
        return html`<circle key=${agent.slug} class=${`bee ${agent.status}`} r="7" cx=${((place % 7) - (inRow - 1) / 2) * 19} cy=${24 + row * 20}><title>${agent.name}</title></circle>`;
      })}</g>
    </a>
  `;
}
