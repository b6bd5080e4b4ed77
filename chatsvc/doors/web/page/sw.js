// The service worker: without a network, the page opens all the same, and says so.

const SHELL = "chatsvc-HASH";
const FILES = ["/", "/static/HASH/page.js", "/static/HASH/icon.svg"];

self.addEventListener("install", (event) => {
  const filled = caches.open(SHELL).then((shell) => shell.addAll(FILES));
  event.waitUntil(filled.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => names.filter((name) => name !== SHELL));
  event.waitUntil(
    old.then((names) => Promise.all(names.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// Pages and their files come from the network, and from the shell if there is none.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const isPage = request.mode === "navigate" && (pathname === "/" || pathname.startsWith("/join/"));
  if (isPage) event.respondWith(fetch(request).catch(() => caches.match("/")));
  else if (FILES.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)));
  }
});

self.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then(async ([page]) => {
      if (!page) return self.clients.openWindow(`/${data}`);
      await page.focus();
      return page.navigate(`/${data}`);
    }),
  );
});
