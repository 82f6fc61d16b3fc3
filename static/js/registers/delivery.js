/**
 * How operations on a register travel to the server: fetch only, no page and no storage, so that
 * the service worker can do it as well.
 *
 * What waits is a list of {session, kind, item, user, pass, refused}: `item` as the protocol has
 * it, `user` and `pass` of whoever made it. Sending one twice is the same as once.
 */

export const KINDS = ["marks", "walk_ins", "closings", "counts"];
const PASS = "/registers/pass/";
const BATCH = 100;
// A hall's network may hang for ever without saying so.
const LONGEST = 30_000;
// Browsers let no more than 64 kB go on after a page has gone.
const MOST_AFTER_PAGE = 60_000;

/** Sending would not help now: somebody has to do something first. The message says what. */
export class Stop extends Error {}

/** The server or the network cannot now; later it may. */
export class Later extends Error {}

/** Who is signed in, with a fresh CSRF token: {user, pass, token, now, key}. */
export async function whoIsSignedIn() {
  const answer = await ask(PASS, { headers: { Accept: "application/json" } });
  if (answer.ok) return answer.json();
  throw refusal(answer);
}

/** Whether it can go now: without a pass only whoever made it may send it. */
export function canGo({ user, pass, refused }, signedIn) {
  return !refused && Boolean(pass || user === signedIn);
}

/** The oldest that one person made under one pass, in the order in which the server answers. */
export function nextBatch(waiting, signedIn) {
  const ready = waiting.filter((each) => canGo(each, signedIn));
  const same = (each) => each.user === ready[0].user && each.pass === ready[0].pass;
  const batch = ready.filter(same).slice(0, BATCH);
  return KINDS.flatMap((kind) => batch.filter((each) => each.kind === kind));
}

/** Post a batch of one session; answers as the protocol says. */
export async function post(session, batch, token) {
  const body = { marks: [] };
  if (batch[0]?.pass) body.pass = batch[0].pass;
  for (const { kind, item } of batch) (body[kind] ??= []).push(item);
  const text = JSON.stringify(body);
  const answer = await ask(`/sessions/${session}/marks/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: text,
    keepalive: text.length < MOST_AFTER_PAGE,
  });
  if (answer.ok) return answer.json();
  throw refusal(answer);
}

/** What came of a batch: those that may leave this device, and those refused, now with a reason. */
export function sorted(batch, results) {
  const isRefused = (_, place) => results[place].outcome === "refused";
  const refused = batch.filter(isRefused);
  for (const each of refused)
    each.refused = results[batch.indexOf(each)].reason || "The portal did not take it.";
  return { done: batch.filter((each) => !each.refused), refused };
}

async function ask(address, options) {
  try {
    const signal = AbortSignal.timeout?.(LONGEST);
    return await fetch(address, { redirect: "manual", cache: "no-store", signal, ...options });
  } catch {
    throw new Later("No connection.");
  }
}

function refusal({ status, type }) {
  if (status >= 500 || status === 429) return new Later("The portal cannot take them now.");
  return Object.assign(new Stop(reason(status, type)), { status });
}

function reason(status, type) {
  if (type === "opaqueredirect") return "Sign in again to send them.";
  if (status === 403) return "Somebody who takes registers must sign in to send them.";
  if (status === 404) return "This register is at a hub of somebody else.";
  return "The portal did not understand them. Open this page again.";
}
