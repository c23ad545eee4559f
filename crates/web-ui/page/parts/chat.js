// The chat: a session's messages, following its end, and the place to write.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { growth, readEarlier, readTalk, sessions, talk } from "../lib/store.js";
import { discard, draft, keepDraft, place, sendAgain, waiting } from "../lib/outbox.js";
import { spoken } from "../lib/toasts.js";
import { t } from "../lib/text.js";
import { Icon } from "./icons.js";
import { Message } from "./message.js";
import { Empty, Failed, Loading } from "./states.js";
import { quiet, say, TalkButton, TalkSwitch, VoiceBar } from "./talk.js";

/** `door`: where a new session begins; `session`: the open one, or null; `opened(id)` when a first message made one. */
export function Chat({ door, session, head, greeting, opened, readOnly }) {
  return html`
    <div class="chat">
      <header>${head}</header>
      <div class="streambox">
        ${session ? html`<${Stream} key=${session} id=${session} />` : html`<div class="stream">${greeting}</div>`}
      </div>
      ${readOnly
        ? html`<p class="composer quiet small">${readOnly}</p>`
        : html`<${Composer} key=${place(door, session)} door=${door} session=${session} opened=${opened} />`}
    </div>
  `;
}

const NEAR = 60;

function Stream({ id }) {
  const open = talk(id);
  const box = useRef(null);
  const follows = useRef(true);
  const [away, setAway] = useState(false);
  const messages = open.messages.value;
  useEffect(() => { if (messages === null) readTalk(id); }, [id, messages === null]);

  const last = messages?.at(-1);
  const grows = last ? growth(last.message_id).value : null;
  const outgoing = waiting.value.filter((entry) => entry.session === id);

  // Whoever reads at the end stays there; whoever scrolled up is left alone.
  useLayoutEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [messages, grows, outgoing.length]);
  useEffect(() => {
    const frame = box.current;
    if (!frame || !messages) return undefined;
    const stay = new ResizeObserver(() => { if (follows.current) frame.scrollTop = frame.scrollHeight; });
    stay.observe(frame.firstElementChild);
    stay.observe(frame);
    return () => stay.disconnect();
  }, [messages === null]);
  useSpeech(last);

  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
    setAway(!follows.current);
    if (scrollTop < 400) earlier();
  };
  const reading = useRef(false);
  const earlier = async () => {
    if (reading.current || !open.earlier.value) return;
    reading.current = true;
    const { scrollHeight, scrollTop } = box.current;
    try {
      await readEarlier(id);
      requestAnimationFrame(() => {
        // What is read stays where it is; new messages stand above it.
        if (box.current && box.current.scrollTop < 5) box.current.scrollTop = box.current.scrollHeight - scrollHeight + scrollTop;
      });
    } finally {
      reading.current = false;
    }
  };
  const toEnd = () => {
    follows.current = true;
    box.current.scrollTo({ top: box.current.scrollHeight });
    setAway(false);
  };

  if (open.error.value) return html`<div class="stream"><${Failed} error=${open.error.value} again=${() => readTalk(id)} /></div>`;
  if (messages === null) return html`<div class="stream"><${Loading} rows=${8} /></div>`;
  return html`
    <div class="stream" ref=${box} onScroll=${scrolled} tabindex="0" role="log" aria-live="off" aria-label=${t("messages")}>
      <ol class="bare">
        ${open.earlier.value && html`<li class="quiet small">${t("earlier_above")}</li>`}
        ${messages.length === 0 && outgoing.length === 0 && html`<li><${Empty} title=${t("nothing_said")} /></li>`}
        ${messages.map((message) => html`<${Message} key=${message.message_id} message=${message} isLast=${message === last} />`)}
        ${outgoing.map((entry) => html`<${Outgoing} key=${entry.id} entry=${entry} />`)}
      </ol>
    </div>
    ${away && html`<button type="button" class="button latest" onClick=${toEnd}><${Icon} name="down" />${t("latest")}</button>`}
  `;
}

/** A reply that is whole is read out; its pieces are not. */
function useSpeech(last) {
  const heard = useRef(null);
  const status = last?.role === "assistant" ? last.status : null;
  useEffect(() => {
    if (heard.current === "streaming" || heard.current === "pending") {
      if (status === "complete") spoken.value = t("said", { name: last.speaker.name, text: last.content.slice(0, 400) });
    }
    heard.current = status;
  }, [status]);
}

/** A message that the server has not acknowledged yet. */
export const Outgoing = ({ entry }) => html`
  <li class="message user">
    <p class="by"><strong>${t("you")}</strong>${entry.sending ? html`<span class="quiet small">${t("sending")}</span>` : null}</p>
    <div class="body"><div class="text plain" dir="auto">${entry.text}</div></div>
    ${!entry.sending && html`<p class="trouble">
      <span>${entry.error ?? t("not_sent")}</span>
      <button type="button" class="button tiny" onClick=${() => sendAgain(entry)}>${t("send_again")}</button>
      <button type="button" class="button tiny" onClick=${() => discard(entry)}>${t("discard")}</button>
    </p>`}
  </li>
`;

function Composer({ door, session, opened }) {
  const where = place(door, session);
  const [text, setText] = useState(() => draft(where));
  const field = useRef(null);
  useEffect(() => { if (matchMedia("(hover: hover)").matches) field.current?.focus(); }, []);
  const write = (value) => {
    setText(value);
    keepDraft(where, value);
  };
  const submit = async (event) => {
    event?.preventDefault();
    const said = text;
    if (!said.trim()) return;
    write("");
    const made = await say({ door, session, opened, text: said, giveBack: () => write(said) });
    if (made && !session) opened?.(made);
  };
  const keys = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const outgoing = session ? [] : waiting.value.filter((entry) => !entry.session && place(entry.door) === where);
  const name = session ? sessions.rows.value.get(session)?.title : null;
  return html`
    <div class="composer">
      ${outgoing.length > 0 && html`<ol class="bare">${outgoing.map((entry) => html`<${Outgoing} key=${entry.id} entry=${entry} />`)}</ol>`}
      <${VoiceBar} />
      <form onSubmit=${submit}>
        <label class="visually-hidden" for="write">${name ? t("write_in", { name }) : t("write")}</label>
        <textarea id="write" ref=${field} rows="1" placeholder=${t("write")} value=${text} dir="auto"
          onInput=${(event) => { quiet(event.target.value); write(event.target.value); }} onKeyDown=${keys}></textarea>
        <${TalkButton} door=${door} session=${session} opened=${opened} review=${(heard) => { write(heard); field.current?.focus(); }} />
        <button class="button first icon" aria-label=${t("send")} title=${t("send")} disabled=${!text.trim()}><${Icon} name="send" /></button>
        <span class="hint"><span>${t("keys_hint")}</span><${TalkSwitch} />${text.length > 20_000 ? html`<span>${t("signs", { n: text.length })}</span>` : null}</span>
      </form>
    </div>
  `;
}
