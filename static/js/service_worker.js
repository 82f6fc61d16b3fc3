/**
 * Keeps what was last seen readable without a network: the front page, the last list of what's on,
 * sessions that were saved on this device, and what those pages look like. Everything else is left
 * alone: staff pages, forms and calendars never come past here.
 *
 * Pages come from the network first. Only where that fails, or takes too long, is the kept copy
 * shown, and it says since when it has been one.
 */

// The server fills this in: files, languages, registerFiles, registerShell, static, version.
const SITE = {};

// The server puts the modules in here that pages with registers use, too.
const registers = {};

// Milliseconds after which a page that is kept is shown instead of waiting on.
const PATIENCE = 4000;
// A live register is worth waiting for.
const REGISTER_PATIENCE = 8000;
const MOST_FILES = 80;
const LARGEST_PAGE = 400_000;
// saved.js writes to the last two as well.
const CACHES = {
  shell: `shell-${SITE.version}`,
  pages: "pages-1",
  saved: "saved-1",
  files: "files-1",
  registers: `registers-${SITE.version}`,
};
const SESSION = /^\/sessions\/[0-9a-f-]{36}\/$/;
// Public pages that are not kept; without a network they give way to the page that says so.
const OTHER_PAGES =
  /^\/(hubs\/([\w-]+\/)?|map\/|community\/([\w-]+\/)?|stories\/[0-9a-f-]{36}\/|story-so-far\/|about\/[\w-]+\/|romani\/)$/;
const HOW = { ignoreVary: true };
// Coordinators' pages: never kept. Without a network a page that holds nothing stands in, and opens
// what this device keeps sealed.
const REGISTER_PAGES = /^\/(today|start|sessions\/[0-9a-f-]{36}\/register)\/$/;

self.addEventListener("install", (event) => {
  event.waitUntil(install().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(SITE.static)) {
    event.respondWith(file(event));
    return;
  }
  const kind = kindOf(url);
  if (kind && isForAPage(request)) event.respondWith(page(event, url, kind));
  else if (standsInFor(url) && request.mode === "navigate") event.respondWith(registerPage(request));
});

/** A page that was open before this worker was there asks to be kept, with its files. */
self.addEventListener("message", (event) => {
  if (event.data.registers) {
    event.waitUntil(keepRegisterShell());
    return;
  }
  const url = new URL(event.data.page);
  if (url.origin !== self.location.origin) return;
  const kind = kindOf(url);
  const work = event.data.files.map((each) => keepFile(each));
  if (kind === "front" || kind === "list") {
    work.push(fetch(url.href).then((response) => keep(url, kind, response)));
  }
  event.waitUntil(Promise.allSettled(work));
});

/** Where the browser can: there is a connection again, and marks wait. */
self.addEventListener("sync", (event) => {
  if (event.tag === "registers") event.waitUntil(registers.deliverKept());
});

// Whenever this worker wakes: what is older than its time goes.
registers.forgetExpired().catch(() => undefined);

// --- Which page it is ----------------------------------------------------------------------------

function languageOf(path) {
  const first = path.split("/")[1];
  return SITE.languages.includes(first) ? first : "";
}

function prefixOf(path) {
  const language = languageOf(path);
  return language ? `/${language}` : "";
}

/** What is done with an address; nothing for whatever is not known to be public. */
function kindOf(url) {
  const path = url.pathname.slice(prefixOf(url.pathname).length);
  if (path === "/") return "front";
  if (path === "/whats-on/") return "list";
  if (SESSION.test(path)) return "session";
  if (path === "/saved/" || path === "/offline/") return "shell";
  return OTHER_PAGES.test(path) ? "other" : null;
}

function standsInFor(url) {
  return REGISTER_PAGES.test(url.pathname) || url.pathname === SITE.registerShell;
}

function isForAPage(request) {
  return request.mode === "navigate" || request.headers.has("HX-Request");
}

// --- Pages ---------------------------------------------------------------------------------------

async function page(event, url, kind) {
  const { request } = event;
  const network = fetch(request).then((response) => {
    const copy = response.clone();
    event.waitUntil(Promise.allSettled([keep(url, kind, copy), keepShell(url)]));
    return response;
  });
  event.waitUntil(network.catch(() => undefined));
  // A part of a page that is there already cannot say that it is old.
  if (request.mode !== "navigate") return network;
  const first = await Promise.race([network.catch(() => null), patience()]);
  if (first) return first;
  const copy = await keptCopy(url, kind);
  if (copy) return copy;
  return network.catch(() => offlinePage(url));
}

function patience(milliseconds = PATIENCE) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds, null);
  });
}

/** Whether an answer may be kept: a whole public page, and never one that a server wants gone. */
function mayKeep(response) {
  const allowed = response.headers.get("Cache-Control") ?? "";
  return (
    response.status === 200 &&
    response.type === "basic" &&
    !response.redirected &&
    allowed.includes("public") &&
    !allowed.includes("no-store") &&
    (response.headers.get("Content-Type") ?? "").startsWith("text/html")
  );
}

async function keep(url, kind, response) {
  if (!mayKeep(response)) return;
  const body = await response.clone().blob();
  if (body.size > LARGEST_PAGE) return;
  if (kind === "session") return keepSession(url, response);
  if (kind === "shell") return put(CACHES.shell, url.pathname, response);
  if (kind === "front" || kind === "list") return keepLast(url, kind, response);
}

/** Only sessions that were saved, and so the newest of what is known about them. */
async function keepSession(url, response) {
  const saved = await caches.open(CACHES.saved);
  if (await saved.match(url.pathname, HOW)) await saved.put(url.pathname, response);
}

/** The last one only of its kind. */
async function keepLast(url, kind, response) {
  const pages = await caches.open(CACHES.pages);
  await pages.put(url.href, response);
  for (const request of await pages.keys()) {
    const isOther = request.url !== url.href;
    if (isOther && kindOf(new URL(request.url)) === kind) await pages.delete(request, HOW);
  }
}

async function put(name, key, response) {
  const cache = await caches.open(name);
  await cache.put(key, response);
}

async function keptCopy(url, kind) {
  if (kind === "shell") return matched(CACHES.shell, url.pathname);
  const copy =
    kind === "session" ? await matched(CACHES.saved, url.pathname) : await lastOf(url, kind);
  return copy && withDate(copy, languageOf(url.pathname));
}

async function lastOf(url, kind) {
  const pages = await caches.open(CACHES.pages);
  for (const request of await pages.keys()) {
    if (kindOf(new URL(request.url)) === kind) return pages.match(request, HOW);
  }
  return undefined;
}

async function matched(name, key) {
  const cache = await caches.open(name);
  return cache.match(key, HOW);
}

/** A moment in Derby, as a page's language says it. */
function spoken(date, language) {
  const isEnglish = language === "" || language.startsWith("en");
  const words = new Intl.DateTimeFormat(isEnglish ? "en-GB" : language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    hour: "numeric",
    minute: "2-digit",
    hour12: isEnglish,
    timeZone: "Europe/London",
  });
  return words.format(date).replace(/\s(am|pm)$/, "$1");
}

/** The kept page with its note uncovered, which says when it was last seen. */
async function withDate(copy, language) {
  const date = new Date(copy.headers.get("Date") ?? Date.now());
  const words = spoken(date, language);
  const html = await copy.text();
  const headers = new Headers(copy.headers);
  for (const name of ["Content-Encoding", "Content-Length", "ETag"]) headers.delete(name);
  const noted = html
    .replace(" data-kept-note hidden", " data-kept-note")
    .replace("<span data-kept-since></span>", `<time datetime="${date.toISOString()}">${words}</time>`);
  return new Response(noted, { headers });
}

// --- The pages that are always there ---------------------------------------------------------------

/** The page for "offline" in a page's language, else in English. */
async function offlinePage(url) {
  for (const prefix of [prefixOf(url.pathname), ""]) {
    const found = await matched(CACHES.shell, `${prefix}/offline/`);
    if (found) return found;
  }
  return Response.error();
}

/** From the network; where that fails, or takes too long, the page that opens what is kept. */
async function registerPage(request) {
  const network = fetch(request);
  const shell = await matched(CACHES.registers, SITE.registerShell);
  if (!shell) return network;
  const first = await Promise.race([network.catch(() => null), patience(REGISTER_PATIENCE)]);
  return first ?? shell;
}

/** Asked for by coordinators' pages only: visitors need none of it. */
async function keepRegisterShell() {
  const cache = await caches.open(CACHES.registers);
  const wanted = [SITE.registerShell, ...SITE.registerFiles];
  const there = await Promise.all(wanted.map((address) => cache.match(address, HOW)));
  await cache.addAll(wanted.filter((_, number) => !there[number]));
}

async function keepsRegisterShell() {
  return (await caches.keys()).some((name) => name.startsWith("registers-"));
}

async function keepShell(url) {
  const prefix = prefixOf(url.pathname);
  const shell = await caches.open(CACHES.shell);
  const wanted = [`${prefix}/offline/`, `${prefix}/saved/`];
  const there = await Promise.all(wanted.map((path) => shell.match(path, HOW)));
  await shell.addAll(wanted.filter((_, number) => !there[number]));
}

async function install() {
  const open = await self.clients.matchAll({ includeUncontrolled: true, type: "window" });
  const shell = await caches.open(CACHES.shell);
  await shell.addAll(SITE.files);
  await keepShell(new URL("/", self.location));
  await Promise.all(open.map((client) => keepShell(new URL(client.url))));
  if (await keepsRegisterShell()) await keepRegisterShell();
}

async function dropOldCaches() {
  const names = new Set(Object.values(CACHES));
  const old = (await caches.keys()).filter((name) => !names.has(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

// --- Style sheets, scripts, icons -----------------------------------------------------------------

async function file(event) {
  const { request } = event;
  const network = fetch(request).then((response) => {
    if (response.ok) event.waitUntil(putFile(request.url, response.clone()));
    return response;
  });
  event.waitUntil(network.catch(() => undefined));
  const first = await Promise.race([network.catch(() => null), patience()]);
  return first ?? (await keptFile(request.url)) ?? network;
}

async function keptFile(address) {
  return (
    (await matched(CACHES.files, address)) ??
    (await matched(CACHES.shell, address)) ??
    matched(CACHES.registers, address)
  );
}

async function keepFile(address) {
  const url = new URL(address, self.location);
  if (url.origin !== self.location.origin || !url.pathname.startsWith(SITE.static)) return;
  const response = await fetch(url.href);
  if (response.ok) await putFile(url.href, response);
}

/** The oldest go once there are too many. */
async function putFile(address, response) {
  const files = await caches.open(CACHES.files);
  await files.put(address, response);
  const keys = await files.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_FILES)).map((each) => files.delete(each)));
}
