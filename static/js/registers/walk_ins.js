/** Somebody who came without being on the list: sealed to the server before anything is kept. */
import { one } from "./database.js";
import { newId, queue } from "./queue.js";
import { publicKeyFrom, seal } from "./sealing.js";

// For a page on a device that keeps nothing.
let serverKey = null;

/** Seal to this key from now on: {id, x, y}, as the server gives it. */
export function sealTo(key) {
  serverKey = key;
}

/**
 * Queue a walk-in, who is present from now; resolves with the id of the new person.
 *
 * `details` has given_name, family_name and year_group (a number, or null where not known).
 */
export async function addWalkIn(session, details, id = newId()) {
  const { id: key, ...point } = serverKey ?? (await one("settings", "server key"));
  const publicKey = await publicKeyFrom(point);
  const sealed = await seal(details, { publicKey, key, about: `${session}/${id}` });
  queue.add(session, "walk_ins", { id, at: new Date(queue.now()).toISOString(), sealed });
  return id;
}
