/**
 * How operations on a register travel to the server: fetch only, no page and no storage, so that
 * the service worker can do it as well.
 *
 * What waits is a list of {session, kind, item, user, pass}: `item` as the protocol has it, `user`
 * and `pass` of whoever made it. Sending one twice is the same as once.
 */

export const KINDS = ["marks", "walk_ins", "closings", "counts"];
const PASS = "/registers/pass/";
const BATCH = 100;
// A hall's network may hang for ever without saying so.
const LONGEST = 30_000;

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

/** The oldest of those that one person made, in the order in which the server answers them. */
export function nextBatch(waiting) {
  const [first] = waiting;
  const same = waiting.filter((each) => each.user === first?.user && each.pass === first?.pass);
  const batch = same.slice(0, BATCH);
  return KINDS.flatMap((kind) => batch.filter((each) => each.kind === kind));
}

/** Post a batch of one session; answers as the protocol says. */
export async function post(session, batch, { pass, token }) {
  const body = { marks: [] };
  if (pass) body.pass = pass;
  for (const { kind, item } of batch) (body[kind] ??= []).push(item);
  const answer = await ask(`/sessions/${session}/marks/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
    keepalive: true,
  });
  if (answer.ok) return answer.json();
  throw refusal(answer);
}

async function ask(address, options) {
  try {
    const signal = AbortSignal.timeout(LONGEST);
    return await fetch(address, { redirect: "manual", cache: "no-store", signal, ...options });
  } catch {
    throw new Later("No connection.");
  }
}

function refusal(answer) {
  const { status, type } = answer;
  if (status >= 500 || status === 429) return new Later("The portal cannot take them now.");
  const problem = new Stop(reason(status, type));
  problem.status = status;
  return problem;
}

function reason(status, type) {
  if (type === "opaqueredirect") return "Sign in again to send them.";
  if (status === 403) return "Somebody who takes registers must sign in to send them.";
  if (status === 404) return "This register is not at a hub of whoever took it.";
  return "The portal did not understand them. Open this page again.";
}
