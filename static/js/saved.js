/**
 * Sessions that somebody saves: a short list and the pages themselves, on this device and nowhere
 * else. Works on the page of a session (a button) and on the page of what is saved (a list).
 *
 * The service worker shows the kept pages without a network, and knows the two caches by name.
 */

const KEY = "saved";
const PAGES = "saved-1";
const FILES = "files-1";
const MOST = 30;

// --- What is kept --------------------------------------------------------------------------------

/** Records {path, title, alert}, the newest first; none where the device keeps nothing. */
function records() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return found.filter(({ path, title }) => path.startsWith("/") && typeof title === "string");
  } catch {
    return [];
  }
}

function isSaved(path) {
  return records().some((each) => each.path === path);
}

/** Whether the device took it. */
function write(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
    return true;
  } catch {
    return false;
  }
}

function change(path, changes) {
  write(records().map((each) => (each.path === path ? { ...each, ...changes } : each)));
}

async function forget(path) {
  write(records().filter((each) => each.path !== path));
  await onCache(PAGES, (cache) => cache.delete(path));
}

/** A device without this cache, or with a full one, keeps the list alone. */
async function onCache(name, work) {
  if (!("caches" in window)) return;
  try {
    await work(await caches.open(name));
  } catch {
    // The list still leads to the page.
  }
}

/** Fetch a saved page and keep it, unless it was taken off the list meanwhile. */
async function keepPage(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } });
  if (!response.ok || !isSaved(path)) return response;
  const copy = response.clone();
  await onCache(PAGES, (cache) => cache.put(path, copy));
  return response;
}

/** So that the kept page looks as it does now. */
function keepFiles() {
  const styles = [...document.querySelectorAll("link[rel=stylesheet]")].map((each) => each.href);
  const scripts = [...document.querySelectorAll("script[src]")].map((each) => each.src);
  return onCache(FILES, (cache) => cache.addAll([...styles, ...scripts]));
}

// --- On the page of a session --------------------------------------------------------------------

function setUpButton(button) {
  const status = document.querySelector("[data-save-status]");
  const label = button.querySelector("[data-save-label]");
  const way = document.querySelector("[data-save-list]");
  const saveWords = label.textContent;
  const path = location.pathname;

  function show() {
    const saved = isSaved(path);
    label.textContent = saved ? button.dataset.saveUndo : saveWords;
    way.hidden = records().length === 0;
  }

  async function save() {
    if (records().length >= MOST) return button.dataset.saveFull;
    const record = { path, title: button.dataset.saveTitle, alert: alertOf(document) };
    if (!write([record, ...records()])) return button.dataset.saveFailed;
    await Promise.all([keepPage(path), keepFiles()]).catch(() => undefined);
    return button.dataset.saveDone;
  }

  button.addEventListener("click", async () => {
    if (isSaved(path)) {
      await forget(path);
      status.textContent = button.dataset.saveUndone;
    } else {
      status.textContent = await save();
    }
    show();
  });
  show();
  button.hidden = false;
  // A visit brings the list up to date, too.
  if (isSaved(path) && navigator.onLine) change(path, { alert: alertOf(document) });
}

/** What has to be known first: cancelled, over, not confirmed; nothing where all is well. */
function alertOf(page) {
  const notice = page.querySelector("[data-standing]");
  return notice ? notice.textContent.trim() : "";
}

// --- On the page of what is saved ----------------------------------------------------------------

function setUpList(list) {
  const pattern = document.querySelector("[data-saved-pattern]").content.firstElementChild;
  const empty = document.querySelector("[data-saved-empty]");
  const clear = document.querySelector("[data-saved-clear]");
  const status = document.querySelector("[data-saved-status]");

  function rowOf({ path, title, alert }) {
    const row = pattern.cloneNode(true);
    const link = row.querySelector("a");
    link.href = path;
    link.textContent = title;
    row.querySelector("[data-saved-name]").textContent = title;
    const notice = row.querySelector("[data-saved-alert]");
    notice.textContent = alert;
    notice.hidden = !alert;
    row.querySelector("button").addEventListener("click", async () => {
      await forget(path);
      say(list.dataset.removed);
    });
    return row;
  }

  function show() {
    const found = records();
    list.replaceChildren(...found.map(rowOf));
    empty.hidden = found.length > 0;
    clear.hidden = found.length < 2;
  }

  function say(words) {
    show();
    status.textContent = words;
    status.focus();
  }

  clear.addEventListener("click", async () => {
    for (const { path } of records()) await forget(path);
    say(list.dataset.removedAll);
  });

  document.querySelector("[data-saved-without]").hidden = true;
  show();
  refresh(list.dataset.gone).then(show);
}

/** Ask the hub's pages what is new about each saved session; without a network nothing changes. */
async function refresh(goneWords) {
  if (!navigator.onLine) return;
  for (const { path } of records()) {
    const response = await keepPage(path).catch(() => null);
    if (response === null) return;
    if (response.status === 404) change(path, { alert: goneWords });
    if (!response.ok) continue;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const title = page.querySelector("[data-save]")?.dataset.saveTitle;
    change(path, { alert: alertOf(page), ...(title && { title }) });
  }
}

const button = document.querySelector("[data-save]");
const list = document.querySelector("[data-saved-items]");
if (button?.querySelector("[data-save-label]")) setUpButton(button);
if (list) setUpList(list);
