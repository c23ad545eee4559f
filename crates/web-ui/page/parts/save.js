// Saves an answer of the API as a file.

import { BASE, open } from "../lib/api.js";

export async function save(path, query) {
  const response = await open("GET", BASE + path, { query, accept: "*/*" });
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "");
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = named?.[1] ?? "daena";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
