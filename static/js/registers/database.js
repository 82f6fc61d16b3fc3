/**
 * What this device keeps, in IndexedDB:
 *
 *   queue      operations that the server has not got: ids, marks, sealed walk-ins
 *   registers  {session, user, expiresAt, sealed, marks, ...}: names inside `sealed` only
 *   keys       {user, expiresAt, publicKey, privateKey | wrapped, wrong}
 *   settings   single values by name: nothing personal
 *
 * A few promises round the browser's own interface; the service worker uses them too.
 */

const NAME = "registers";
const VERSION = 1;

let opened;

/** The database, made if need be. Fails where the browser keeps nothing. */
export function database() {
  opened ??= open().catch((problem) => {
    opened = undefined;
    throw problem;
  });
  return opened;
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => make(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new DOMException("Held by another page", "AbortError"));
    request.onsuccess = () => resolve(ready(request.result));
  });
}

function make(made) {
  made.createObjectStore("queue", { keyPath: "number", autoIncrement: true });
  made.createObjectStore("registers", { keyPath: "session" });
  made.createObjectStore("keys", { keyPath: "user" });
  made.createObjectStore("settings");
}

function ready(database) {
  const forget = () => {
    opened = undefined;
  };
  database.onclose = forget;
  database.onversionchange = () => {
    database.close();
    forget();
  };
  return database;
}

/** Whether there is one already: visitors who take no registers get none. */
export async function hasDatabase() {
  if (!globalThis.indexedDB) return false;
  const all = (await indexedDB.databases?.()) ?? [{ name: NAME }];
  return all.some(({ name }) => name === NAME);
}

/** Run `work`, given the stores, in one transaction; resolves with its request's result once kept. */
export async function within(names, mode, work) {
  const transaction = (await database()).transaction(names, mode, { durability: "strict" });
  return new Promise((resolve, reject) => {
    transaction.onabort = () => reject(transaction.error ?? new DOMException("", "AbortError"));
    const request = work(...[names].flat().map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(request?.result);
  });
}

/** Everything in a store, in order of its keys. */
export function all(name) {
  return within(name, "readonly", (store) => store.getAll());
}

/** One value, or nothing. */
export function one(name, key) {
  return within(name, "readonly", (store) => store.get(key));
}

/** Keep a value; resolves with its key once it is on the disk. */
export function put(name, value, key) {
  return within(name, "readwrite", (store) => store.put(value, key));
}

/** Put what `become` makes of a value in its place, if it is still there; resolves with neither. */
export function change(name, key, become) {
  return within(name, "readwrite", (store) => {
    const request = store.get(key);
    request.onsuccess = () => request.result && store.put(become(request.result));
  });
}

/** Delete values by their keys. */
export function remove(name, keys) {
  return within(name, "readwrite", (store) => {
    for (const key of keys) store.delete(key);
  });
}
