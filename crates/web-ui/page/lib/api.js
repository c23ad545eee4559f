// Calls of the public API. Every path the page asks for is written out here or passed through here.

import { signal } from "./ui.js";
import { forgetAnswers, keep, keepAnswer, kept, keptAnswer } from "./shelf.js";

export const BASE = "/api/v1";

/** The token, where the server asks for one. */
export const token = signal(kept("token"));
/** Whether the server refused for want of the right token. */
export const refused = signal(false);

export function setToken(text) {
  token.value = text || null;
  keep("token", token.value);
  forgetAnswers();
  refused.value = false;
}

/** What the server said instead of an answer; `status` 0 when it could not be reached. */
export class Problem extends Error {
  constructor(status, document) {
    super(document?.detail || document?.title || `HTTP ${status}`);
    this.status = status;
    this.code = document?.code ?? (status === 0 ? "unreachable" : "internal");
    this.document = document ?? {};
  }
}

export function headers(more = {}) {
  return token.value ? { ...more, authorization: `Bearer ${token.value}` } : more;
}

function address(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, value);
  }
  return parameters.size ? `${path}?${parameters}` : path;
}

/** Asks, and gives the open response. Throws a Problem. */
export async function open(method, path, { body, query, signal: aborted, accept, type } = {}) {
  const text = address(path, query);
  const set = headers({ accept: accept ?? "application/json" });
  const isJson = body !== undefined && type === undefined;
  if (body !== undefined) set["content-type"] = type ?? "application/json";
  let response;
  try {
    response = await fetch(text, { method, headers: set, body: isJson ? JSON.stringify(body) : body, signal: aborted });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "the server cannot be reached" });
  }
  if (response.ok) return response;
  const document = await response.json().catch(() => null);
  if (response.status === 401) refused.value = true;
  throw new Problem(response.status, document);
}

async function ask(method, path, options) {
  const response = await open(method, BASE + path, options);
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) return begun(response);
  return response.status === 204 ? null : response.json();
}

/** The beginning of a turn that is streamed: both messages are stored. The reply comes over the WebSocket. */
async function begun(response) {
  let first = null;
  await stream(response, (name, data) => {
    if (name === "error") throw new Problem(data.status ?? 500, data);
    first = data;
    return false;
  });
  if (!first) throw new Problem(0, { detail: "the server went away" });
  return first;
}

/** Reads. While the server cannot be reached: what was read last, and the page says that it may be old. */
export async function get(path, query) {
  const url = address(BASE + path, query);
  try {
    const answer = await ask("GET", path, { query });
    keepAnswer(url, answer).catch(() => { /* no room: then it is not kept */ });
    return answer;
  } catch (problem) {
    const old = problem.status === 0 ? await keptAnswer(url) : null;
    if (old) return old;
    throw problem;
  }
}


export const post = (path, body = {}, options) => ask("POST", path, { body, ...options });
export const patch = (path, body) => ask("PATCH", path, { body });
export const put = (path, body) => ask("PUT", path, { body });
export const remove = (path, query) => ask("DELETE", path, { query });

/** A part of a path. */
export const part = encodeURIComponent;

/** Follows a server-sent stream; `each` gets the name and the data, and ends it by giving false. */
export async function stream(response, each) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const lines = block.split("\n");
      const name = lines.find((line) => line.startsWith("event:"))?.slice(6).trim() ?? "message";
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
      if (data && each(name, JSON.parse(data)) === false) {
        await reader.cancel();
        return;
      }
    }
  }
}
