// Times and numbers as people read them.

import { language, t } from "./text.js";

const formats = new Map();

function format(kind, make) {
  const name = `${language.value}:${kind}`;
  if (!formats.has(name)) formats.set(name, make(language.value));
  return formats.get(name);
}

export const clock = (text) =>
  format("clock", (name) => new Intl.DateTimeFormat(name, { hour: "2-digit", minute: "2-digit" })).format(new Date(text));

export const full = (text) =>
  format("full", (name) => new Intl.DateTimeFormat(name, { dateStyle: "medium", timeStyle: "medium" })).format(new Date(text));

export const number = (value, digits = 0) =>
  format(`number${digits}`, (name) => new Intl.NumberFormat(name, { maximumFractionDigits: digits })).format(value);

/** A day of the calendar, `2026-01-31`, short. */
export const date = (text) =>
  format("date", (name) => new Intl.DateTimeFormat(name, { day: "numeric", month: "short", timeZone: "UTC" })).format(new Date(`${text}T00:00:00Z`));

export const weekday = (text) =>
  format("weekday", (name) => new Intl.DateTimeFormat(name, { weekday: "short" })).format(new Date(text));

/** The days of the calendar from one to another. */
export function eachDay(from, to) {
  const days = [];
  if (!from) return days;
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Today, yesterday, or the date. */
export function day(text) {
  const then = new Date(text);
  const days = Math.round((midnight(new Date()) - midnight(then)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return format("day", (name) => new Intl.DateTimeFormat(name, { dateStyle: "medium" })).format(then);
}

/** The clock today, else the date. */
export const brief = (text) => (day(text) === t("today") ? clock(text) : day(text));

export function size(bytes) {
  if (bytes === null || bytes === undefined) return "–";
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${number(bytes / 1000 ** step, step ? 1 : 0)} ${units[step]}`;
}

export const seconds = (ms) => (ms === null || ms === undefined ? "–" : `${number(ms / 1000, 1)} s`);
