/**
 * Keeps today's registers on this device while there is a connection: first names and initials,
 * ids and marks, sealed to a key of this device that no page can read out, for at most 12 hours.
 * Where phones are shared, the key is wrapped by a PIN.
 */
import { all, change, hasDatabase, one, put, within } from "./database.js";
import { forgetExpired, forgetOthers, forgotten } from "./forgetting.js";
import { queue } from "./queue.js";
import { newPair, newPairWithPin, seal } from "./sealing.js";
import { missing, whyNot } from "./troubles.js";
import { sealTo } from "./walk_ins.js";

const TODAY = "/registers/today/";
const LONGEST = 12 * 3_600_000;
// A PIN of six digits holds off a thief of the disk for days; four would for an hour.
const PIN = /^[0-9]{6,12}$/;

/** What a register's envelope is bound to: it opens for no other session and no other user. */
export function about(session, user) {
  return `${session}/${user}`;
}

/** Whether a PIN will do, in words; empty if so. */
export function problemWith(pin) {
  if (!PIN.test(pin)) return "A PIN has 6 to 12 numbers.";
  return new Set(pin).size < 3 ? "This PIN is too easy to guess. Use more different numbers." : "";
}

/**
 * Fetch the registers of this user's day and keep them. Resolves with {kept, expiresAt}, or
 * {needsPin} where a PIN has to be chosen first, or {trouble} in words, or {} where there is no
 * connection, or somebody else has signed in meanwhile.
 */
export async function keepToday(user, { pin = "" } = {}) {
  const today = await fetchToday();
  if (today?.user !== user) return {};
  await queue.open({ user, pass: today.pass });
  sealTo(today.key);
  try {
    if (missing()) throw new Error(missing());
    return await keep(today, pin);
  } catch (problem) {
    const trouble = whyNot(problem);
    queue.cannotKeep(trouble);
    return { trouble };
  }
}

async function fetchToday() {
  const headers = { Accept: "application/json" };
  const answer = await fetch(TODAY, { headers, redirect: "manual", cache: "no-store" }).catch(
    () => null,
  );
  return answer?.ok ? answer.json() : null;
}

async function keep(today, pin) {
  await forgetExpired();
  await forgetOthers(today.user);
  const before = forgotten.times;
  await put("settings", today.key, "server key");
  await keepClock(Date.parse(today.now) - Date.now());
  await askToStay();
  const asksPin = today.needs_pin || Boolean(await one("settings", "shared"));
  const pair = await pairOf(today.user, asksPin, pin);
  if (!pair) return { needsPin: true, isShared: today.needs_pin };
  return keepSealed(today, pair, before);
}

/** The key to seal to: a new one each time, or with a PIN the one it was chosen for. */
async function pairOf(user, asksPin, pin) {
  const keptAt = Date.now();
  const fresh = { user, keptAt, expiresAt: keptAt + LONGEST };
  if (!asksPin) {
    const { publicKey, privateKey } = await newPair();
    return { ...fresh, publicKey, privateKey };
  }
  if (pin) return { ...fresh, ...(await newPairWithPin(pin)), wrong: 0 };
  const there = await one("keys", user);
  return there?.wrapped ? there : null;
}

async function keepSealed(today, pair, before) {
  const span = Date.parse(today.expires_at) - Date.parse(today.now);
  const expiresAt = Math.min(pair.expiresAt, Date.now() + span);
  const rows = await Promise.all(
    today.registers.map((register) => sealed(register, today, pair, expiresAt)),
  );
  if (forgotten.times !== before) return {};
  await within(["keys", "registers"], "readwrite", (keys, registers) => {
    keys.put(pair);
    registers.clear();
    for (const row of rows) registers.put(row);
  });
  return { kept: rows.length, expiresAt, hasPin: Boolean(pair.wrapped) };
}

async function sealed(register, { user, now, pass }, { publicKey }, expiresAt) {
  const { session } = register;
  const envelope = await seal(register, { publicKey, about: about(session, user) });
  return { session, user, keptAt: Date.now(), expiresAt, asOf: now, pass, sealed: envelope };
}

/** Asked once: a browser may else drop what it keeps when space runs short. */
async function askToStay() {
  if (await one("settings", "asked to stay")) return;
  await put("settings", true, "asked to stay");
  await navigator.storage?.persist?.().catch(() => false);
}

/** How far this device's clock is from the server's, for when nobody can be asked. */
function keepClock(offset) {
  return put("settings", Math.round(offset), "offset");
}

/** "This phone is shared", or not: either way what is kept now goes first. */
export async function setShared(isShared) {
  await forgetOthers();
  await put("settings", isShared, "shared");
}

/** What the server said of a register stands beside it: opaque ids and marks, no name. */
async function keepAnswer({ session, answer }) {
  if (!answer.marks || !(await hasDatabase())) return;
  const { marks, taken_at: takenAt, now: asOf } = answer;
  await change("registers", session, (kept) => ({ ...kept, marks, takenAt, asOf }));
  await keepClock(queue.offset);
}

queue.addEventListener("answer", ({ detail }) => {
  keepAnswer(detail).catch((problem) => queue.cannotKeep(whyNot(problem)));
});

/** Delete keys and registers when their time comes, even while a page stays open. */
export async function watchExpiry() {
  const times = (await all("keys")).map((each) => each.expiresAt);
  if (!times.length) return;
  setTimeout(() => forgetExpired(), Math.max(0, Math.min(...times) - Date.now()) + 1000);
}
