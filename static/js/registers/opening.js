/** Opens the registers that this device keeps, for whoever kept them and as long as they may. */
import { all, change, one } from "./database.js";
import { forgetExpired, forgetOthers } from "./forgetting.js";
import { about } from "./keeping.js";
import { unseal, unwrap } from "./sealing.js";

export const GUESSES = 5;

/** What is kept: {key, registers}, or nothing. */
export async function kept() {
  await forgetExpired();
  const [[key], registers] = [await all("keys"), await all("registers")];
  return key ? { key, registers: registers.filter((each) => each.user === key.user) } : null;
}

/**
 * The private key, by PIN where it is wrapped: {privateKey}, else {left}, how many guesses are left.
 * With the last one key and registers go.
 */
export async function unlock(user, pin = "") {
  const key = await one("keys", user);
  if (!key) return { left: 0 };
  if (key.privateKey) return { privateKey: key.privateKey };
  // Counted before it is tried, so that closing the page in between gives no guess more.
  const wrong = key.wrong + 1;
  await change("keys", user, (there) => ({ ...there, wrong }));
  const privateKey = await unwrap(key.wrapped, pin);
  if (privateKey) {
    await change("keys", user, (there) => ({ ...there, wrong: 0 }));
    return { privateKey };
  }
  if (wrong >= GUESSES) await forgetOthers();
  return { left: GUESSES - wrong };
}

/** A register as it stood when this device last heard of it. */
export async function opened(row, privateKey) {
  const register = await unseal(row.sealed, { privateKey, about: about(row.session, row.user) });
  const rows = row.marks ? withMarks(register.rows, row.marks) : register.rows;
  return { ...register, rows, asOf: row.asOf, taken_at: row.takenAt ?? register.taken_at };
}

const UNMARKED = { status: "", marked_at: null, arrived_at: null, left_at: null };

/** The marks stand beside the names; of whoever came later no name is kept. */
function withMarks(rows, marks) {
  const there = new Set(rows.map((row) => row.id));
  const added = Object.keys(marks).filter((id) => !there.has(id));
  const unnamed = added.map((id, place) => ({ id, name: `Added later ${place + 1}`, role: "participant" }));
  return [...rows, ...unnamed].map((row) => ({ ...row, ...UNMARKED, ...marks[row.id] }));
}
