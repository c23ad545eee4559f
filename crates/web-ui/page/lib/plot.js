// The chart library, loaded when the first chart is drawn.

let loading = null;

/** Gives uPlot; its styles are in force by then. */
export function plotter() {
  loading ??= Promise.all([import("../vendor/uplot.mjs"), styles()]).then(([module]) => module.default);
  loading.catch(() => { loading = null; });
  return loading;
}

function styles() {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("../vendor/uplot.css", import.meta.url).href;
    link.onload = resolve;
    link.onerror = () => reject(new Error("uplot.css"));
    document.head.append(link);
  });
}

/** A colour as it is on this element now, whatever theme it is from. */
export function colour(element, name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
