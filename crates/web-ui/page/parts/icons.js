// Pictures, drawn as strokes on a field of 24.

import { html } from "../lib/ui.js";

const PATHS = {
  home: "M12 3l8 4.5v9L12 21l-8-4.5v-9z",
  office: "M4 5h16v11H9l-5 4z",
  departments: "M4 20V8l8-4 8 4v12M9 20v-6h6v6",
  agents: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c.6-4 3.8-6 8-6s7.400 2 8 6",
  councils: "M12 4v16M6 20h12M4 8h16M7 8l-3 6h6zM17 8l-3 6h6z",
  tasks: "M4 6h2M4 12h2M4 18h2M10 6h10M10 12h10M10 18h10",
  activity: "M3 12h4l3-8 4 16 3-8h4",
  brain: "M9 4a3 3 0 00-3 3 3 3 0 00-2 5 3 3 0 002 5 3 3 0 006 1V6a3 3 0 00-3-2zM15 4a3 3 0 013 3 3 3 0 012 5 3 3 0 01-2 5 3 3 0 01-6 1",
  connections: "M9 3v5M15 3v5M6 8h12v3a6 6 0 01-12 0zM12 17v4",
  approvals: "M4 5h16v14H4zM8 12l3 3 5-6",
  founder: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.500v5M8 14.500v5",
  search: "M11 18a7 7 0 100-14 7 7 0 000 14zM20 20l-4-4",
  plus: "M12 5v14M5 12h14",
  send: "M5 12h13M12 5l7 7-7 7",
  stop: "M7 7h10v10H7z",
  again: "M4 12a8 8 0 0114-5l2 2M20 4v5h-5M20 12a8 8 0 01-14 5l-2-2M4 20v-5h5",
  edit: "M4 20h4L19 9l-4-4L4 16z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  pin: "M9 3h6l-1 7 4 4H6l4-4zM12 14v7",
  archive: "M4 4h16v4H4zM6 8v12h12V8M10 12h4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  restore: "M4 12a8 8 0 108-8H5M8 1L4.500 4 8 7",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  mic: "M12 3a3 3 0 00-3 3v6a3 3 0 006 0V6a3 3 0 00-3-3zM5 11a7 7 0 0014 0M12 18v3",
  muted: "M12 3a3 3 0 00-3 3v6a3 3 0 006 0V6a3 3 0 00-3-3zM5 11a7 7 0 0014 0M12 18v3M4 4l16 16",
  sound: "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 010 6M18.500 6.500a8 8 0 010 11",
  call: "M5 4h4l2 5-2.500 1.500a11 11 0 005 5L15 13l5 2v4a1 1 0 01-1 1A15 15 0 014 5a1 1 0 011-1z",
};

export const Icon = ({ name }) => html`
  <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>
`;

/** A button that is a picture; its name is read out and shown on pointing. */
export const IconButton = ({ icon, name, tiny = false, ...more }) => html`
  <button type="button" class=${`button plain icon${tiny ? " tiny" : ""}`} aria-label=${name} title=${name} ...${more}><${Icon} name=${icon} /></button>
`;
