// Every word the page says, in the language of its reader.

import { signal } from "./ui.js";
import { keep, kept } from "./shelf.js";
import { en } from "../texts/en.js";
import { de } from "../texts/de.js";

export const LANGUAGES = { en: "English", de: "Deutsch" };
const tables = { en, de };

const wished = kept("language");
const spoken = (navigator.languages ?? []).map((name) => name.slice(0, 2)).find((name) => tables[name]);

export const language = signal(tables[wished] ? wished : spoken ?? "en");
document.documentElement.lang = language.value;

export function setLanguage(name) {
  language.value = name;
  document.documentElement.lang = name;
  keep("language", name);
}

/** Whether there is a text of this name. */
export const has = (name) => Object.hasOwn(en, name);

/** The text of this name, with its places filled: `{n}` is the number, `{n:agent|agents}` its word, for one and for more. */
export function t(name, values = {}) {
  const text = tables[language.value][name] ?? en[name] ?? name;
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (place, key, one, more) => {
    if (!Object.hasOwn(values, key)) return place;
    if (more === undefined) return values[key] ?? place;
    return String(values[key]) === "1" ? one : more;
  });
}
