/**
 * Adding people to a register without opening the page anew: found by name, walk-ins, and whoever
 * was added on another device. They stand at the end, so that no row moves under a finger.
 */
import { start } from "./register.js";
import { newId, queue } from "./registers/queue.js";
import { addWalkIn } from "./registers/walk_ins.js";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const NO_CONNECTION = "No connection.";

const form = document.querySelector("[data-register]");
const register = start(form);
const strangers = new Set();

// --- Pages read behind this one ---------------------------------------------------------------------
/** Send a form and read the page that answers; nothing where there is no connection. */
async function send(sent, submitter) {
  const body = new FormData(sent, submitter);
  const answer = await fetch(addressOf(sent), { method: "POST", body }).catch(() => null);
  return answer && (answer.ok || answer.status === 422) ? read(answer) : null;
}

/** A form may have a field called "action", which hides its own. */
function addressOf(sent) {
  return sent.getAttribute("action");
}

async function read(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, isRegister: Boolean(page.querySelector("[data-register]")) };
}

/** Put a part of another page in the place of the same part of this one. */
function replace(name, page) {
  const [old, fresh] = [document, page].map((each) => each.querySelector(`[data-${name}]`));
  if (!fresh) return null;
  const part = document.importNode(fresh, true);
  old.replaceWith(part);
  return part;
}

// --- Rows -------------------------------------------------------------------------------------------
/** A row for somebody of whom only this is known. */
function blankRow(id, name, words) {
  const row = document.querySelector("template[data-row]").content.firstElementChild.cloneNode(true);
  for (const element of [row, ...row.querySelectorAll("*")])
    for (const { name: key, value } of [...element.attributes])
      if (value.includes(NOBODY)) element.setAttribute(key, value.replaceAll(NOBODY, id));
  row.querySelector("[data-name]").textContent = name;
  row.querySelector("[data-note]").textContent = words;
  row.querySelector("[data-about]").textContent = ` about ${name}`;
  return row;
}

/** Take over a row as the server has it. */
function takeOver(page, id) {
  const row = page.getElementById(`person-${id}`);
  if (!row || register.has(id)) return false;
  register.append(document.importNode(row, true));
  return true;
}

/** Others' devices marked people who were not expected: their names are on the page by now. */
async function showStrangers({ detail }) {
  const unknown = detail.filter((id) => !strangers.has(id));
  for (const id of unknown) strangers.add(id);
  if (!unknown.length) return;
  const answer = await fetch(addressOf(form)).catch(() => null);
  if (!answer?.ok) return unknown.forEach((id) => strangers.delete(id));
  const { page } = await read(answer);
  const number = unknown.filter((id) => takeOver(page, id)).length;
  if (number) register.say(number === 1 ? "1 person added." : `${number} people added.`);
}

// --- Finding ------------------------------------------------------------------------------------------
async function find(sent) {
  const answer = await send(sent);
  const part = answer?.isRegister && replace("find", answer.page);
  if (!part) return complain(sent, `${NO_CONNECTION} Finding somebody needs one.`);
  const field = part.querySelector("input[name=q]");
  (part.querySelector("[data-choose] button") ?? field)?.focus();
}

/** Somebody who was chosen is here: a tap as any other, kept and sent with the others. */
function choose(sent, submitter) {
  const id = submitter.value;
  if (register.isEarly()) return register.say("Nobody can be marked present yet.");
  const [name, words] = ["name", "note"].map(
    (part) => submitter.querySelector(`[data-choice-${part}]`).textContent,
  );
  if (register.has(id)) document.querySelector(`#person-${id} input[value=present]`).click();
  else register.append(blankRow(id, name, words), { status: "present" });
  register.say(`${name} marked present.`);
  const details = sent.closest("details");
  details.querySelector("[data-walk-in-form]")?.reset();
  details.removeAttribute("open");
  (sent.closest("[data-matches]") ?? sent).remove();
  focusRow(id);
}

function focusRow(id) {
  document.querySelector(`#person-${id} input:checked`)?.focus();
}

// --- Walk-ins -----------------------------------------------------------------------------------------
async function takeWalkIn(sent, submitter) {
  if (register.isEarly()) return complain(sent, "Nobody can be marked present yet. What you typed stays here.");
  const details = new FormData(sent);
  const answer = await send(sent, submitter);
  if (!answer) return keepSealed(sent, details);
  if (answer.isRegister) return walkInAnswered(answer.page, details);
  const matches = answer.page.querySelector("[data-matches]");
  if (!matches) return complain(sent, "Not added. Open this page again.");
  const part = document.importNode(matches, true);
  part.prepend(document.importNode(answer.page.querySelector("main h1 + p"), true));
  document.querySelector("[data-matches]")?.remove();
  document.querySelector("[data-walk-in-part]").append(part);
  part.querySelector("button").focus();
}

function walkInAnswered(page, details) {
  const id = details.get("participant_id");
  const part = replace("walk-in-part", page);
  if (!takeOver(page, id)) return part.querySelector(".error-summary")?.focus();
  part.closest("details").removeAttribute("open");
  register.say("Walk-in added.");
  focusRow(id);
}

/** Without a connection: sealed to the server before anything is kept. */
async function keepSealed(sent, details) {
  const [given, family, year] = ["given_name", "family_name", "year_group"].map(
    (name) => details.get(name)?.trim() ?? "",
  );
  if (!given || !year) return complain(sent, "Enter a first name and choose a school year.");
  const known = { given_name: given, family_name: family, year_group: Number.parseInt(year, 10) };
  if (Number.isNaN(known.year_group)) known.year_group = null;
  // The form's own id: it may have reached the server before the connection went.
  const own = details.get("participant_id");
  const id = await addWalkIn(form.dataset.session, known, own).catch(() => null);
  if (!id) return complain(sent, `${NO_CONNECTION} What you typed stays here: try again later.`);
  const row = blankRow(id, `${given} ${family.charAt(0)}`.trim(), "walk-in");
  row.dataset.status = "present";
  register.append(row);
  sent.reset();
  sent.elements.participant_id.value = newId();
  sent.closest("details").removeAttribute("open");
  focusRow(id);
}

// --- Head-counts ------------------------------------------------------------------------------------
async function countHeads(sent, submitter) {
  const { group, people, method } = Object.fromEntries(new FormData(sent));
  const answer = await send(sent, submitter);
  if (answer?.isRegister) return headsCounted(answer.page);
  if (answer || !/^[0-9]+$/.test(people)) return complain(sent, "Enter how many.");
  const count = { id: newId(), group, people: Number(people), method };
  queue.add(form.dataset.session, "counts", { ...count, at: new Date(queue.now()).toISOString() });
  sent.closest("details").removeAttribute("open");
  register.say("The head-count is kept.");
}

function headsCounted(page) {
  const part = replace("head-counts", page);
  const problem = part.querySelector(".error-summary");
  if (problem) return problem.focus();
  const told = page.querySelector("main .notice--bad");
  register.say(told ? told.textContent.trim() : "The head-count is saved.");
  part.querySelector("summary").focus();
}

function complain(sent, words) {
  const place = sent.querySelector("[data-problem-words]");
  if (!place) return register.say(words);
  place.textContent = words;
  place.hidden = false;
}

// --- What people do -------------------------------------------------------------------------------------
const ACTS = { search: find, choose, walkInForm: takeWalkIn, countHeads };

document.addEventListener(
  "submit",
  (event) => {
    const name = Object.keys(ACTS).find((each) => each in event.target.dataset);
    if (!name) return;
    event.preventDefault();
    ACTS[name](event.target, event.submitter);
  },
  { capture: true },
);
form.addEventListener("register:strangers", showStrangers);
