// Keeps the page itself, so that it opens without the server. Data is the page's own to keep (lib/shelf.js).

const NAME = "{{assets}}";
const FILES = ["{{files}}"];

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(NAME);
    await cache.addAll(["/", ...FILES.filter((path) => !path.includes("/languages/"))]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("/assets/") && name !== NAME).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  } else if (url.pathname === "/") {
    event.respondWith(fetch(event.request).catch(() => caches.match("/")));
  }
});
