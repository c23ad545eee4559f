// Sums that the server counts: asked for again as things happen, a few seconds apart.

import { useEffect, useRef } from "./ui.js";
import { heard } from "./store.js";

export function useFreshSums(read, pause = 3_000) {
  const newest = heard.value[0]?.event_id ?? 0;
  const latest = useRef(read);
  latest.current = read;
  const timer = useRef(null);
  useEffect(() => {
    read();
    return () => clearTimeout(timer.current);
  }, []);
  // One that waits already will count this, too: however much happens, they are asked for.
  useEffect(() => {
    if (!newest) return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      latest.current();
    }, pause);
  }, [newest]);
}
