/**
 * A register: every tap is kept on this device and sent at once, and can be undone.
 *
 * Marks are set, never toggled, each with an id made here: sending one twice is the same as once.
 * What waits to be sent lies in the queue; this page shows it, and what the server says stands.
 */
import { newId, queue } from "./registers/queue.js";

const CLEARED = "cleared";
const HERE = new Set(["present", "late", "left_early"]);
const USUAL = "participant";
const MINUTE = 60_000;
const DAY = 86_400_000;
const OPENS_BEFORE = 30 * MINUTE;
// Other people's marks arrive this often while the page is looked at.
const LOOK_EVERY = 15_000;
// As far as the server's clock is known, this is more than it can be behind.
const CLOCKS_DIFFER = 1000;
// A mark made before this page looked may have been this long on its way, and not be seen.
const ON_THE_WAY = 10_000;
// Most marks are saved sooner than this, and words about it would only flicker.
const SAVING_AFTER = 300;

const KEPT = "kept on this phone, not sent yet.";
const UNKEPT = "only in this open page, not sent yet: leave it open.";
const KEEPS_NOTHING = "This phone keeps nothing: leave this page open while you mark.";

const taken = new WeakMap();

/**
 * Make a register's form work, whoever put its rows there; the same form only once.
 *
 * Returns what other scripts of the page need: `has(id)`, `append(element, mark)` for a row made
 * elsewhere, `isEarly()`, and `say(words)`.
 */
export function start(form) {
  if (!taken.has(form)) taken.set(form, take(form));
  return taken.get(form);
}

function take(form) {
  const page = form.ownerDocument;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const elsewhere = (name) => page.querySelector(`[data-${name}]`);
  const { session, user } = form.dataset;
  // One more, for what this clock cuts off.
  const opens = Date.parse(form.dataset.opens) + 1;
  const fieldset = part("rows");
  const undoButton = part("undo");
  const saved = part("saved");
  const pattern = elsewhere("more")?.content.querySelector("[data-panel]");
  const rows = new Map();

  let lastTap = [];
  let note = "";
  let seen = Date.parse(form.dataset.now);
  let savedAt = Date.parse(form.dataset.savedAt) || 0;
  let takenAt = Date.parse(form.dataset.takenAt) || 0;
  let wasClosed = Boolean(takenAt);
  let closedWords = wasClosed ? part("closed-words").textContent : "";
  let hadWaiting = false;
  let timer = 0;
  const isCancelled = fieldset.disabled && !takenAt;

  // --- Rows ---------------------------------------------------------------------------------------
  /** Rows may be put there at any time; each is known from when it is first seen. */
  function gather() {
    const isNew = (element) => !rows.has(element.dataset.person);
    return [...form.querySelectorAll("[data-person]")].filter(isNew).map(know);
  }

  function know(element) {
    const { person, role, status, markedAt, arrived, left } = element.dataset;
    const row = {
      element,
      person,
      usual: role || USUAL,
      at: Date.parse(markedAt) || 0,
      mark: {
        status: status ?? "",
        role: role || USUAL,
        arrived: Date.parse(arrived) || 0,
        left: Date.parse(left) || 0,
      },
    };
    rows.set(person, row);
    addMore(row);
    const early = tappedEarly(element);
    show(row, row.mark);
    holdBack(row.element.querySelectorAll("input[type=radio]"));
    return [row, early];
  }

  /** What was tapped while this script was still on its way; empty for nothing. */
  function tappedEarly(element) {
    const isChanged = (input) => input.checked && !input.defaultChecked;
    return [...element.querySelectorAll("input[type=radio]")].find(isChanged)?.value ?? "";
  }

  function show(row, mark) {
    row.mark = { ...mark };
    row.element.dataset.status = mark.status;
    for (const input of row.element.querySelectorAll("input[type=radio]"))
      input.checked = input.value === mark.status;
    badge(row, "role-badge", mark.role === USUAL ? "" : roleWords(mark.role));
    badge(row, "times", timesWords(mark));
    if (row.panel) fillPanel(row);
  }

  function badge({ element }, name, words) {
    const place = element.querySelector(`[data-${name}]`);
    place.textContent = words;
    place.hidden = !words;
  }

  function problem(person, words) {
    const place = rows.get(person)?.element.querySelector("[data-problem]");
    if (!place) return;
    place.textContent = words;
    place.hidden = !words;
  }

  // --- Making marks -------------------------------------------------------------------------------
  function operation(row, mark, at) {
    // Whoever taps has seen the mark that stands: the new one must be the later.
    row.at = Math.max(at, row.at + 1);
    const item = {
      id: newId(),
      participant: row.person,
      status: mark.status || CLEARED,
      role: mark.role,
      at: iso(row.at),
    };
    if (mark.arrived) item.arrived = iso(mark.arrived);
    if (mark.left) item.left = iso(mark.left);
    return item;
  }

  function set(changes, at = queue.now()) {
    for (const [row, change] of changes) {
      const mark = { ...row.mark, ...change };
      if (!HERE.has(mark.status)) mark.arrived = mark.left = 0;
      problem(row.person, "");
      show(row, mark);
      queue.add(session, "marks", operation(row, mark, at));
    }
    tell(SAVING_AFTER);
  }

  function tap(changes, at) {
    lastTap = changes.map(([row]) => [row, row.mark]);
    note = "";
    undoButton.hidden = false;
    set(changes, at);
  }

  function undo() {
    const changes = lastTap;
    lastTap = [];
    undoButton.hidden = true;
    note = changes.length > 1 ? `Undone: ${changes.length} set back.` : "Undone.";
    set(changes);
    const { element } = changes[0][0];
    (element.querySelector(":checked") ?? element.querySelector("input:enabled"))?.focus();
  }

  /** As of when this page last looked, so that what others mark of a single person wins. */
  function markRest() {
    gather();
    const rest = [...rows.values()].filter((row) => !row.mark.status);
    if (rest.length) tap(rest.map((row) => [row, { status: "present" }]), Math.max(seen - ON_THE_WAY, opens));
    note = rest.length ? `${rest.length} marked present.` : "Everybody is marked.";
    tell(rest.length ? SAVING_AFTER : 0);
  }

  // --- What the server says -------------------------------------------------------------------------
  function hear({ answer, sent }) {
    gather();
    seen = Date.parse(answer.now);
    const isSentElsewhere = hadWaiting && !sent.length && !waitingItems().length;
    if (isSentElsewhere || sent.some(({ result }) => result.outcome !== "refused")) savedAt = seen;
    hadWaiting = false;
    // A walk-in's id is the person's.
    const waiting = new Set(waitingItems().map(({ item }) => item.participant ?? item.id));
    // Who may not see the register any more still brings what they took, and is told nothing else.
    if (answer.marks) {
      hearMarks(answer.marks, waiting);
      hearClosing(answer, sent);
    }
    sayProblems(sent, waiting);
    openInTime();
    tell();
  }

  function hearMarks(marks, waiting) {
    for (const row of rows.values()) {
      const mark = marks[row.person];
      row.at = Math.max(row.at, Date.parse(mark?.marked_at) || 0);
      if (!waiting.has(row.person)) stands(row, mark);
    }
    const strangers = Object.keys(marks).filter((person) => !rows.has(person));
    if (strangers.length)
      form.dispatchEvent(new CustomEvent("register:strangers", { detail: strangers }));
  }

  function stands(row, mark) {
    row.element.querySelector("[data-was]").value = mark?.status ?? "";
    show(row, {
      status: mark?.status ?? "",
      role: mark?.role ?? (row.mark.status ? row.usual : row.mark.role),
      arrived: Date.parse(mark?.arrived_at) || 0,
      left: Date.parse(mark?.left_at) || 0,
    });
  }

  function sayProblems(sent, waiting) {
    const marks = sent.filter(({ kind }) => kind === "marks");
    const settled = new Set(waiting);
    for (const { item, result } of marks) {
      if (result.outcome === "refused") problem(item.participant, `Not saved. ${result.reason}`);
      else if (result.held) problem(item.participant, `Kept, and waits. ${result.reason}`);
      else if (result.outcome === "applied") settled.add(item.participant);
    }
    for (const { item, result } of marks) {
      if (result.outcome !== "superseded" || settled.has(item.participant)) continue;
      const stands = rows.get(item.participant)?.mark.status || CLEARED;
      if (stands !== item.status)
        problem(item.participant, "A later mark stands. Tap again to change it.");
    }
  }

  // --- Before it opens ------------------------------------------------------------------------------
  function isEarly() {
    return queue.now() < opens + CLOCKS_DIFFER;
  }

  /** Until the register opens nobody can be here. */
  function holdBack(inputs) {
    const early = isEarly();
    for (const input of inputs) if (HERE.has(input.value)) input.disabled = early;
  }

  function openInTime() {
    const early = isEarly();
    holdBack(form.querySelectorAll("[data-person] input[type=radio]"));
    for (const name of ["rest", "rest-close", "close"])
      part(name)?.toggleAttribute("disabled", early);
    const words = part("early");
    if (!words) return;
    words.hidden = !early || isCancelled;
    words.querySelector("[data-opens-at]").textContent = time(opens);
  }

  // --- Closing --------------------------------------------------------------------------------------
  function closeRegister() {
    note = "";
    queue.add(session, "closings", { id: newId(), at: iso(queue.now()) });
    showClosed();
    part("done")?.focus();
    tell(SAVING_AFTER);
  }

  /** The last tap where everybody else is here. */
  function markRestAndClose() {
    markRest();
    closeRegister();
  }

  function hearClosing({ taken_at: at }, sent) {
    const mine = sent.find(({ kind }) => kind === "closings");
    const before = takenAt;
    takenAt = Date.parse(at) || 0;
    if (mine?.result.outcome === "refused") note = `Not closed. ${mine.result.reason}`;
    if (takenAt && mine) note = "Register closed.";
    if (takenAt && takenAt !== before)
      closedWords = `Register taken ${time(takenAt)} ${mine ? "by you" : "on another phone"}`;
    if (before && !takenAt && !isClosing()) note = "Reopened.";
    showClosed();
  }

  function isClosing() {
    return waitingItems().some(({ kind }) => kind === "closings");
  }

  function showClosed() {
    const isClosed = Boolean(takenAt) || isClosing();
    part("closed").hidden = !isClosed;
    part("closed-words").textContent = takenAt ? closedWords : "Closed on this phone, not sent yet";
    if (isClosed === wasClosed) return;
    wasClosed = isClosed;
    part("closed-on").textContent = "";
    fieldset.disabled = isClosed || isCancelled;
    if (part("close")) part("close").hidden = isClosed;
    showRestClose();
    for (const name of ["done", "log"]) if (part(name)) part(name).hidden = !isClosed;
    if (elsewhere("reopen")) elsewhere("reopen").hidden = !isClosed;
    if (elsewhere("someone-else")) elsewhere("someone-else").hidden = isClosed;
    if (isClosed) undoButton.hidden = true;
    part("all").hidden = isClosed || !rows.size;
    for (const row of rows.values()) showMore(row);
  }

  // --- More of one person ---------------------------------------------------------------------------
  function addMore(row) {
    const link = row.element.querySelector("[data-history]");
    if (!link || !pattern) return;
    const button = page.createElement("button");
    button.type = "button";
    button.className = link.className;
    button.append(...[...link.childNodes].map((node) => node.cloneNode(true)));
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => (row.panel ? closePanel(row) : openPanel(row)));
    link.after(button);
    row.more = { link, button };
    showMore(row);
  }

  /** On a locked register the link still leads to the history. */
  function showMore({ more }) {
    if (!more) return;
    more.link.hidden = !fieldset.disabled;
    more.button.hidden = fieldset.disabled;
  }

  function openPanel(row) {
    for (const other of rows.values()) if (other.panel) closePanel(other);
    row.panel = pattern.cloneNode(true);
    row.element.append(row.panel);
    row.more.button.setAttribute("aria-expanded", "true");
    const history = row.panel.querySelector("[data-panel-history]");
    history.href = row.more.link.href;
    history.hidden = !navigator.onLine;
    const ring = row.panel.querySelector("[data-panel-ring]");
    ring.href = new URL(`../../${row.element.dataset.person}/contacts/?session=${form.dataset.session}`, ring.href);
    ring.hidden = !navigator.onLine;
    const off = row.panel.querySelector("[data-take-off]");
    off.hidden = !("walkIn" in row.element.dataset);
    off.querySelector("button").setAttribute("formaction", `${row.more.link.href}take-off/`);
    const known = row.panel.querySelector("[data-known]");
    known.hidden = off.hidden || !navigator.onLine;
    known.querySelector("a").href = `${row.more.link.href}#known`;
    row.panel.addEventListener("change", (event) => change(row, event));
    fillPanel(row);
  }

  function closePanel(row) {
    row.panel.remove();
    row.panel = null;
    row.more.button.setAttribute("aria-expanded", "false");
  }

  function fillPanel({ panel, mark }) {
    const isHere = HERE.has(mark.status);
    for (const input of panel.querySelectorAll("[data-time]")) {
      const words = hoursAndMinutes(mark[input.dataset.time]);
      if (input.value !== words) input.value = words;
      input.disabled = !isHere;
    }
    panel.querySelector("[data-no-times]").hidden = isHere;
    panel.querySelector("[data-role-choice]").value = mark.role;
  }

  function change(row, { target }) {
    const change = {};
    if (target.matches("[data-role-choice]")) change.role = target.value;
    else change[target.dataset.time] = momentOf(target.value);
    const { arrived, left } = { ...row.mark, ...change };
    const isWrong = arrived && left && left < arrived;
    const place = row.panel.querySelector("[data-panel-problem]");
    place.textContent = isWrong ? "Somebody cannot go out before they came in." : "";
    place.hidden = !isWrong;
    if (isWrong) return;
    if (row.mark.status) tap([[row, change]]);
    // Nothing is marked yet: the role goes with the mark to come.
    else show(row, { ...row.mark, ...change });
  }

  /** The moment of a time of day by Derby's clock, nearest to the session's start; 0 for none. */
  function momentOf(text) {
    if (!text) return 0;
    const start = opens + OPENS_BEFORE;
    const minutes = minutesOf(text) - minutesOf(hoursAndMinutes(start));
    const near = ((minutes + 2160) % 1440) - 720;
    return Math.floor(start / MINUTE) * MINUTE + near * MINUTE;
  }

  function roleWords(role) {
    return pattern?.querySelector(`option[value="${role}"]`)?.textContent ?? role;
  }

  // --- The status line ------------------------------------------------------------------------------
  function waitingItems() {
    return queue.pending(session).filter((each) => !each.refused);
  }

  /** Say how things stand; `after` lets what is saved in a moment pass without a word. */
  function tell(after = 0) {
    clearTimeout(timer);
    hadWaiting ||= waitingItems().length > 0;
    if (waitingItems().length && saved.dataset.state === "saved") saved.dataset.state = "saving";
    if (after && waitingItems().length) timer = setTimeout(tell, after);
    else write();
    count();
  }

  function write() {
    const waiting = waitingItems();
    const isStuck = waiting.length && (queue.notSent || !navigator.onLine);
    const words = [note, stateWords(waiting, isStuck)].filter(Boolean).join(" ");
    saved.dataset.state = isStuck ? "unsaved" : waiting.length ? "saving" : "saved";
    put(part("words"), words);
    put(part("counts"), countWords());
    showClosed();
  }

  function stateWords(waiting, isStuck) {
    const trouble = queue.notSent || (navigator.onLine ? "" : "No connection.");
    if (isStuck) return `${kept(waiting)} ${queue.isUnkept ? UNKEPT : KEPT} ${trouble}`;
    if (waiting.length) return queue.isUnkept ? "Saving…" : "Kept on this phone, sending…";
    const words = savedAt ? `Saved ${time(savedAt)}.` : "Nothing marked yet.";
    return [words, trouble, queue.keepsNothing && KEEPS_NOTHING].filter(Boolean).join(" ");
  }

  function countWords() {
    const { here, notHere, unmarked } = numbers();
    const words = `${here} here, ${notHere} not here`;
    return unmarked ? `${words}, ${unmarked} not marked` : words;
  }

  function numbers() {
    const statuses = [...rows.values()].map((row) => row.mark.status);
    const here = statuses.filter((status) => HERE.has(status)).length;
    const unmarked = statuses.filter((status) => !status).length;
    return { here, notHere: statuses.length - here - unmarked, unmarked };
  }

  function count() {
    gather();
    const isEmpty = !rows.size;
    part("nobody").hidden = !isEmpty;
    part("all").hidden = isEmpty || wasClosed;
    const { unmarked } = numbers();
    const isDone = !unmarked;
    part("rest").classList.toggle("button--primary", !isDone);
    const close = part("close");
    if (!close) return;
    close.classList.toggle("button--primary", isDone);
    put(part("close-words"), isEmpty ? "Close register: nobody came" : "Close register");
    put(part("close-left"), unmarked ? `, ${unmarked} not marked` : "");
    showRestClose();
  }

  function showRestClose() {
    if (!part("rest-close")) return;
    const { unmarked } = numbers();
    part("rest-close").hidden = wasClosed || !unmarked;
    const who = unmarked === rows.size ? "All" : `The other ${unmarked}`;
    put(part("rest-close-words"), `${who} present, and close`);
  }

  // --- What people do -------------------------------------------------------------------------------
  form.addEventListener("change", ({ target }) => {
    const row = rows.get(target.closest("[data-person]")?.dataset.person);
    if (row && target.type === "radio") tap([[row, { status: target.value }]]);
  });
  undoButton.addEventListener("click", undo);

  // Other forms open the page anew: what is unsent goes first.
  page.addEventListener("submit", async (event) => {
    const { target, submitter } = event;
    if (event.defaultPrevented || !target.closest("main")) return;
    const act = target === form && actOf(submitter);
    if (!act && !waitingItems().length) return;
    event.preventDefault();
    if (act) act();
    else if (await queue.drained(session)) target.requestSubmit(submitter);
  });

  function actOf(submitter) {
    if (submitter === part("rest")) return markRest;
    if (submitter === part("rest-close")) return markRestAndClose;
    if (submitter === part("close")) return closeRegister;
    return submitter?.value === "save" ? () => queue.send(session) : null;
  }

  function look() {
    if (page.visibilityState === "visible" && navigator.onLine)
      queue.send(session, { look: true });
  }

  queue.addEventListener("answer", ({ detail }) => detail.session === session && hear(detail));
  queue.addEventListener("change", () => tell(SAVING_AFTER));
  page.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  addEventListener("offline", () => tell());
  setInterval(look, LOOK_EVERY);

  for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
  const early = gather().filter(([, status]) => status);
  openInTime();
  if (isEarly()) setTimeout(openInTime, Math.min(opens - queue.now() + 2 * CLOCKS_DIFFER, DAY));

  /** What this device still holds stands over what the page came with. */
  async function begin() {
    const token = form.elements.csrfmiddlewaretoken?.value;
    await queue.open({ user, token, offset: seen - Date.now() });
    for (const { kind, item } of waitingItems()) {
      const row = kind === "marks" && rows.get(item.participant);
      if (row) restore(row, item);
    }
    tell(SAVING_AFTER);
    // Even with nothing to send: the answer sets the clock.
    look();
  }

  function restore(row, item) {
    row.at = Math.max(row.at, Date.parse(item.at));
    show(row, {
      status: item.status === CLEARED ? "" : item.status,
      role: item.role,
      arrived: Date.parse(item.arrived) || 0,
      left: Date.parse(item.left) || 0,
    });
  }

  begin();
  if (early.length) tap(early.map(([row, status]) => [row, { status }]));

  return {
    isEarly,
    has: (person) => rows.has(person),
    append(element, mark) {
      part("added").hidden = false;
      part("added-list").append(element);
      know(element);
      const row = rows.get(element.dataset.person);
      // As the server has it.
      savedAt = Math.max(savedAt, row.at);
      if (mark) tap([[row, mark]]);
      tell();
    },
    say(words) {
      note = words;
      tell(SAVING_AFTER);
    },
  };
}

// --- Words and times --------------------------------------------------------------------------------
function put(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

function kept(waiting) {
  const kinds = [
    ["marks", "mark", "marks"],
    ["walk_ins", "walk-in", "walk-ins"],
    ["counts", "head-count", "head-counts"],
    ["closings", "closing", "closings"],
  ];
  const parts = kinds.flatMap(([kind, one, several]) => {
    const number = waiting.filter((each) => each.kind === kind).length;
    return number ? [`${number} ${number === 1 ? one : several}`] : [];
  });
  return parts.join(" and ");
}

function timesWords({ arrived, left }) {
  const words = [arrived && `in ${time(arrived)}`, left && `out ${time(left)}`];
  return words.filter(Boolean).join(", ");
}

function iso(moment) {
  return new Date(moment).toISOString();
}

function time(moment) {
  return inDerby(moment, { hour: "numeric", minute: "2-digit", hour12: true }).replace(/:00|\s/g, "");
}

/** "16:05", as inputs of times have it; nothing for no moment. */
function hoursAndMinutes(moment) {
  const how = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return moment ? inDerby(moment, how) : "";
}

function minutesOf(text) {
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

function inDerby(moment, how) {
  return new Intl.DateTimeFormat("en-GB", { ...how, timeZone: "Europe/London" }).format(moment);
}

const onPage = document.querySelector("[data-register]");
if (onPage) start(onPage);
