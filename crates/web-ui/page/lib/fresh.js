// Sums that the server counts: asked for again as things happen, a few seconds apart.

import { useEffect } from "./ui.js";
import { heard } from "./store.js";

export function useFreshSums(read, pause = 3_000) {
  const newest = heard.value[0]?.event_id ?? 0;
  useEffect(() => { read(); }, []);
  useEffect(() => {
    if (!newest) return undefined;
    const timer = setTimeout(read, pause);
    return () => clearTimeout(timer);
  }, [newest]);
}
