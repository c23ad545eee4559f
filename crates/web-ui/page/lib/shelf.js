// What this browser keeps for itself: wishes, drafts, messages on their way, and what was seen last.

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
