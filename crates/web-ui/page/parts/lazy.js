// What is fetched only when it is looked at.

import { html, useEffect, useState } from "../lib/ui.js";
import { Failed, Loading } from "./states.js";

/** A component of a file that is asked for at its first use; `frame` is the class of what stands there until then. */
export function lazy(load, name, frame = "page") {
  let found = null;
  return function Later(given) {
    const [state, setState] = useState({ error: null, tries: 0 });
    useEffect(() => {
      if (found) return;
      load().then((module) => { found = module[name]; setState({ error: null, tries: 0 }); }, (error) => setState({ error, tries: state.tries }));
    }, [state.tries]);
    if (found) return html`<${found} ...${given} />`;
    if (state.error) return html`<div class=${frame}><${Failed} error=${state.error} again=${() => setState({ error: null, tries: state.tries + 1 })} /></div>`;
    return html`<div class=${frame}><${Loading} rows=${4} /></div>`;
  };
}
