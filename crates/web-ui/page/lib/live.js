// The one WebSocket: events in order, from the last position seen, across every break.

import { batch, signal } from "./ui.js";
import { BASE, refused, token } from "./api.js";

/** `connecting`, `live`, `away` (trying again), `refused` (wants a token). */
export const link = signal("connecting");
/** Counts up when everything known has to be read anew: another log, or a gap that cannot be filled. */
export const era = signal(0);
/** When the next attempt is made, in milliseconds since 1970, while away. */
export const nextAttempt = signal(0);

const LONGEST_PAUSE = 8_000;
const listeners = { event: new Set(), delta: new Set(), note: new Set(), progress: new Set() };
let socket = null;
let position = null;
let epoch = null;
let attempts = 0;
let timer = null;
let lastHeard = 0;
let heartbeat = 15_000;

/** Calls `listener` with each frame of this type. Gives what ends that. */
export function on(type, listener) {
  listeners[type].add(listener);
  return () => listeners[type].delete(listener);
}

/** The last position seen. */
export const seen = () => position;

/** Connects, and stays connected. */
export function connect() {
  clearTimeout(timer);
  const query = position === null ? "" : `?since=${position}`;
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${BASE}/ws${query}`;
  const protocols = token.value ? ["daena", `bearer.${token.value}`] : undefined;
  const mine = new WebSocket(url, protocols);
  socket = mine;
  lastHeard = Date.now();
  mine.onmessage = ({ data }) => {
    lastHeard = Date.now();
    if (mine === socket) batch(() => hear(mine, JSON.parse(data)));
  };
  mine.onclose = ({ code }) => {
    if (mine !== socket) return;
    if (code === 4001) refused.value = true;
    again();
  };
}

/** Tries at once. */
export function connectNow() {
  attempts = 0;
  // Whoever waits for the line hears of it when it is back, also where nobody had noticed that it was gone.
  if (link.value === "live") link.value = "away";
  if (socket) {
    const old = socket;
    socket = null;
    old.close();
  }
  connect();
}

function again() {
  link.value = refused.value ? "refused" : "away";
  const pause = Math.min(LONGEST_PAUSE, 250 * 2 ** attempts);
  attempts += 1;
  nextAttempt.value = Date.now() + pause;
  timer = setTimeout(connect, pause);
}

function hear(mine, frame) {
  switch (frame.type) {
    case "hello":
      heartbeat = frame.heartbeat_ms;
      if (epoch !== null && epoch !== frame.epoch) position = null;
      epoch = frame.epoch;
      if (position === null) {
        position = frame.head;
        era.value += 1;
      }
      attempts = 0;
      mine.send(JSON.stringify({ type: "subscribe", since: position, filter: {}, signals: true }));
      link.value = "live";
      refused.value = false;
      break;
    case "event":
      if (frame.event_id > position) {
        position = frame.event_id;
        tell("event", frame);
      }
      break;
    case "reset":
      position = null;
      connectNow();
      break;
    default:
      if (listeners[frame.type]) tell(frame.type, frame);
  }
}

function tell(type, frame) {
  for (const listener of listeners[type]) listener(frame);
}

// A line that is dead without saying so is noticed by its silence; a page that was asleep looks at once.
setInterval(() => {
  if (Date.now() - lastHeard > heartbeat * 2.5) connectNow();
}, 5_000);
addEventListener("online", connectNow);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && link.value === "away") connectNow();
});
