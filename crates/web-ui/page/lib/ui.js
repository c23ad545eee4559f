// The few things every view is made with.

import { h, render } from "../vendor/preact.mjs";
import htm from "../vendor/htm.mjs";

export { render };
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.mjs";
export { batch, computed, effect, signal, untracked, useComputed, useSignal } from "../vendor/signals.mjs";

/** JSX without a build step. Text and attributes are set as such: nothing in them becomes markup. */
export const html = htm.bind(h);

/** Class names: those whose value is true. */
export const cx = (...names) => names.filter(Boolean).join(" ");
