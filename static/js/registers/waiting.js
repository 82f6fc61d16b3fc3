/**
 * On every staff page and where people sign in: how much on this device is not sent yet, never whose
 * or of whom. Also sees to it that nobody finds registers that somebody else kept here.
 */
import { forgetExpired, forgetOthers, forgotten } from "./forgetting.js";
import { queue } from "./queue.js";

// Signing out waits no longer than this for the device to forget.
const PATIENCE = 2000;
const AT_FIRST = 2000;
const NOT_YET =
  "No connection: you are signed out once there is one. Leave this page open until then.";

const place = document.querySelector("[data-waiting]");
const words = place?.querySelector("[data-waiting-words]");
const send = place?.querySelector("[data-waiting-send]");
const list = place?.querySelector("[data-waiting-refused]");
// Not where people sign in already.
const signIn = place?.querySelector("[data-waiting-sign-in]");
let hasWaited = false;
let isLeaving = false;

/** Of the register on this page its own line speaks. */
function elsewhere() {
  const register = document.querySelector("[data-register]")?.dataset.session;
  const here = register ? queue.pending(register).filter((each) => !each.refused).length : 0;
  return queue.count() - here;
}

function show() {
  if (isLeaving) return;
  const count = elsewhere();
  hasWaited ||= count > 0;
  // Most of what a page leaves behind is sent before anybody has read that it was not.
  if (count && !queue.trouble && performance.now() < AT_FIRST) {
    setTimeout(show, AT_FIRST);
    return;
  }
  const refused = place.dataset.user ? queue.refused() : [];
  say(count ? `${marks(count)} on this phone ${count === 1 ? "is" : "are"} not sent yet. ${queue.trouble}` : done());
  send.hidden = !count;
  if (signIn) signIn.hidden = !queue.trouble.startsWith("Sign in");
  place.classList.toggle("notice", Boolean(words.textContent || refused.length));
  place.classList.toggle("notice--warn", Boolean(count || refused.length));
  showRefused(refused);
}

function done() {
  return hasWaited && !queue.count() && !queue.refused().length ? "Everything on this phone is sent." : "";
}

function say(text) {
  if (words.textContent !== text.trim()) words.textContent = text.trim();
}

function marks(count) {
  return count === 1 ? "1 mark" : `${count} marks`;
}

// --- What the server would not take ---------------------------------------------------------------
function showRefused(refused) {
  list.hidden = !refused.length;
  const shown = [...list.children].map((each) => each.dataset.id);
  const ids = refused.map(({ item }) => item.id);
  if (shown.join() === ids.join()) return;
  list.replaceChildren(...refused.map(refusedRow));
}

const KIND = { marks: "A mark", walk_ins: "A walk-in", closings: "A closing", counts: "A head-count" };

function refusedRow(each) {
  const row = document.createElement("li");
  row.dataset.id = each.item.id;
  row.className = "cluster";
  const text = document.createElement("span");
  text.textContent = `${KIND[each.kind]} of ${moment(each.item.at)} was not taken: ${each.refused}`;
  row.append(text, button("Throw away", () => askToDiscard(row, each)));
  return row;
}

function askToDiscard(row, each) {
  const sure = button("Throw away for good", async () => {
    await queue.discard(each);
    words.focus();
  });
  const keep = button("Keep it", () => {
    row.replaceWith(refusedRow(each));
    list.querySelector(`[data-id="${each.item.id}"] button`)?.focus();
  });
  row.querySelector("button").replaceWith(sure, keep);
  sure.focus();
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function moment(at) {
  const how = { weekday: "long", hour: "numeric", minute: "2-digit", hour12: true };
  const text = new Intl.DateTimeFormat("en-GB", { ...how, timeZone: "Europe/London" });
  return text.format(new Date(at)).replace(/\s(am|pm)/, "$1");
}

// --- Signing out ----------------------------------------------------------------------------------
async function signOut(event) {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-sign-out]")) return;
  event.preventDefault();
  const waited = new Promise((resolve) => {
    setTimeout(resolve, PATIENCE);
  });
  await Promise.race([forgetEverybody().catch(() => undefined), waited]);
  if (navigator.onLine) form.submit();
  else leaveLater(form);
}

/** Without a connection only this page can leave: nobody is to read on, or to think it is done. */
function leaveLater(form) {
  isLeaving = true;
  document.querySelector("main").replaceChildren();
  say(`${NOT_YET} ${queue.count() ? "What is not sent yet stays on this phone." : ""}`);
  send.hidden = true;
  place.classList.add("notice", "notice--warn");
  words.focus();
  addEventListener("online", () => queue.sendAll().finally(() => form.submit()), { once: true });
}

/** Other pages on this device hear of it: one may show what is forgotten here. */
async function forgetEverybody(but = "") {
  await forgetOthers(but);
  new BroadcastChannel("registers").postMessage(`only ${but}`);
}

// Another page has signed out, or in: what this one was about to keep must not be kept.
new BroadcastChannel("registers").addEventListener("message", ({ data }) => {
  if (data.startsWith("only ") && data !== `only ${place?.dataset.user}`) forgotten.times += 1;
});

async function start() {
  const { user = "", forgets } = place.dataset;
  queue.addEventListener("change", show);
  if (signIn) signIn.search = new URLSearchParams({ next: location.pathname });
  document.addEventListener("submit", signOut);
  send.addEventListener("click", async () => {
    send.disabled = true;
    await queue.sendAll();
    send.disabled = false;
    if (send.hidden) words.focus();
  });
  if (forgets !== undefined) await forgetEverybody(user).catch(() => undefined);
  forgetExpired().catch(() => undefined);
  await queue.open({ user });
  if (document.querySelector("[data-today], [data-register]")) await import("./keeping_panel.js");
}

if (place) start();
