// The messages of a session. All that were read are known; those near the reader are drawn, piece by piece, and the rest is
// room of the height it had. So a talk of thousands opens and scrolls like one of ten.

import { html, signal, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/ui.js";
import { readEarlier, readTalk, readUntil, talk } from "../lib/store.js";
import { waiting } from "../lib/outbox.js";
import { route } from "../lib/router.js";
import { attempt, spoken, toast } from "../lib/toasts.js";
import { post, part } from "../lib/api.js";
import { day } from "../lib/time.js";
import { t } from "../lib/text.js";
import { Find } from "./find.js";
import { Icon } from "./icons.js";
import { Message } from "./message.js";
import { Outgoing } from "./outgoing.js";
import { Empty, Failed, Loading } from "./states.js";

/** How many messages are drawn or left out together. */
const PIECE = 4;
/** What a message may be high before it was measured. */
const GUESS = 160;
/** How near to its end, in pixels, a reader follows it. */
const NEAR = 60;

/** Pieces as they were before wherever nothing in them has changed, so that they are not drawn again. */
function cut(messages, first, before) {
  const found = [];
  for (let at = 0; at < messages.length;) {
    const number = Math.floor((first + at) / PIECE);
    const end = Math.min(messages.length, (number + 1) * PIECE - first);
    const rows = messages.slice(at, end);
    // The day that the message before was of, so that a new one is told.
    const since = at > 0 ? day(messages[at - 1].created_at) : null;
    const old = before.get(number);
    const same = old && old.since === since && old.rows.length === rows.length && old.rows.every((row, place) => row === rows[place]);
    found.push(same ? old : { number, rows, since });
    at = end;
  }
  return found;
}

/** Which pieces of a stream are drawn: those that `box` shows or will soon show, one more in each frame, the nearest first. */
class View {
  pieces = new Map();
  #wanted = new Set();
  #frame = 0;
  #watch;
  #box;

  constructor(box) {
    this.#box = box;
    this.#watch = new IntersectionObserver((changes) => this.#moved(changes), { root: box, rootMargin: "150% 0px" });
  }

  add(number, element, drawn) {
    const piece = { number, element, drawn, height: 0 };
    this.pieces.set(number, piece);
    element.piece = piece;
    this.#watch.observe(element);
    return () => {
      this.#watch.unobserve(element);
      this.#wanted.delete(piece);
      if (this.pieces.get(number) === piece) this.pieces.delete(number);
    };
  }

  #moved(changes) {
    for (const { target, isIntersecting, boundingClientRect } of changes) {
      const { piece } = target;
      if (isIntersecting) this.#wanted.add(piece);
      else {
        this.#wanted.delete(piece);
        // What the reader holds stays: the keys' place, a selection.
        if (!piece.drawn.value || target.contains(document.activeElement) || selects(target)) continue;
        piece.height = boundingClientRect.height;
        piece.drawn.value = false;
      }
    }
    if (this.#wanted.size) this.#soon();
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const { top, bottom } = this.#box.getBoundingClientRect();
      const off = ({ element }) => {
        const at = element.getBoundingClientRect();
        return Math.max(at.top - bottom, top - at.bottom, 0);
      };
      const waiting = [...this.#wanted].filter((piece) => !piece.drawn.value);
      this.#wanted.clear();
      if (waiting.length === 0) return;
      const far = waiting.map((piece) => [off(piece), piece]).sort(([one], [other]) => one - other);
      // What is in sight is drawn at once, what is near one by one.
      const now = far.filter(([distance], place) => place === 0 || distance === 0);
      for (const [, piece] of now) piece.drawn.value = true;
      for (const [, piece] of far.slice(now.length)) this.#wanted.add(piece);
      if (this.#wanted.size) this.#soon();
    });
  }

  end() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
  }
}

function selects(element) {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
}

function Piece({ view, piece, atEnd, last }) {
  const drawn = useMemo(() => signal(atEnd), []);
  const place = useRef(null);
  useLayoutEffect(() => view.add(piece.number, place.current, drawn), [view]);
  if (!drawn.value) {
    const height = view.pieces.get(piece.number)?.height || piece.rows.length * GUESS;
    return html`<div class="piece" ref=${place} style=${{ height: `${height}px` }}></div>`;
  }
  const days = piece.rows.map((message) => day(message.created_at));
  return html`
    <div class="piece" ref=${place} style=${{ height: null }}>
      <ol class="bare">${piece.rows.map((message, number) => html`
        ${days[number] !== (number ? days[number - 1] : piece.since) && html`<li class="day" key=${days[number]}>${days[number]}</li>`}
        <${Message} key=${message.message_id} message=${message} isLast=${message === last} />`)}</ol>
    </div>
  `;
}

export function Stream({ id, finding }) {
  const open = talk(id);
  const messages = open.messages.value;
  useEffect(() => { if (messages === null) readTalk(id); }, [id, messages === null]);
  if (open.error.value) return html`<div class="stream"><${Failed} error=${open.error.value} again=${() => readTalk(id)} /></div>`;
  if (messages === null) return html`<div class="stream"><${Loading} rows=${8} /></div>`;
  return html`<${Messages} id=${id} open=${open} finding=${finding} />`;
}

function Messages({ id, open, finding }) {
  const messages = open.messages.value;
  const box = useRef(null);
  const view = useRef(null);
  const [ready, setReady] = useState(false);
  const [away, setAway] = useState(false);
  const follows = useRef(true);
  const known = useRef(new Map());
  const pieces = useMemo(() => cut(messages, open.first, known.current), [messages]);
  known.current = useMemo(() => new Map(pieces.map((piece) => [piece.number, piece])), [pieces]);
  const last = messages.at(-1);
  const outgoing = waiting.value.filter((entry) => entry.session === id);

  useLayoutEffect(() => {
    view.current = new View(box.current);
    setReady(true);
    return () => view.current.end();
  }, []);
  // Whoever reads at the end stays there, however it grows; whoever scrolled up is left alone.
  useLayoutEffect(() => {
    const frame = box.current;
    const stay = new ResizeObserver(() => { if (follows.current) frame.scrollTop = frame.scrollHeight; });
    stay.observe(frame.firstElementChild);
    stay.observe(frame);
    return () => stay.disconnect();
  }, []);
  useSpeech(last);

  const reading = useRef(false);
  const earlier = async () => {
    if (reading.current || !open.earlier.value) return;
    reading.current = true;
    const { scrollHeight, scrollTop } = box.current;
    try {
      await readEarlier(id);
      requestAnimationFrame(() => {
        // A browser keeps in place what is read, but for who stands at the very top.
        if (box.current && box.current.scrollTop < 5) box.current.scrollTop = box.current.scrollHeight - scrollHeight + scrollTop;
      });
    } catch (problem) {
      toast(problem.message, "bad");
    } finally {
      reading.current = false;
    }
  };
  const top = useRef(0);
  const scrolled = () => {
    // A scroll that was under way is told of after the talk has left the page.
    if (!box.current) return;
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    // What grows by much at once has not been scrolled away from.
    const isUp = scrollTop < top.current;
    top.current = scrollTop;
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR || (follows.current && !isUp);
    setAway(!follows.current);
    if (scrollTop < clientHeight * 3) earlier();
  };
  const wish = useRef(0);
  const toEnd = () => {
    wish.current += 1;
    follows.current = true;
    box.current.scrollTo({ top: box.current.scrollHeight });
    setAway(false);
  };

  /** Brings a message into the middle. Gives its element, or null when another one was wished for meanwhile. */
  const reach = async (message) => {
    const mine = (wish.current += 1);
    const place = open.messages.value.findIndex((row) => row.message_id === message);
    const number = Math.floor((open.first + place) / PIECE);
    follows.current = false;
    let element = null;
    // Pieces above get their true heights as they are drawn: it is in place when it stays in place.
    for (let frame = 0, still = 0, top = null; frame < 60 && still < 3; frame += 1) {
      await new Promise(requestAnimationFrame);
      if (mine !== wish.current || !box.current) return null;
      const piece = view.current?.pieces.get(number);
      if (!piece) continue;
      piece.drawn.value = true;
      element = document.getElementById(`m-${message}`);
      (element ?? piece.element).scrollIntoView({ block: "center" });
      const now = element?.getBoundingClientRect().top ?? null;
      still = now !== null && Math.abs(now - top) < 2 ? still + 1 : 0;
      top = now;
    }
    scrolled();
    return element;
  };

  // An address may name a message: `?m=`.
  const wanted = route.value.query.get("m");
  const show = () => attempt(async () => {
    if (await readUntil(id, wanted)) point(await reach(wanted));
    else if (box.current) toast(t("on_another_branch"), "", { text: t("show_branch"), run: turnTo });
  });
  const turnTo = () => attempt(async () => {
    await post(`/messages/${part(wanted)}/select`);
    await readTalk(id);
    await show();
  });
  useEffect(() => { if (wanted && ready) show(); }, [wanted, ready]);

  return html`
    ${finding.value && html`<${Find} id=${id} open=${open} reach=${reach} close=${() => { finding.value = false; box.current.focus(); }} />`}
    <div class="stream" ref=${box} onScroll=${scrolled} tabindex="0" role="log" aria-live="off" aria-label=${t("messages")}>
      <div class="talk">
        ${open.earlier.value && html`<p class="quiet small">${t("earlier_above")}</p>`}
        ${messages.length === 0 && outgoing.length === 0 && html`<${Empty} title=${t("nothing_said")} />`}
        ${ready && pieces.map((piece, place) => html`
          <${Piece} key=${piece.number} view=${view.current} piece=${piece} atEnd=${place > pieces.length - 3} last=${place === pieces.length - 1 ? last : null} />`)}
        ${outgoing.length > 0 && html`<ol class="bare">${outgoing.map((entry) => html`<${Outgoing} key=${entry.id} entry=${entry} />`)}</ol>`}
      </div>
    </div>
    ${away && html`<button type="button" class="button latest" onClick=${toEnd}><${Icon} name="down" />${t("latest")}</button>`}
  `;
}

/** Shows which one it is, to eyes and to a screen reader. */
function point(element) {
  if (!element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
  const wash = getComputedStyle(element).getPropertyValue("--accent-wash");
  element.animate([{ background: wash }, { background: "transparent" }], { duration: 2_500, easing: "ease-in" });
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
