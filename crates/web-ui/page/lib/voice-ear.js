// The microphone, open until it is closed: how loud it is, when somebody speaks, and what was said as a WAV file.

const RATE = 16_000;
/** What is kept from before a voice was noticed, and the longest recording, in seconds. */
const BEFORE = 0.4;
const LONGEST = 120;

/** Why there is no microphone; `reason` names a text. */
export class NoEar extends Error {
  constructor(reason, cause) {
    super(reason, { cause });
    this.reason = reason;
  }
}

const REASONS = { NotAllowedError: "mic_refused", SecurityError: "mic_refused", NotFoundError: "mic_absent", NotReadableError: "mic_busy" };

export class Ear {
  #context = null;
  #stream = null;
  #node = null;
  #pieces = [];
  #length = 0;
  #recording = false;
  #speaking = false;

  /** `onLevel(level)` some fifty times a second, `onSpeech(speaks)` when that changes, `onFull()` when a recording is as long as one may be. */
  constructor({ onLevel, onSpeech, onFull }) {
    this.onLevel = onLevel;
    this.onSpeech = onSpeech;
    this.onFull = onFull;
  }

  /** Opens it, asking where the browser wants to ask. Throws a `NoEar`. */
  async open() {
    if (!globalThis.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new NoEar("mic_insecure");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
    } catch (error) {
      throw new NoEar(REASONS[error.name] ?? "mic_failed", error);
    }
    try {
      this.#context = new AudioContext();
      await this.#context.audioWorklet.addModule(new URL("./voice-worklet.js", import.meta.url));
      this.#node = new AudioWorkletNode(this.#context, "ear", { numberOfOutputs: 0 });
      this.#node.port.onmessage = ({ data }) => this.#hear(data);
      this.#context.createMediaStreamSource(this.#stream).connect(this.#node);
      await this.#context.resume();
    } catch (error) {
      this.close();
      throw new NoEar("mic_failed", error);
    }
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#node) this.#node.port.onmessage = null;
    this.#context?.close();
    this.#stream = this.#context = this.#node = null;
    this.#pieces = [];
    this.#length = 0;
  }

  /** Whether we sound ourselves: then a voice has to be louder. */
  set sounding(is) {
    this.#node?.port.postMessage({ sounding: is });
  }

  /** A muted ear hears silence. */
  set muted(is) {
    for (const track of this.#stream?.getTracks() ?? []) track.enabled = !is;
  }

  begin() {
    this.#recording = true;
  }

  /** What was said since the beginning and a moment before, or null when nothing was recorded. */
  end() {
    const pieces = this.#pieces;
    const rate = this.#context?.sampleRate;
    this.#recording = false;
    this.#pieces = [];
    this.#length = 0;
    return rate && pieces.length ? wav(pieces, rate) : null;
  }

  #hear({ samples, level, speaking }) {
    this.#pieces.push(samples);
    this.#length += samples.length;
    const { sampleRate } = this.#context;
    if (!this.#recording) {
      while (this.#length - this.#pieces[0].length > BEFORE * sampleRate) this.#length -= this.#pieces.shift().length;
    }
    this.onLevel(level);
    if (speaking !== this.#speaking) {
      this.#speaking = speaking;
      this.onSpeech(speaking);
    }
    if (this.#recording && this.#length > LONGEST * sampleRate) this.onFull();
  }
}

/** Sixteen bits, one channel, at the rate recognisers want. Each sample is the mean of those it stands for. */
export function wav(pieces, rate) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  const step = Math.max(1, rate / RATE);
  const count = Math.floor(length / step);
  const view = new DataView(new ArrayBuffer(44 + count * 2));
  const word = (place, text) => [...text].forEach((sign, offset) => view.setUint8(place + offset, sign.charCodeAt(0)));
  const out = Math.min(rate, RATE);
  word(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, out, true);
  view.setUint32(28, out * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, count * 2, true);
  for (let place = 0; place < count; place += 1) {
    const from = Math.floor(place * step);
    const to = Math.max(from + 1, Math.floor((place + 1) * step));
    let sum = 0;
    for (let sample = from; sample < to; sample += 1) sum += all[sample];
    view.setInt16(44 + place * 2, Math.max(-1, Math.min(1, sum / (to - from))) * 0x7fff, true);
  }
  return new Blob([view], { type: "audio/wav" });
}
