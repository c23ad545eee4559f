// Light or dark: the system's wish, unless the reader has one.

import { signal } from "./ui.js";
import { keep, kept } from "./shelf.js";

export const theme = signal(kept("theme", "system"));

export function applyTheme() {
  const { dataset } = document.documentElement;
  if (theme.value === "system") delete dataset.theme;
  else dataset.theme = theme.value;
}

export function setTheme(name) {
  theme.value = name;
  keep("theme", name === "system" ? null : name);
  applyTheme();
}
