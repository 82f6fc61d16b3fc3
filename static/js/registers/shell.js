/**
 * Stands in for Today and registers while there is no connection: opens what this device keeps, by
 * PIN where one was chosen, and lets the register be taken as ever. Nothing of it is in the page as
 * it came; whatever is shown goes with the page.
 */
import { start } from "../register.js";
import { one } from "./database.js";
import { kept, opened, unlock } from "./opening.js";
import { queue } from "./queue.js";
import { missing } from "./troubles.js";
import { addWalkIn } from "./walk_ins.js";

const REGISTER = /^\/sessions\/([0-9a-f-]{36})\/register\/$/;
// Stand in the templates where a session and a person go.
const { someSession: SOME_SESSION, somePerson: SOME_PERSON } = document.body.dataset;

const place = document.querySelector("[data-shell]");
let there = null;
let privateKey = null;

// --- Showing one part of the page -----------------------------------------------------------------
/** A part of the page, made anew: what another part showed is gone. */
function show(name, heading) {
  const part = document.querySelector(`[data-part="${name}"]`).content.cloneNode(true);
  place.replaceChildren(part);
  document.title = `${heading} – #ThisIsDerby`;
  const title = place.querySelector("h1");
  title.textContent = heading;
  title.focus();
  return place;
}

function showNothing() {
  show("nothing", "No connection");
  const trouble = missing();
  if (trouble) place.querySelector("[data-why]").textContent = trouble;
}

function askForPin(words = "") {
  show("pin", "Type your PIN");
  const form = place.querySelector("form");
  const problem = form.querySelector("[data-problem]");
  problem.textContent = words;
  problem.hidden = !words;
  const { pin } = form.elements;
  pin.setAttribute("aria-invalid", String(Boolean(words)));
  if (words) pin.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tryPin(pin.value);
  });
}

async function tryPin(pin) {
  place.querySelector("button").disabled = true;
  const outcome = await unlock(there.key.user, pin);
  privateKey = outcome.privateKey ?? null;
  if (privateKey) return open(showPage);
  if (outcome.left) return askForPin(`That is not the PIN. ${guesses(outcome.left)} left.`);
  show("locked", "Registers deleted");
}

function guesses(left) {
  return left === 1 ? "1 try is" : `${left} tries are`;
}

// --- Today ----------------------------------------------------------------------------------------
async function showToday() {
  const registers = await Promise.all(there.registers.map((row) => opened(row, privateKey)));
  show("today", "Today");
  say(place, asOf(there.registers));
  registers.sort((one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at));
  const list = place.querySelector("[data-registers]");
  const pattern = list.firstElementChild;
  list.replaceChildren(...registers.map((register) => listed(pattern.cloneNode(true), register)));
  place.querySelector("[data-none]").hidden = registers.length > 0;
}

function listed(item, register) {
  const link = item.querySelector("a");
  link.href = `/sessions/${register.session}/register/`;
  link.textContent = register.title;
  const marked = register.rows.filter((row) => row.status).length;
  item.querySelector("[data-when]").textContent = `${register.hub || "Citywide"}, ${span(register)}`;
  item.querySelector("[data-stand]").textContent = register.is_cancelled
    ? "Cancelled"
    : `${marked} of ${register.rows.length} marked`;
  return item;
}

// --- A register -----------------------------------------------------------------------------------
async function showRegister(session) {
  const row = there.registers.find((each) => each.session === session);
  if (!row) return showNothing();
  const register = await opened(row, privateKey);
  await queue.open({ user: row.user, pass: row.pass, offset: await one("settings", "offset") });
  show("register", register.title);
  replaceIn(place, SOME_SESSION, session);
  place.querySelector("[data-where]").textContent = `${register.hub || "Citywide"}, ${span(register)}`;
  say(place, asOf([row]));
  const form = place.querySelector("[data-register]");
  prepare(form, row.user, register);
  watch(form, start(form), session);
}

function prepare(form, user, register) {
  Object.assign(form.dataset, {
    user,
    now: new Date(queue.now()).toISOString(),
    opens: register.opens_at,
    starts: register.starts_at,
    takenAt: register.taken_at ?? "",
    savedAt: register.rows.some((each) => each.status) ? register.asOf : "",
  });
  const walkIns = queue
    .pending(register.session)
    .filter(({ kind }) => kind === "walk_ins")
    .map(({ item }, number) => ({ id: item.id, name: `Walk-in ${number + 1}`, status: "present" }));
  const rows = [...register.rows, ...walkIns].map((each) => rowOf(register.session, each));
  form.querySelector("[data-list]").append(...rows);
  form.querySelector("[data-nobody]").hidden = rows.length > 0;
  form.querySelector("[data-all]").hidden = rows.length === 0;
  form.querySelector("[data-done]").dataset.kept = "";
  form.querySelector("[data-log]").remove();
  if (register.is_cancelled) showCancelled(form);
  else if (register.taken_at) showTaken(form, Date.parse(register.taken_at));
}

function showCancelled(form) {
  form.querySelector("[data-rows]").disabled = true;
  form.querySelector("[data-end]").hidden = true;
  place.querySelector("[data-someone-else]").hidden = true;
  place.querySelector("[data-cancelled]").hidden = false;
}

/** As the live page comes from the server once the register is taken. */
function showTaken(form, at) {
  form.querySelector("[data-rows]").disabled = true;
  form.querySelector("[data-closed]").hidden = false;
  form.querySelector("[data-closed-words]").textContent = `Register taken ${clock(at)}`;
  form.querySelector("[data-close]").hidden = true;
  form.querySelector("[data-done]").hidden = false;
  place.querySelector("[data-someone-else]").hidden = true;
  place.querySelector("[data-reopen]").hidden = false;
}

/** A row for a person, from the same template as on the live page. */
function rowOf(session, person) {
  const row = place.querySelector("template[data-row]").content.firstElementChild.cloneNode(true);
  replaceIn(row, SOME_SESSION, session);
  replaceIn(row, SOME_PERSON, person.id);
  const { name, status = "", role = "participant", is_complete: isComplete = true } = person;
  const times = { markedAt: person.marked_at, arrived: person.arrived_at, left: person.left_at };
  Object.assign(row.dataset, { status, role });
  for (const [key, time] of Object.entries(times)) row.dataset[key] = time ?? "";
  row.querySelector("[data-name]").textContent = name;
  row.querySelector("[data-about]").textContent = ` about ${name}`;
  row.querySelector("[data-note]").textContent = isComplete ? "" : " · details to complete";
  row.querySelector("[data-was]").value = status;
  for (const input of row.querySelectorAll("input[type=radio]"))
    input.toggleAttribute("checked", input.value === status);
  return row;
}

/** Put a value where the template has its placeholder. */
function replaceIn(root, placeholder, value) {
  for (const element of [root, ...root.querySelectorAll("*")])
    for (const { name, value: text } of [...element.attributes])
      if (text.includes(placeholder)) element.setAttribute(name, text.replaceAll(placeholder, value));
}

function watch(form, taking, session) {
  const walkIn = place.querySelector("[data-walk-in]");
  walkIn.addEventListener("submit", (event) => {
    event.preventDefault();
    takeWalkIn(walkIn, taking, session);
  });
  // Marked on other phones meanwhile: without a connection nobody says who they are.
  let unnamed = 0;
  form.addEventListener("register:strangers", ({ detail }) => {
    for (const id of detail) {
      unnamed += 1;
      taking.append(rowOf(session, { id, name: `Added on another phone ${unnamed}` }));
    }
  });
  queue.addEventListener("answer", ({ detail }) => detail.session === session && sayConnected());
}

async function takeWalkIn(walkIn, taking, session) {
  const { given_name: given, family_name: family, year_group: year } = walkIn.elements;
  const name = given.value.trim();
  const problem = walkInProblem(name, taking);
  const place = walkIn.querySelector("[data-problem]");
  place.textContent = problem;
  place.hidden = !problem;
  given.setAttribute("aria-invalid", String(Boolean(problem)));
  if (problem) return given.focus();
  const details = {
    given_name: name,
    family_name: family.value.trim(),
    year_group: year.value === "" ? null : Number(year.value),
  };
  const id = await addWalkIn(session, details);
  walkIn.reset();
  const initial = details.family_name.charAt(0);
  const shown = initial ? `${name} ${initial}` : name;
  taking.append(rowOf(session, { id, name: shown, status: "present", is_complete: false }));
  taking.say(`${shown} is added.`);
  given.focus();
}

function walkInProblem(name, taking) {
  if (!name) return "Enter a first name.";
  return taking.isEarly() ? "Nobody can be marked present yet. What you typed stays here." : "";
}

// --- Words ----------------------------------------------------------------------------------------
function say(part, text) {
  part.querySelector("[data-as-of]").textContent = text;
}

function sayConnected() {
  const notice = place.querySelector("[data-as-of]");
  if (!notice || notice.classList.contains("notice--good")) return;
  notice.textContent = "There is a connection again. Marks are sent as you make them.";
  notice.classList.replace("notice--warn", "notice--good");
  document.querySelector("[data-header-note]").textContent = "Connected again";
  place.querySelector("[data-again]").textContent = "Open the live register";
}

function asOf(rows) {
  const oldest = Math.min(...rows.map((row) => Date.parse(row.asOf)));
  const what = rows.length === 1 ? "This is the register" : "These are the registers";
  return rows.length ? `No connection. ${what} as of ${clock(oldest)}.` : "No connection.";
}

function span({ starts_at: from, ends_at: to }) {
  return `${clock(Date.parse(from))} to ${clock(Date.parse(to))}`;
}

function clock(moment) {
  const how = { hour: "numeric", minute: "2-digit", hour12: true, timeZone: "Europe/London" };
  return new Intl.DateTimeFormat("en-GB", how).format(moment).replace(/:00|\s/g, "");
}

// --- Which page it is -----------------------------------------------------------------------------
async function showPage() {
  const session = REGISTER.exec(location.pathname)?.[1];
  await (session ? showRegister(session) : showToday());
  // What waits is told by a register's own line, elsewhere by the page's.
  queue.dispatchEvent(new Event("change"));
}

async function begin() {
  there = await kept().catch(() => null);
  if (!there) return showNothing();
  ({ privateKey = null } = there.key.wrapped ? {} : await unlock(there.key.user));
  return privateKey ? showPage() : askForPin();
}

/** What cannot be opened was kept anew meanwhile, or is over. */
function open(first) {
  return first().catch(() => showNothing());
}

/** The key is over with the page, so links between kept pages open in this one. */
function follow(event) {
  const link = event.target.closest("a[data-kept]");
  if (!link || !privateKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  again();
}

async function again() {
  there = await kept().catch(() => null);
  if (!there) return forgetPage();
  // Another page may have kept them anew, to another key.
  await showPage().catch(() => open(begin));
}

/** Nothing may be shown any more: signed out elsewhere, somebody else, or twelve hours over. */
function forgetPage() {
  privateKey = null;
  there = null;
  showNothing();
}

document.addEventListener("click", follow);
addEventListener("popstate", again);
// A page put aside by the browser would come back with what it showed.
addEventListener("pagehide", () => place.replaceChildren());
addEventListener("pageshow", (event) => event.persisted && location.reload());
new BroadcastChannel("registers").onmessage = async ({ data }) => {
  if (data.startsWith?.("only") && there && data !== `only ${there.key.user}`) forgetPage();
};
setInterval(() => there && there.key.expiresAt <= Date.now() && forgetPage(), 30_000);
open(begin);
