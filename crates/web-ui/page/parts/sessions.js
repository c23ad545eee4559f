// A list of sessions: by day, newest first, true to every event.

import { html, useEffect, useMemo, useRef, useSignal } from "../lib/ui.js";
import { get, part, patch, post, remove } from "../lib/api.js";
import { absorb, sessions } from "../lib/store.js";
import { attempt, toast } from "../lib/toasts.js";
import { brief, day } from "../lib/time.js";
import { t } from "../lib/text.js";
import { confirm, fill, show } from "./dialogs.js";
import { Empty, Failed, Loading } from "./states.js";

/** Reads pages of a list and shows every known session that belongs to it, down to where the pages reach. */
export function useSessions(path, query, belongs) {
  const state = useSignal({ cursor: null, floor: null, total: null, error: null, ready: false });
  const asked = useRef(0);
  const read = async (cursor) => {
    const turn = (asked.current += 1);
    try {
      const answer = await get(path, { ...query, cursor, limit: 50 });
      if (turn !== asked.current) return;
      absorb(answer.as_of, () => sessions.putAll(answer.sessions, answer.as_of));
      const floor = answer.next_cursor ? answer.sessions.at(-1)?.updated_at ?? null : null;
      state.value = { cursor: answer.next_cursor, floor, total: answer.total ?? null, error: null, ready: true };
    } catch (error) {
      if (turn === asked.current) state.value = { ...state.value, error };
    }
  };
  const name = path + JSON.stringify(query);
  useEffect(() => {
    state.value = { cursor: null, floor: null, total: null, error: null, ready: false };
    read(null);
  }, [name]);
  const { floor } = state.value;
  const all = sessions.list.value;
  const list = useMemo(
    () => all.filter((row) => belongs(row) && (floor === null || row.updated_at >= floor))
      .sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : a.session_id < b.session_id ? 1 : -1)),
    [all, floor, name],
  );
  return { list, state: state.value, more: () => read(state.value.cursor), again: () => read(null) };
}

export function Sessions({ found, open, address, empty }) {
  const { list, state, more, again } = found;
  if (state.error && !state.ready) return html`<${Failed} error=${state.error} again=${again} />`;
  if (!state.ready) return html`<div class="tools"><${Loading} rows=${7} /></div>`;
  if (list.length === 0) return html`<${Empty} title=${empty ?? t("no_sessions")} text=${t("no_sessions_text")} />`;
  const groups = Map.groupBy(list, (row) => (row.pinned ? t("pinned") : day(row.updated_at)));
  const pinned = groups.get(t("pinned"));
  const ordered = [...(pinned ? [[t("pinned"), pinned]] : []), ...[...groups].filter(([name]) => name !== t("pinned"))];
  return html`
    <nav aria-label=${t("sessions")}>
      ${ordered.map(([name, rows]) => html`
        <h2 key=${name}>${name}</h2>
        ${rows.map((row) => html`<${Session} key=${row.session_id} row=${row} current=${row.session_id === open} address=${address(row)} />`)}
      `)}
      ${state.cursor && html`<p class="tools"><button type="button" class="button" onClick=${more}>${t("more")}</button></p>`}
    </nav>
  `;
}

/** A line of Markdown without its signs. */
const unmarked = (text) => text.replace(/\*\*|__|`+|(?<=^|\s)#{1,6}\s/g, "");

const Session = ({ row, current, address }) => html`
  <a class="session" href=${address} aria-current=${current ? "true" : null}>
    <span class="title" dir="auto">${row.title || t("untitled")}</span>
    <time class="when" datetime=${row.updated_at}>${brief(row.updated_at)}</time>
    <span class="preview" dir="auto">${row.last_message ? `${row.last_message.role === "user" ? t("you") : row.last_message.speaker_name}: ${unmarked(row.last_message.preview)}` : t("nothing_said")}</span>
  </a>
`;

export async function rename(row) {
  await fill({
    title: t("rename"), action: t("rename"), fields: [{ name: "title", label: t("title"), value: row.title, required: true }],
    save: ({ title }) => patch(`/chat-history/sessions/${part(row.session_id)}`, { title }),
  });
}

export const setPinned = (row, pinned) => attempt(() => patch(`/chat-history/sessions/${part(row.session_id)}`, { pinned }));
export const setArchived = (row, archived) => attempt(() => patch(`/chat-history/sessions/${part(row.session_id)}`, { archived }), archived ? t("archived") : t("unarchived"));

export async function toTrash(row) {
  if (await attempt(() => remove(`/chat-history/sessions/${part(row.session_id)}`))) toast(t("in_trash"), "", { text: t("undo"), run: () => restore(row) });
}

export const restore = (row) => attempt(() => post(`/chat-history/sessions/${part(row.session_id)}/restore`), t("restored"));

export async function destroy(row) {
  const sure = await confirm({ title: t("destroy_title"), text: t("destroy_text", { title: row.title || t("untitled") }), action: t("destroy") });
  if (sure) await attempt(() => remove(`/chat-history/sessions/${part(row.session_id)}`, { permanent: true }), t("destroyed"));
}

/** Everything that can be done with a session. */
export async function menu(row) {
  const choices = row.deleted_at
    ? [["restore", restore], ["destroy", destroy]]
    : [["rename", rename], [row.pinned ? "unpin" : "pin", (it) => setPinned(it, !it.pinned)],
       [row.archived ? "unarchive" : "archive", (it) => setArchived(it, !it.archived)], ["export", download], ["trash", toTrash]];
  const chosen = await show((end) => html`
    <div class="stack">
      <h2 dir="auto">${row.title || t("untitled")}</h2>
      ${choices.map(([name, run]) => html`<button type="button" class=${`button${name === "destroy" || name === "trash" ? " danger" : ""}`} onClick=${() => end(run)}>${t(name)}</button>`)}
      <div class="actions"><button type="button" class="button plain" onClick=${() => end(null)}>${t("cancel")}</button></div>
    </div>
  `);
  await chosen?.(row);
}

async function download(row) {
  const { save } = await import("./save.js");
  await fill({
    title: t("export"), action: t("export"),
    fields: [{ name: "format", label: t("format"), value: "markdown", options: [["markdown", "Markdown"], ["html", "HTML"], ["json", "JSON"], ["jsonl", "JSON Lines"]] }],
    save: ({ format }) => save(`/chat-history/sessions/${part(row.session_id)}/export`, { format }),
  });
}
