/**
 * Deleting what may not be kept any longer: keys and registers, never what waits to be sent. The
 * service worker does it as well whenever it wakes.
 */
import { all, hasDatabase, within } from "./database.js";

// How often this page has forgotten: keeping that began before must not go on after.
export const forgotten = { times: 0 };

/** Delete every key and register for which `isOver` holds. */
async function forget(isOver) {
  if (!(await hasDatabase())) return;
  const kept = [...(await all("keys")), ...(await all("registers"))].filter(isOver);
  if (!kept.length) return;
  await within(["keys", "registers"], "readwrite", (keys, registers) => {
    for (const each of kept) {
      if (each.session) registers.delete(each.session);
      else keys.delete(each.user);
    }
  });
}

/** Whatever is older than its time, or was kept by a clock that has been put back since. */
export function forgetExpired(now = Date.now()) {
  return forget((each) => each.expiresAt <= now || each.keptAt > now + 60_000);
}

/** What belongs to anybody but this user; with nobody, everything. */
export function forgetOthers(user = "") {
  forgotten.times += 1;
  return forget((each) => each.user !== user);
}
