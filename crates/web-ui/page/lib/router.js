// Where we are: `#/office/<session>?category=agents`.

import { computed, signal } from "./ui.js";

const here = signal(location.hash);
addEventListener("hashchange", () => { here.value = location.hash; });

/** `{path: ["office", "<session>"], query: URLSearchParams}` */
export const route = computed(() => {
  const [path, query = ""] = here.value.replace(/^#\/?/, "").split("?");
  return { path: parts(path), query: new URLSearchParams(query) };
});

/** The parts of a path; one that cannot be read leads nowhere. */
function parts(path) {
  try {
    return path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return ["nowhere"];
  }
}

/** The address of a page. */
export function to(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${path.map(encodeURIComponent).join("/")}${text}`;
}

/** Goes there; `instead` leaves no step back. */
export function go(address, instead = false) {
  if (instead) location.replace(address);
  else location.hash = address;
}
