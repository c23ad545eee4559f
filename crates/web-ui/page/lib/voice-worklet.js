// Runs on the audio thread: hands the microphone's samples on in pieces, each with its loudness and whether somebody speaks.

const PIECE = 1024;
/** What is louder than this many times the room's own noise is a voice; while we sound ourselves, it takes more. */
const OVER = 3;
const OVER_OWN_SOUND = 8;
const LEAST = 0.008;
/** How long a voice lasts before it is believed, and a silence before it is over, in milliseconds. */
const BEGINS = 90;
const ENDS = 900;

class Ear extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
    this.noise = LEAST / 2;
    this.loud = 0;
    this.quiet = 0;
    this.speaking = false;
    this.sounding = false;
    this.port.onmessage = ({ data }) => { this.sounding = data.sounding; };
  }

  process([input]) {
    const samples = input?.[0];
    if (!samples) return true;
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + PIECE - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === PIECE) this.hand();
    }
    return true;
  }

  hand() {
    const { piece } = this;
    let sum = 0;
    for (const sample of piece) sum += sample * sample;
    const level = Math.sqrt(sum / PIECE);
    const ms = (PIECE / sampleRate) * 1000;
    const isVoice = level > Math.max(LEAST, this.noise * (this.sounding ? OVER_OWN_SOUND : OVER));
    // The room's noise is learnt quickly downwards and slowly upwards, so that no sentence becomes the room.
    this.noise += (level - this.noise) * (level < this.noise ? 0.2 : isVoice ? 0.001 : 0.02);
    this.loud = isVoice ? this.loud + ms : Math.max(0, this.loud - ms / 2);
    this.quiet = isVoice ? 0 : this.quiet + ms;
    if (!this.speaking && this.loud >= BEGINS) this.speaking = true;
    else if (this.speaking && this.quiet >= ENDS) {
      this.speaking = false;
      this.loud = 0;
    }
    this.port.postMessage({ samples: piece, level, speaking: this.speaking }, [piece.buffer]);
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
  }
}

registerProcessor("ear", Ear);
