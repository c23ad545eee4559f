// Rows of one kind. Each is remembered with the position it is true at; what is older is ignored.

import { computed, signal } from "./ui.js";

/** Rows by their key. */
export function table(key) {
  const rows = signal(new Map());
  const at = new Map();
  return {
    rows,
    key,
    list: computed(() => [...rows.value.values()]),
    get: (id) => rows.value.get(id),
    put(row, position) {
      const id = row[key];
      if ((at.get(id) ?? -1) > position) return;
      at.set(id, position);
      rows.value = new Map(rows.value).set(id, row);
    },
    putAll(many, position) {
      const next = new Map(rows.value);
      for (const row of many) {
        const id = row[key];
        if ((at.get(id) ?? -1) > position) continue;
        at.set(id, position);
        next.set(id, row);
      }
      rows.value = next;
    },
    drop(id, position) {
      at.set(id, position);
      if (!rows.value.has(id)) return;
      const next = new Map(rows.value);
      next.delete(id);
      rows.value = next;
    },
    change(id, position, how) {
      const row = rows.value.get(id);
      if (row) this.put(how(row), position);
    },
    clear() {
      at.clear();
      rows.value = new Map();
    },
  };
}
