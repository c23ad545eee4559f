// Everything the page knows of the company: rows as the API gave them, kept true by events. Views only read.
//
// An answer that was overtaken by events is brought up to date with the ones heard since (`absorb`).

import { batch, computed, signal } from "./ui.js";
import { get, part } from "./api.js";
import { catchUp, endGrowth, forgetGrowth, grow } from "./growth.js";
import { era, link, on } from "./live.js";
import { table } from "./table.js";

export { growth } from "./growth.js";

export const departments = table("slug");
export const agents = table("slug");
export const sessions = table("session_id");
export const tasks = table("task_id");
export const councils = table("slug");
export const overrides = table("key");
export const debates = table("debate_id");
export const connections = table("connection_id");
/** The calls of tools that wait for the Founder. */
export const approvals = table("call_id");
/** The brain's status, as last told. */
export const brain = signal(null);
/** How Daena sounds and listens, as last told. */
export const voice = signal(null);
/** The newest events heard, newest first. */
export const heard = signal([]);

const tables = { departments, agents, sessions, tasks, councils, overrides, debates, connections, approvals };

// ---- messages -------------------------------------------------------------------------------------------------------------

/** A session's messages, as far as they were read: from some place to the newest one. */
class Talk {
  messages = signal(null);
  earlier = signal(null);
  error = signal(null);
  /** The place of the first known message: 0 when the talk was read, less for what was read before it. */
  first = 0;
  at = new Map();

  put(message, position, isNews) {
    const known = this.messages.value;
    if (known === null || (this.at.get(message.message_id) ?? -1) > position) return;
    const place = known.findIndex((other) => other.message_id === message.message_id);
    if (place < 0 && !isNews) return;
    this.at.set(message.message_id, position);
    // Events do not tell of alternatives; what was read of them holds until branches change, and then is read again.
    const { alternatives } = known[place] ?? {};
    const row = alternatives && !message.alternatives ? { ...message, alternatives } : message;
    this.messages.value = place < 0 ? [...known, row] : known.with(place, row);
  }
}

const talks = new Map();

export function talk(id) {
  if (!talks.has(id)) talks.set(id, new Talk());
  return talks.get(id);
}

on("delta", ({ session_id: session, message_id: id, offset, text }) => {
  if (!talks.has(session)) return;
  grow(id, offset, text, () => {
    const known = talk(session).messages.value?.find((message) => message.message_id === id);
    return known?.status === "streaming" ? known.content : "";
  });
});

const isComing = ({ status }) => status === "pending" || status === "streaming";

// What was said while the line was away came to nobody: it is asked for when the line is back.
link.subscribe((state) => {
  if (state !== "live") return;
  for (const open of talks.values()) {
    for (const message of open.messages.peek() ?? []) if (isComing(message)) catchUp(message.message_id);
  }
});

on("note", ({ session_id, message_id, note }) => {
  const open = talks.get(session_id);
  const message = open?.messages.value?.find((other) => other.message_id === message_id);
  if (!message) return;
  const notes = [...message.notes.filter((other) => other.agent_id !== note.agent_id), note];
  open.messages.value = open.messages.value.map((other) => (other === message ? { ...message, notes } : other));
});

/** Reads a session and its newest messages. */
export async function readTalk(id) {
  const open = talk(id);
  open.error.value = null;
  try {
    const answer = await get(`/daena/chat/${part(id)}`, { limit: 60 });
    absorb(answer.as_of, () => {
      sessions.put(answer.session, answer.as_of);
      open.at.clear();
      open.first = 0;
      open.messages.value = answer.messages;
      open.earlier.value = answer.next_cursor;
    });
  } catch (problem) {
    open.error.value = problem;
  }
}

const asked = new Set();

/** Reads a session that no list has come to, for something new was said there. */
async function readSession(id) {
  if (asked.has(id)) return;
  asked.add(id);
  try {
    const answer = await get(`/daena/chat/${part(id)}`, { limit: 1 });
    absorb(answer.as_of, () => sessions.put(answer.session, answer.as_of));
  } catch {
    // What is said next asks again.
  } finally {
    asked.delete(id);
  }
}

/** Reads the page before what is known. */
export async function readEarlier(id) {
  const open = talk(id);
  const before = open.earlier.value;
  if (!before) return;
  const answer = await get(`/daena/chat/${part(id)}`, { before, limit: 200 });
  // Meanwhile the talk may have been read anew, or this page by somebody else.
  if (open.earlier.value !== before) return;
  batch(() => {
    const known = new Set(open.messages.value.map((message) => message.message_id));
    const fresh = answer.messages.filter((message) => !known.has(message.message_id));
    open.first -= fresh.length;
    open.messages.value = [...fresh, ...open.messages.value];
    open.earlier.value = answer.next_cursor;
  });
}

/** Reads back to a message. False when it is not on the branch that is shown. */
export async function readUntil(id, message) {
  const open = talk(id);
  const isHere = () => open.messages.value.some((row) => row.message_id === message);
  // In a new era the session's talk is another one.
  while (talk(id) === open && !isHere() && open.earlier.value) await readEarlier(id);
  return isHere();
}

/** Reads back to the beginning. */
export async function readWhole(id) {
  while (talk(id).earlier.value) await readEarlier(id);
}

// ---- events -----------------------------------------------------------------------------------------------------------------

const REMEMBERED = 1_000;
let recent = [];

/** Takes in an answer that is true at `position`, and what was heard since. */
export function absorb(position, take) {
  batch(() => {
    take();
    for (const event of recent) if (event.event_id > position) apply(event);
  });
}

on("event", (event) => {
  recent.push(event);
  if (recent.length > REMEMBERED * 2) recent = recent.slice(-REMEMBERED);
  heard.value = [event, ...heard.value].slice(0, 200);
  apply(event);
});

function apply({ event_id: position, event_type: type, payload, timestamp }) {
  switch (type) {
    case "chat.session.created":
    case "chat.session.updated":
    case "chat.session.restored":
      return sessions.put(payload, position);
    case "chat.session.deleted":
      if (payload.permanent) return sessions.drop(payload.session_id, position);
      return sessions.change(payload.session_id, position, (row) => ({ ...row, is_active: false, deleted_at: timestamp }));
    case "chat.message":
    case "chat.reply.started":
    case "chat.reply.deferred":
    case "chat.reply.stopped":
    case "chat.reply.interrupted":
    case "chat.reply.failed":
      return applyMessage(type, payload, position);
    case "chat.branch.selected":
      return void readTalk(payload.session_id);
    case "department.created":
    case "department.updated":
      return departments.put(payload, position);
    case "department.deleted":
      return departments.drop(payload.slug, position);
    case "agent.deleted":
      return agents.drop(payload.slug, position);
    case "task.deleted":
      return tasks.drop(payload.task_id, position);
    case "council.created":
    case "council.updated":
      return councils.put(payload, position);
    case "council.deleted":
      return councils.drop(payload.slug, position);
    case "council.debate.message":
      return undefined;
    case "founder.override.set":
      return overrides.put(payload, position);
    case "founder.override.cleared":
      return overrides.drop(payload.key, position);
    case "brain.status":
    case "brain.model.selected":
    case "brain.routing.changed":
      get("/brain/status").then((status) => { brain.value = status; }, () => { /* the next event, or the page, asks again */ });
      return undefined;
    case "voice.state":
      if (payload.scope_type === "executive") voice.value = payload;
      return undefined;
    case "connection.deleted":
      return connections.drop(payload.connection_id, position);
    case "chat.tool.requested":
    case "chat.tool.decided":
    case "chat.tool.called":
      return applyCall(payload, position);
    case "system.reset":
      era.value += 1;
      return undefined;
    default:
      if (type.startsWith("agent.")) agents.put(payload, position);
      else if (type.startsWith("task.")) tasks.put(payload, position);
      else if (type.startsWith("council.debate.")) debates.put(payload, position);
      else if (type.startsWith("connection.")) connections.put(payload, position);
      return undefined;
  }
}

/** What a message event does to its session is told in docs/architecture.md. */
function applyMessage(type, message, position) {
  const isNews = message.created_at === message.updated_at;
  const open = talks.get(message.session_id);
  const known = open?.messages.value ?? [];
  const before = known.find((other) => other.message_id === message.message_id);
  open?.put(message, position, isNews);
  // It follows something earlier, or nothing: what stood behind that is on another branch now.
  if (isNews && !before && known.length > 0 && known.at(-1).message_id !== message.parent_id) readTalk(message.session_id);
  // It has its end, or had one and is made once more.
  if (!isComing(message) || (before && !isComing(before))) endGrowth(message.message_id);
  if (isNews && !sessions.get(message.session_id)) readSession(message.session_id);
  sessions.change(message.session_id, position, (row) => ({
    ...row,
    updated_at: message.updated_at,
    message_count: row.message_count + (isNews ? 1 : 0),
    last_message: message.content && !(row.last_message?.created_at > message.created_at)
      ? {
          role: message.role,
          speaker_name: message.speaker.name,
          preview: message.content.trim().replace(/\s+/g, " ").slice(0, 120),
          created_at: message.created_at,
        }
      : row.last_message,
  }));
  const { kind, id } = message.speaker;
  if (kind === "agent" && id) {
    if (type === "chat.reply.started") working.value = new Map(working.value).set(message.message_id, id);
    else if (working.value.has(message.message_id)) {
      const next = new Map(working.value);
      next.delete(message.message_id);
      working.value = next;
    }
  }
}

/** A call of a tool stands with the reply that made it, and among the approvals while it waits. */
function applyCall(call, position) {
  if (call.status === "waiting") approvals.put({ ...approvals.get(call.call_id), ...call }, position);
  else approvals.drop(call.call_id, position);
  withMessage(call.message_id, talks.get(call.session_id), (message) => {
    const calls = message.tool_calls ?? [];
    const place = calls.findIndex((other) => other.call_id === call.call_id);
    return { ...message, tool_calls: place < 0 ? [...calls, call] : calls.with(place, call) };
  });
}

function withMessage(id, open, change) {
  const message = open?.messages.value?.find((other) => other.message_id === id);
  if (message) open.messages.value = open.messages.value.map((other) => (other === message ? change(message) : other));
}

// A call that runs is told by its progress; one that was not asked for before is read with its reply.
on("progress", ({ call_id: id, message_id }) => {
  if (!id) return;
  const open = [...talks.values()].find((one) => one.messages.value?.some((row) => row.message_id === message_id));
  const call = open?.messages.value.find((row) => row.message_id === message_id).tool_calls?.find((row) => row.call_id === id);
  if (call?.status === "running") return;
  const put = (calls) => withMessage(message_id, open, (message) => ({ ...message, tool_calls: calls }));
  if (call) withMessage(message_id, open, (message) => ({ ...message, tool_calls: message.tool_calls.map((row) => (row === call ? { ...row, status: "running" } : row)) }));
  else if (open) get(`/messages/${part(message_id)}`).then((message) => put(message.tool_calls), () => { /* its end is told by an event */ });
});

/** Replies in the making that agents speak: the agent, by message. */
const working = signal(new Map());
/** The agents that are at work now: a reply of theirs is coming, or a task of theirs runs. */
export const atWork = computed(() => {
  const names = new Set(working.value.values());
  for (const task of tasks.list.value) if (task.status === "running" && task.agent_id) names.add(task.agent_id);
  for (const agent of agents.list.value) if (agent.status === "working") names.add(agent.slug);
  return names;
});

// ---- reading --------------------------------------------------------------------------------------------------------------

/** Every page of a list that is short by its nature. */
export async function readAll(path, name, query = {}) {
  const rows = [];
  let cursor = null;
  let position = 0;
  do {
    const answer = await get(path, { ...query, limit: 200, cursor });
    if (cursor === null) position = answer.as_of;
    rows.push(...answer[name]);
    cursor = answer.next_cursor;
  } while (cursor);
  return { rows, position };
}

async function fill(into, path, name, query) {
  const { rows, position } = await readAll(path, name, query);
  absorb(position, () => into.putAll(rows, position));
}

/** What each view needs is read once in an era; a failed reading is tried again when it is asked for again. */
const needs = new Map();

export function need(name) {
  const known = needs.get(name);
  if (known && !known.peek().error) return known;
  // Who watches the one that failed sees the next one.
  const state = known ?? signal();
  needs.set(name, state);
  state.value = { ready: false, error: null };
  readers[name]().then(
    () => { state.value = { ready: true, error: null }; },
    (error) => { state.value = { ready: false, error }; },
  );
  return state;
}

const readers = {
  departments: () => fill(departments, "/departments", "departments"),
  agents: () => fill(agents, "/agents", "agents"),
  councils: () => fill(councils, "/councils", "councils"),
  tasks: () => fill(tasks, "/tasks", "tasks"),
  overrides: () => fill(overrides, "/founder-panel/overrides", "overrides"),
  connections: () => fill(connections, "/connections", "connections"),
  approvals: () => fill(approvals, "/approvals", "approvals", { status: "waiting" }),
  voice: async () => { voice.value = await get("/voice/state"); },
  brain: async () => { brain.value = await get("/brain/status"); },
};

/** Forgets everything; views read what they need anew. */
export function forget() {
  batch(() => {
    for (const rows of Object.values(tables)) rows.clear();
    talks.clear();
    forgetGrowth();
    needs.clear();
    recent = [];
    heard.value = [];
    working.value = new Map();
  });
}
