// A model's text, drawn block by block: what has not changed is not drawn again, however long the text grows.

import { marked } from "../vendor/marked.mjs";
import DOMPurify from "../vendor/purify.mjs";

const CLEAN = {
  ALLOWED_TAGS: ["p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "table", "thead", "tbody",
    "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6", "input", "sup", "sub"],
  ALLOWED_ATTR: ["href", "title", "align", "start", "type", "checked", "disabled", "class"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
};

// A text can name any picture, and to fetch it would tell its owner: it becomes a link.
const renderer = {
  image({ href, text }) {
    return `<a href="${escape(href)}">${escape(text || href)}</a>`;
  },
  html({ text }) {
    return escape(text);
  },
};

marked.use({ gfm: true, breaks: true, renderer });

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A") {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  }
});

export function escape(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const drawn = new Map();
const MOST = 2_000;

/** The blocks of a text: `{code: {lang, text}}` or `{html}`. */
export function blocks(text) {
  const tokens = marked.lexer(text);
  return tokens.filter(isShown).map((token) => block(token, tokens.links));
}

/** Reads a text that grows: gives its blocks, and reads again only from the last one on. */
export function growing() {
  let before = "";
  let done = [];
  return (text) => {
    const now = text.replace(/\r\n?/g, "\n");
    if (!now.startsWith(before)) {
      before = "";
      done = [];
    }
    const rest = now.slice(before.length);
    const tokens = marked.lexer(rest);
    // More text changes nothing but the last block: a paragraph goes on, a list gets a line, a fence closes.
    const open = tokens.findLastIndex(isShown);
    const closed = open > 0 && tokens.map(({ raw }) => raw).join("") === rest ? tokens.slice(0, open) : [];
    before += closed.map(({ raw }) => raw).join("");
    done = [...done, ...closed.filter(isShown).map((token) => block(token, tokens.links))];
    return [...done, ...tokens.slice(closed.length).filter(isShown).map((token) => block(token, tokens.links, false))];
  };
}

const isShown = ({ type }) => type !== "space" && type !== "def";

function block(token, links, keeps = true) {
  if (token.type === "code") return { code: { lang: (token.lang ?? "").split(/\s/)[0], text: token.text } };
  // What may refer to a definition elsewhere in its text means something else in another one.
  const isItself = !/\]\[|\[[^\]]+\](?!\()/.test(token.raw);
  let html = isItself ? drawn.get(token.raw) : undefined;
  if (html === undefined) {
    html = DOMPurify.sanitize(marked.parser(Object.assign([token], { links })), CLEAN);
    if (keeps && isItself) {
      if (drawn.size >= MOST) drawn.delete(drawn.keys().next().value);
      drawn.set(token.raw, html);
    }
  }
  return { html };
}

const LANGUAGES = ["bash", "c", "cpp", "csharp", "css", "diff", "dockerfile", "go", "ini", "java", "javascript", "json", "kotlin", "lua",
  "makefile", "markdown", "php", "python", "ruby", "rust", "scala", "sql", "swift", "typescript", "xml", "yaml"];
const ALIASES = { sh: "bash", shell: "bash", zsh: "bash", js: "javascript", jsx: "javascript", ts: "typescript", tsx: "typescript",
  py: "python", rs: "rust", html: "xml", svg: "xml", yml: "yaml", toml: "ini", "c++": "cpp", "c#": "csharp", cs: "csharp", md: "markdown", rb: "ruby", kt: "kotlin" };
let core = null;
const loaded = new Map();

/** Code as coloured markup, or null when the language is not known. Loads what it needs. */
export async function coloured(text, name) {
  const wanted = name.toLowerCase();
  const language = ALIASES[wanted] ?? wanted;
  if (!LANGUAGES.includes(language)) return null;
  core ??= import("../vendor/highlight/core.mjs").then((module) => module.default);
  const highlighter = await core;
  if (!loaded.has(language)) {
    loaded.set(language, import(`../vendor/highlight/languages/${language}.mjs`).then((module) =>
      highlighter.registerLanguage(language, module.default)));
  }
  await loaded.get(language);
  return DOMPurify.sanitize(highlighter.highlight(text, { language, ignoreIllegals: true }).value, {
    ALLOWED_TAGS: ["span"],
    ALLOWED_ATTR: ["class"],
  });
}
