// What this browser keeps for itself: wishes, drafts, messages on their way, and the answers it saw last.

const PREFIX = "daena:";

/** Reads a value; `otherwise` when there is none or it cannot be read. */
export function kept(name, otherwise = null) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** Keeps a value; null or undefined forgets it. False when the browser has no room. */
export function keep(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** The names that begin so. */
export function keptNames(beginning) {
  const names = [];
  for (let i = 0; i < localStorage.length; i += 1) {
    const name = localStorage.key(i);
    if (name.startsWith(PREFIX + beginning)) names.push(name.slice(PREFIX.length));
  }
  return names;
}

/** Calls `listener` with what another window keeps under a name that begins so: the rest of the name, and the value or null. */
export function onKept(beginning, listener) {
  const before = PREFIX + beginning;
  addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(before)) listener(key.slice(before.length), newValue === null ? null : JSON.parse(newValue));
  });
}

const ANSWERS = "daena:answers";
const MOST = 300;

/** Keeps an answer, to be shown when the server cannot be reached. */
export async function keepAnswer(url, answer) {
  if (!globalThis.caches) return;
  const shelf = await caches.open(ANSWERS);
  const known = await shelf.keys();
  if (known.length >= MOST) await shelf.delete(known[0]);
  await shelf.delete(url);
  await shelf.put(url, new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } }));
}

/** The answer seen last, or null. */
export async function keptAnswer(url) {
  if (!globalThis.caches) return null;
  const found = await caches.match(url, { cacheName: ANSWERS });
  return found ? found.json() : null;
}

/** Forgets all answers: they belong to whoever holds the token. */
export const forgetAnswers = () => globalThis.caches?.delete(ANSWERS);
