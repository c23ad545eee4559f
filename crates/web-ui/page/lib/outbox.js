// What the reader writes is kept here until the server has acknowledged it: drafts, and messages on their way. A message
// carries an id of its own, so that sending it again after a crash cannot make it twice.

import { signal } from "./ui.js";
import { BASE, open, part, Problem, stream } from "./api.js";
import { link } from "./live.js";
import { keep, kept, keptNames } from "./shelf.js";
import { toast } from "./toasts.js";

/** A door: `{kind: "daena"}`, `{kind: "department" | "agent", slug}`; with a session once there is one. */
export const place = (door, session) => session ?? `${door.kind}:${door.slug ?? ""}`;

export const draft = (where) => kept(`draft:${where}`, "");
export const keepDraft = (where, text) => keep(`draft:${where}`, text || null);

/** Messages not yet acknowledged: `{id, door, session, text, error, sending, at}`. */
export const waiting = signal(keptNames("out:").map((name) => ({ ...kept(name), sending: false })).sort((a, b) => a.at - b.at));

const set = (entry, change) => {
  waiting.value = waiting.value.map((other) => (other.id === entry.id ? { ...other, ...change } : other));
};

const doors = {
  daena: () => "/daena/chat",
  department: (slug) => `/departments/${part(slug)}/chat`,
  agent: (slug) => `/agents/${part(slug)}/chat`,
};

/** Sends a message; gives its session once the server has it, null when it stays in the outbox. */
export async function send(door, session, text, model) {
  const entry = { id: crypto.randomUUID(), door, session, text, model, at: Date.now() };
  keep(`out:${entry.id}`, entry);
  waiting.value = [...waiting.value, { ...entry, sending: true, error: null }];
  return deliver(entry);
}

/** Tries one again. */
export async function sendAgain(entry) {
  set(entry, { sending: true, error: null });
  return deliver(entry);
}

/** Gives one up. */
export function discard(entry) {
  keep(`out:${entry.id}`, null);
  waiting.value = waiting.value.filter((other) => other.id !== entry.id);
}

/** The newest replies to what was sent from here, by their session. */
const replies = new Map();

/** The reply that the last message to a session is given. */
export const replyIn = (session) => replies.get(session);

async function deliver(entry) {
  const body = { message: entry.text, client_message_id: entry.id, session_id: entry.session ?? undefined, stream: true };
  if (entry.model) body.model = entry.model;
  let session = null;
  try {
    const path = BASE + doors[entry.door.kind](entry.door.slug);
    const response = await open("POST", path, { body, accept: "text/event-stream" });
    // The first thing said is that both messages are stored; the reply comes over the WebSocket.
    await stream(response, (name, data) => {
      session = data.session_id ?? session;
      if (data.reply) replies.set(session, data.reply.message_id);
      return false;
    });
    if (!session) throw new Problem(0, { detail: "the server went away" });
    discard(entry);
    return session;
  } catch (problem) {
    const hopeless = problem.status >= 400 && problem.status < 500 && problem.status !== 401 && problem.status !== 429;
    set(entry, { sending: false, error: problem.message, hopeless });
    if (hopeless) toast(problem.message, "bad");
    return null;
  }
}

// What could not be sent is sent when the server is back.
link.subscribe((state) => {
  if (state !== "live") return;
  for (const entry of waiting.peek()) if (!entry.sending && !entry.hopeless) sendAgain(entry);
});
