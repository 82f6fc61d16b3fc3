/** What the service worker does for registers while no page is open. */
import { all, hasDatabase, put, remove } from "./database.js";
import { nextBatch, post, sorted, whoIsSignedIn } from "./delivery.js";

/** Send what waits, as far as whoever is signed in may; fails where there is no connection. */
export async function deliverKept() {
  if (!(await hasDatabase())) return;
  const waiting = (await all("queue")).filter((each) => !each.refused);
  if (!waiting.length) return;
  const signedIn = await whoIsSignedIn();
  for (const session of new Set(waiting.map((each) => each.session)))
    await deliver(session, waiting, signedIn);
  new BroadcastChannel("registers").postMessage("queue");
}

async function deliver(session, waiting, { user, token }) {
  let left = waiting.filter((each) => each.session === session);
  for (let batch = nextBatch(left, user); batch.length; batch = nextBatch(left, user)) {
    const { results } = await post(session, batch, token);
    const { done, refused } = sorted(batch, results);
    const numbers = done.map((each) => each.number);
    await remove("queue", numbers);
    for (const each of refused) await put("queue", each);
    left = left.filter((each) => !done.includes(each));
  }
}
