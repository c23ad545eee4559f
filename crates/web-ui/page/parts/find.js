// Finding words in one talk, also where it is not drawn.

import { html, useEffect, useMemo, useRef, useState } from "../lib/ui.js";
import { readWhole } from "../lib/store.js";
import { t } from "../lib/text.js";
import { IconButton } from "./icons.js";
import { Failed } from "./states.js";

/** `reach(message)`: brings a message into sight and gives its element. */
export function Find({ id, open, reach, close }) {
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const [error, setError] = useState(null);
  const field = useRef(null);
  const messages = open.messages.value;
  const whole = open.earlier.value === null;
  const read = () => readWhole(id).then(() => setError(null), setError);
  useEffect(() => { field.current.focus(); read(); return unmark; }, []);

  const wanted = text.trim().toLowerCase();
  const hits = useMemo(
    () => (wanted && whole ? messages.filter((message) => message.content.toLowerCase().includes(wanted)).map((message) => message.message_id) : []),
    [wanted, whole, messages],
  );
  const at = Math.min(place, hits.length - 1);
  const hit = hits[at];
  // The newest is found first, as a reader comes from the end.
  useEffect(() => { setPlace(hits.length - 1); }, [wanted, whole]);
  useEffect(() => {
    let wants = true;
    if (hit) reach(hit).then((element) => { if (wants) mark(element, wanted); });
    else unmark();
    return () => { wants = false; };
  }, [hit, wanted]);
  const step = (by) => { if (hits.length) setPlace((at + by + hits.length) % hits.length); };
  const keys = (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? 1 : -1); }
  };
  return html`
    <div class="find" role="search">
      <label class="visually-hidden" for="find">${t("find_here")}</label>
      <input id="find" ref=${field} type="search" placeholder=${t("find_here")} value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${keys} />
      <span class="small quiet nowrap" role="status">${!whole && !error ? t("reading") : wanted ? t("n_of", { n: hits.length ? at + 1 : 0, all: hits.length }) : ""}</span>
      <${IconButton} icon="up" name=${t("find_before")} disabled=${hits.length === 0} onClick=${() => step(-1)} />
      <${IconButton} icon="down" name=${t("find_after")} disabled=${hits.length === 0} onClick=${() => step(1)} />
      <${IconButton} icon="close" name=${t("close")} onClick=${close} />
      ${error && html`<${Failed} error=${error} again=${read} />`}
    </div>
  `;
}

/** Marks the words without touching the text. A browser that cannot shows the message alone. */
function mark(element, wanted) {
  unmark();
  if (!element || !globalThis.Highlight) return;
  const ranges = [];
  const walk = document.createTreeWalker(element.querySelector(".body") ?? element, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.data.toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      if (at + wanted.length > node.length) break;
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

const unmark = () => globalThis.CSS?.highlights?.delete("found");
