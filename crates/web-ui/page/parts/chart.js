// Counts over time as bars, and the same as a table for those who do not see them.

import { html, signal, useEffect, useRef, useState } from "../lib/ui.js";
import { colour, plotter } from "../lib/plot.js";
import { theme } from "../lib/theme.js";
import { number } from "../lib/time.js";
import { t } from "../lib/text.js";

const HEIGHT = 190;
const INKS = ["--chart-1", "--chart-2"];
/** Steps of an axis that counts: there is no half of a call. */
const WHOLE = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = signal(dark.matches);
dark.addEventListener("change", () => { isDark.value = dark.matches; });

/**
 * `names`: what each bar is called; `series`: `[{name, values}]`, which stand on each other; `show`: a value as people read it; `whole`: whether it is counted, not measured.
 */
export function Chart({ label, names, series, show = number, whole = true }) {
  if (series.every(({ values }) => values.every((value) => !value))) return html`<p class="quiet">${t("nothing_yet")}</p>`;
  const sums = names.map((_, place) => series.reduce((sum, { values }) => sum + (values[place] ?? 0), 0));
  return html`
    <figure class="chart">
      <figcaption>
        <span class="small quiet">${label}</span>
        ${series.length > 1 && html`<ul class="bare">${series.map(({ name }, place) => html`<li class=${`small key-${place + 1}`}>${name}</li>`)}</ul>`}
      </figcaption>
      <${Bars} key=${`${theme.value}${isDark.value}`} names=${names} series=${series} show=${show} whole=${whole} />
      <details>
        <summary class="small quiet">${t("as_table")}</summary>
        <div class="scroll-x" tabindex="0" role="region" aria-label=${label}><table>
          <thead><tr><th>${t("when")}</th>${series.map(({ name }) => html`<th class="number">${name}</th>`)}</tr></thead>
          <tbody>${names.map((name, place) => sums[place] > 0 && html`
            <tr key=${name}><td>${name}</td>${series.map(({ values }) => html`<td class="number">${show(values[place] ?? 0)}</td>`)}</tr>`)}</tbody>
        </table></div>
      </details>
    </figure>
  `;
}

function Bars({ names, series, show, whole }) {
  const place = useRef(null);
  const [told, setTold] = useState(null);
  const [failed, setFailed] = useState(false);
  const data = JSON.stringify(series.map(({ values }) => values));
  useEffect(() => {
    let plot = null;
    let wanted = true;
    const element = place.current;
    const fit = new ResizeObserver(([{ contentRect }]) => plot?.setSize({ width: contentRect.width, height: HEIGHT }));
    plotter().then((UPlot) => {
      if (!wanted) return;
      plot = new UPlot(options(UPlot, element, { names, series, show, whole, tell: setTold }), columns(names, series), element);
      fit.observe(element);
    }, () => setFailed(true));
    return () => {
      wanted = false;
      fit.disconnect();
      plot?.destroy();
    };
  }, [data, names.join()]);
  if (failed) return html`<p class="quiet">${t("no_chart")}</p>`;
  return html`
    <div class="plot" ref=${place} aria-hidden="true"></div>
    <p class="small told" aria-hidden="true">${told === null
      ? " "
      : `${names[told]}: ${series.map(({ name, values }) => `${series.length > 1 ? `${name} ` : ""}${show(values[told] ?? 0)}`).join(" · ")}`}</p>
  `;
}

/** The places of the bars, then the highest series first: each stands on those behind it. */
function columns(names, series) {
  const stacked = series.map((_, from) => names.map((_, place) => series.slice(from).reduce((sum, { values }) => sum + (values[place] ?? 0), 0)));
  return [names.map((_, place) => place), ...stacked];
}

function options(UPlot, element, { names, series, show, whole, tell }) {
  const ink = colour(element, "--ink-2");
  const line = colour(element, "--line");
  const bars = UPlot.paths.bars({ size: [0.7, 36], radius: [0.15, 0] });
  const axis = { stroke: ink, font: "12px system-ui, sans-serif", ticks: { show: false }, grid: { stroke: line, width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 40, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [-0.6, names.length - 0.4] }, y: { range: (_, low, high) => [0, Math.max(high * 1.08, 1e-9)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 84, incrs: [1, 2, 3, 4, 6, 7, 12, 24, 48], values: (_, places) => places.map((place) => names[place] ?? "") },
      { ...axis, size: 62, space: 36, ...(whole && { incrs: WHOLE }), values: (_, values) => values.map((value) => show(value)) },
    ],
    series: [{}, ...series.map(({ name }, place) => {
      const fill = colour(element, INKS[place % INKS.length]);
      return { label: name, fill, stroke: fill, width: 0, paths: bars, points: { show: false } };
    })],
    hooks: { setCursor: [({ cursor }) => tell(cursor.idx ?? null)] },
  };
}

/** What there is of each kind, the most first: `[[name, value]]`. */
export const Shares = ({ label, rows, show = number }) => {
  const most = Math.max(...rows.map(([, value]) => value), 1);
  return html`
    <div class="scroll-x" tabindex="0" role="region" aria-label=${label}><table class="shares">
      <tbody>${rows.map(([name, value]) => html`
        <tr key=${name}><th scope="row" class="mono" dir="auto">${name}</th>
          <td aria-hidden="true"><i style=${{ width: `${(value / most) * 100}%` }}></i></td><td class="number">${show(value)}</td></tr>`)}</tbody>
    </table></div>
  `;
};
