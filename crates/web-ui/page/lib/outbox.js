// What the reader writes is kept here until the server has acknowledged it: drafts, and messages on their way. A message
// carries an id of its own, so that sending it again after a crash cannot make it twice. What waits at one place is sent in
// the order in which it was written, by whichever window.

import { batch, signal } from "./ui.js";
import { part, post } from "./api.js";
import { newId } from "./id.js";
import { link } from "./live.js";
import { keep, kept, keptNames, onKept } from "./shelf.js";
import { toast } from "./toasts.js";

/** A door: `{kind: "daena"}`, `{kind: "department" | "agent", slug}`; with a session once there is one. */
export const place = (door, session) => session ?? `${door.kind}:${door.slug ?? ""}`;

export const draft = (where) => kept(`draft:${where}`, "");
export const keepDraft = (where, text) => keep(`draft:${where}`, text || null);

const nameOf = ({ id }) => `out:${id}`;
const whereOf = ({ door, session }) => place(door, session);

/**
 * Messages not yet acknowledged, oldest first: `{id, door, session, text, at, error, hopeless, sending, homeless}`. A `hopeless` one
 * was refused, and goes only when it is asked for; a `homeless` one found no room in the browser, and is in this window alone.
 */
export const waiting = signal(keptNames("out:").map((name) => kept(name)).filter(Boolean).sort((a, b) => a.at - b.at));

/** What a first message made last: `{where, session}`, its place before and its session. */
export const begun = signal(null);

const list = (make) => { waiting.value = make(waiting.peek()); };

/** Changes one, here and in the other windows. */
function change(entry, more, sending = false) {
  const { sending: _, homeless, ...now } = { ...entry, ...more };
  // Given up meanwhile, it is no longer there.
  if (!homeless && kept(nameOf(entry))) keep(nameOf(entry), now);
  list((all) => all.map((other) => (other.id === entry.id ? { ...now, homeless, sending } : other)));
}

const lose = (id) => list((all) => all.filter((other) => other.id !== id));

/** Keeps a message and sends it; gives its session once the server has it, null when it stays in the outbox. */
export function send(door, session, text) {
  const last = waiting.peek().at(-1)?.at ?? 0;
  const entry = { id: newId(), door, session, text, at: Math.max(Date.now(), last + 1) };
  const homeless = !keep(nameOf(entry), entry);
  list((all) => [...all, { ...entry, homeless, sending: true }]);
  return new Promise((resolve) => {
    ends.set(entry.id, resolve);
    deliver(whereOf(entry));
  });
}

/** Tries one again. */
export function sendAgain(entry) {
  change(entry, { error: null, hopeless: false }, true);
  deliver(whereOf(entry));
}

/** Gives one up. */
export function discard(entry) {
  keep(nameOf(entry), null);
  lose(entry.id);
  end(entry);
}

/** Who waits for what becomes of a message. */
const ends = new Map();

function end(entry, session = null) {
  ends.get(entry.id)?.(session);
  ends.delete(entry.id);
}

/** The newest replies to what was sent from here, by their session. */
const replies = new Map();

/** The reply that the last message to a session is given. */
export const replyIn = (session) => replies.get(session);

const doors = {
  daena: () => "/daena/chat",
  department: (slug) => `/departments/${part(slug)}/chat`,
  agent: (slug) => `/agents/${part(slug)}/chat`,
};

/** A session takes messages whoever it is with; a new one begins at its door. */
function ask({ id, door, session, text }) {
  const more = { client_message_id: id, stream: true };
  return session
    ? post(`/daena/chat/${part(session)}/message`, { content: text, ...more }, { signal: line.signal })
    : post(doors[door.kind](door.slug), { message: text, ...more }, { signal: line.signal });
}

/** Ends what is under way when there is a new line: nobody tells of a request whose network has gone. */
let line = new AbortController();

/** The places that something is being sent from. */
const busy = new Set();

/** Sends what waits at a place, one after the other, until one cannot be sent now. */
async function deliver(where) {
  if (busy.has(where)) return;
  busy.add(where);
  const next = () => waiting.peek().find((entry) => !entry.hopeless && whereOf(entry) === where);
  for (let entry = next(); entry; entry = next()) {
    // Whoever gave it up elsewhere has been heard.
    if (!entry.homeless && !kept(nameOf(entry))) discard(entry);
    else if (!await deliverOne(entry)) break;
  }
  busy.delete(where);
  for (const entry of waiting.peek()) {
    if (whereOf(entry) !== where || !entry.sending) continue;
    list((all) => all.map((other) => (other === entry ? { ...entry, sending: false } : other)));
    end(entry);
  }
}

/** Sends one; gives whether the next one may follow. */
async function deliverOne(entry) {
  list((all) => all.map((other) => (other.id === entry.id ? { ...other, sending: true, error: null } : other)));
  try {
    const { session_id: session, reply } = await ask(entry);
    if (reply) replies.set(session, reply.message_id);
    batch(() => {
      if (!entry.session) follow(entry, session);
      end(entry, session);
      discard(entry);
    });
    return true;
  } catch (problem) {
    // Under way on a line that is gone, it is sent again on the new one.
    if (problem.name === "AbortError") return true;
    const hopeless = problem.status >= 400 && problem.status < 500 && problem.status !== 401 && problem.status !== 429;
    change(entry, { error: problem.message, hopeless });
    if (hopeless) toast(problem.message, "bad");
    end(entry);
    return hopeless;
  }
}

/** What was written behind the first message of a session goes to that session. */
function follow(first, session) {
  const where = whereOf(first);
  for (const entry of waiting.peek()) if (entry.id !== first.id && whereOf(entry) === where) change(entry, { session }, entry.sending);
  begun.value = { where, session };
  queueMicrotask(() => deliver(session));
}

/** Sends all that waits and was not refused. */
function deliverAll() {
  for (const where of new Set(waiting.peek().filter((entry) => !entry.hopeless).map(whereOf))) deliver(where);
}

// What could not be sent is sent when the server is back.
link.subscribe((state) => {
  if (state !== "live") return;
  line.abort();
  line = new AbortController();
  deliverAll();
});

// What another window writes, sends, gives up or is refused.
onKept("out:", (id, entry) => {
  if (!entry) {
    lose(id);
    end({ id });
    return;
  }
  const shown = { ...entry, sending: !entry.error && link.peek() === "live" };
  list((all) => [...all.filter((other) => other.id !== id), shown].sort((a, b) => a.at - b.at));
});
