// How the company sounds and listens: Daena's own, and what this browser does.

import { html, useEffect, useSignal } from "../../lib/ui.js";
import { BASE, get, open, part, put, remove } from "../../lib/api.js";
import { on } from "../../lib/live.js";
import { need, voice } from "../../lib/store.js";
import { attempt } from "../../lib/toasts.js";
import { number, size } from "../../lib/time.js";
import { t } from "../../lib/text.js";
import { engines, look, sendsAtOnce, setSendsAtOnce } from "../../lib/voice.js";
import { canListen, canSpeak } from "../../lib/voice-browser.js";
import { hush, sounding, speech } from "../../lib/voice-mouth.js";
import { confirm, show } from "../dialogs.js";
import { Failed, Loading, Read } from "../states.js";
import { KEYS, setTalkKey, talkKey } from "../talk.js";

export const VoiceSettings = () => html`
  <section class="card">
    <h2>${t("voice")}</h2>
    <${Engines} />
    <${Read} of=${need("voice")} again=${() => need("voice")} rows=${3}>
      ${voice.value && html`<${VoiceForm} key=${JSON.stringify(voice.value)} state=${voice.value} save=${async (change) => { voice.value = await put("/voice/state", change); }} isDaena=${true} />`}
    <//>
    <${Here} />
    <${Samples} />
  </section>
`;

/** Whether there is somebody to listen and to speak. */
function Engines() {
  const error = useSignal(null);
  const read = () => look().then(() => { error.value = null; }, (problem) => { error.value = problem; });
  useEffect(() => { read(); }, []);
  if (error.value) return html`<${Failed} error=${error.value} again=${read} />`;
  const status = engines.value;
  if (!status) return html`<${Loading} rows=${2} />`;
  return html`
    <ul class="bare rows">${status.engines.map((engine) => html`
      <li key=${engine.name} class="line"><i class=${`dot ${engine.reachable === null ? "busy" : engine.reachable ? "good" : "bad"}`}></i><span class="name">${engine.name}</span>
        ${engine.hears && html`<span class="tag">${t("engine_hears")}</span>`}${engine.speaks && html`<span class="tag">${t("engine_speaks")}</span>`}
        <span class="small quiet grow" dir="auto">${[engine.url, engine.error].filter(Boolean).join(" · ")}</span></li>`)}</ul>
    ${status.engines.length === 0 && html`<p class="quiet small">${t("voice_no_engine")}</p>`}
    ${!status.engines.some((engine) => engine.hears) && canListen() && html`<p class="quiet small">${t("voice_browser_listens")}</p>`}
    ${!status.engines.some((engine) => engine.speaks) && canSpeak() && html`<p class="quiet small">${t("voice_browser_speaks")}</p>`}
  `;
}

/** A state: Daena's, or that of an agent or a department. */
export function VoiceForm({ state, save, isDaena }) {
  const voices = useSignal([]);
  useEffect(() => { get("/voice/voices").then((answer) => { voices.value = answer.voices; }, () => { /* then only what is set can stay */ }); }, []);
  const submit = (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const change = { voice_id: given.get("voice_id") || null, rate: Number(given.get("rate")), pitch: Number(given.get("pitch")), volume: Number(given.get("volume")) };
    if (isDaena) {
      change.wake_words = given.get("wake_words").split(",").map((word) => word.trim()).filter(Boolean);
      change.talk_active = given.get("talk_active") === "on";
      change.auto_speak = given.get("auto_speak") === "on";
    }
    attempt(() => save(change), t("saved"));
  };
  const known = voices.value.some((row) => row.voice_id === state.voice_id);
  return html`
    <form class="stack voiceform" onSubmit=${submit}>
      ${isDaena && html`
        <label class="tick"><input type="checkbox" name="talk_active" defaultChecked=${state.talk_active} /><span>${t("talk_is_on")}</span></label>
        <label class="tick"><input type="checkbox" name="auto_speak" defaultChecked=${state.auto_speak} /><span>${t("auto_speak")}</span></label>`}
      <label class="field short"><span>${t("voice_id")}</span>
        <select name="voice_id">
          <option value="">${t("voice_default")}</option>
          ${state.voice_id && !known && html`<option value=${state.voice_id} selected>${state.voice_id}</option>`}
          ${voices.value.map((row) => html`<option value=${row.voice_id} selected=${row.voice_id === state.voice_id}>${row.name ?? row.voice_id}${row.language ? ` · ${row.language}` : ""}</option>`)}
        </select></label>
      <div class="sliders">
        <${Slider} name="rate" value=${state.rate} min="0.5" max="2" />
        <${Slider} name="pitch" value=${state.pitch} min="0.5" max="2" />
        <${Slider} name="volume" value=${state.volume} min="0" max="1" />
      </div>
      ${isDaena && html`<label class="field short"><span>${t("wake_words")}</span><input type="text" name="wake_words" defaultValue=${state.wake_words.join(", ")} autocomplete="off" /></label>`}
      <div class="decide"><button class="button first">${t("save")}</button>
        <${Hear} /></div>
    </form>
  `;
}

function Slider({ name, value, min, max }) {
  const now = useSignal(value);
  return html`<label class="field"><span>${t(`voice_${name}`)}: ${number(now.value, 2)}</span>
    <input type="range" name=${name} min=${min} max=${max} step="0.05" value=${now.value} onInput=${(event) => { now.value = Number(event.target.value); }} /></label>`;
}

/** What stands in the form, heard before it is kept. */
function Hear() {
  const play = (event) => {
    if (sounding.value) {
      hush();
      return;
    }
    const given = new FormData(event.target.form);
    const body = { text: t("voice_trial"), rate: Number(given.get("rate")), pitch: Number(given.get("pitch")), volume: Number(given.get("volume")) };
    if (given.get("voice_id")) body.voice_id = given.get("voice_id");
    attempt(async () => {
      const mouth = speech();
      mouth.add((async () => (await open("POST", `${BASE}/voice/speak`, { body, accept: "audio/*", signal: mouth.signal })).arrayBuffer())());
      await mouth.end();
    });
  };
  return html`<button type="button" class="button" onClick=${play}>${sounding.value ? t("voice_hush") : t("voice_hear")}</button>`;
}

/** What this browser does. */
const Here = () => html`
  <div class="stack">
    <h3>${t("this_browser")}</h3>
    <label class="tick"><input type="checkbox" checked=${sendsAtOnce.value} onChange=${(event) => setSendsAtOnce(event.target.checked)} /><span>${t("voice_at_once")}</span></label>
    <label class="field short"><span>${t("talk_key")}</span>
      <select onChange=${(event) => setTalkKey(event.target.value)}>${KEYS.map((name) => html`<option value=${name} selected=${name === talkKey.value}>${t(`talk_key_${name}`)}</option>`)}</select></label>
  </div>
`;

/** Recorded speech for engines that take on a voice. */
function Samples() {
  const state = useSignal({ rows: null, error: null });
  const read = () => get("/voice/samples").then((answer) => { state.value = { rows: answer.samples, error: null }; }, (error) => { state.value = { rows: null, error }; });
  useEffect(() => {
    read();
    return on("event", ({ event_type: type }) => { if (type.startsWith("voice.sample")) read(); });
  }, []);
  const take = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) attempt(async () => { await open("POST", `${BASE}/voice/samples?name=${part(file.name.replace(/\.\w+$/, ""))}`, { body: file, type: file.type || "application/octet-stream" }); await read(); }, t("saved"));
  };
  const drop = async (row) => {
    if (await confirm({ title: t("sample_delete"), text: row.name, action: t("delete") })) await attempt(() => remove(`/voice/samples/${part(row.sample_id)}`), t("deleted")) && read();
  };
  const play = (row) => attempt(async () => {
    const mouth = speech();
    mouth.add(`${BASE}/voice/samples/${part(row.sample_id)}`);
    await mouth.end();
  });
  const { rows, error } = state.value;
  return html`
    <div class="stack">
      <h3>${t("samples")}</h3>
      <p class="quiet small">${t("samples_text")}</p>
      ${error && html`<${Failed} error=${error} again=${read} />`}
      ${rows?.length > 0 && html`<ul class="bare rows">${rows.map((row) => html`
        <li key=${row.sample_id} class="line"><span class="name" dir="auto">${row.name}</span><span class="small quiet grow">${row.format} · ${size(row.bytes)}${row.duration_s === null ? "" : ` · ${number(row.duration_s, 1)} s`}</span>
          <button type="button" class="button tiny" onClick=${() => play(row)}>${t("play")}</button>
          <button type="button" class="button tiny danger" onClick=${() => drop(row)}>${t("delete")}</button></li>`)}</ul>`}
      <label class="field short"><span>${t("sample_add")}</span><input type="file" accept="audio/*" onChange=${take} /></label>
    </div>
  `;
}

/** Asks how an agent or a department is to sound. `clear` goes back to what it inherits. */
export async function askVoice(title, read, save, clear) {
  const state = await read();
  await show((end) => html`<div class="stack"><h2 dir="auto">${title}</h2>
    <${VoiceForm} state=${state} save=${async (change) => { await save(change); end(true); }} />
    <div class="actions">${!state.inherited && html`<button type="button" class="button" onClick=${async () => { if (await attempt(clear, t("saved"))) end(true); }}>${t("voice_inherit")}</button>`}
      <button type="button" class="button" onClick=${() => end(null)}>${t("close")}</button></div></div>`);
}
