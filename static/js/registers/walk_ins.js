/** Somebody who came without being on the list: sealed to the server before anything is kept. */
import { one } from "./database.js";
import { newId, queue } from "./queue.js";
import { publicKeyFrom, seal } from "./sealing.js";

/**
 * Queue a walk-in, who is present from now; resolves with the id of the new person.
 *
 * `details` has given_name, family_name and year_group (a number, or null where not known).
 */
export async function addWalkIn(session, details) {
  const { id: key, ...point } = await one("settings", "server key");
  const id = newId();
  const publicKey = await publicKeyFrom(point);
  const sealed = await seal(details, { publicKey, key, about: `${session}/${id}` });
  queue.add(session, "walk_ins", { id, at: new Date(queue.now()).toISOString(), sealed });
  return id;
}
