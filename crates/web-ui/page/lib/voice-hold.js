// One window of this browser has the microphone, and one has the loudspeaker: whoever took it last.

/** Takes it from whoever has it; `lost` is called when another window does. Gives what lets it go. */
export function hold(name, lost) {
  let letGo = null;
  const held = new Promise((resolve) => { letGo = resolve; });
  navigator.locks?.request(name, { steal: true }, () => held).catch(lost);
  return letGo;
}
