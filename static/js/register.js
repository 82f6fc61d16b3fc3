// A register: every tap is sent at once, kept until the server has it, and can be undone.
//
// Marks are set, never toggled, each with an id made here: sending one twice is the same as
// once. What is unsent lies in this tab's sessionStorage under session and user, as opaque
// ids only, so that a reload sends it.

const form = document.querySelector("[data-register]");
if (form) start(form);

function start(form) {
  const CLEARED = "cleared";
  const BATCH = 100;
  const SLOWEST = 30_000;
  const DAY = 86_400_000;
  const HERE = new Set(["present", "late", "left_early"]);
  const { marksUrl, session, user } = form.dataset;
  const token = form.elements.csrfmiddlewaretoken.value;
  const store = `register:${session}:${user}`;
  const saved = form.querySelector("[data-saved]");
  const undoButton = form.querySelector("[data-undo]");
  const opens = Date.parse(form.dataset.opens);
  const early = form.querySelector("[data-early]");
  const rows = new Map();
  for (const element of form.querySelectorAll("[data-person]")) {
    rows.set(element.dataset.person, {
      element,
      was: element.querySelector("[data-was]"),
      role: element.dataset.role,
      status: element.dataset.status,
      at: Date.parse(element.dataset.markedAt) || 0,
    });
  }

  // Times follow the server's clock as far as it is known: a phone may be hours wrong.
  let seen = Date.parse(form.dataset.now);
  let ahead = Math.round(Date.now() - seen);
  const clock = () => Date.now() - ahead;
  let queue = restored();
  let sending = false;
  let pause = 1000;
  let stopped = "";
  let lastTap = [];

  // --- Making marks ---------------------------------------------------------------------------
  function operation(person, status, at) {
    const row = rows.get(person);
    // Whoever taps has seen the mark that stands: the new one must be the later.
    row.at = Math.max(at, row.at + 1);
    return {
      id: newId(),
      participant: person,
      status,
      role: row.role,
      at: new Date(row.at).toISOString(),
      device: device(),
    };
  }

  function mark(changes, at = clock()) {
    for (const [person, status] of changes) {
      queue.push(operation(person, status, at));
      problem(person, "");
      show(person, status === CLEARED ? "" : status);
    }
    keep();
    count();
    send();
  }

  function tap(changes, at) {
    lastTap = changes.map(([person]) => [person, rows.get(person).status || CLEARED]);
    mark(changes, at);
    undoButton.hidden = false;
  }

  function undo() {
    const changes = lastTap;
    lastTap = [];
    undoButton.hidden = true;
    mark(changes);
    const row = rows.get(changes[0][0]).element;
    (row.querySelector(":checked") ?? row.querySelector("input[type=radio]")).focus();
  }

  async function markRest() {
    // Another device may have marked some of them: look first, and where the server cannot be
    // reached let its marks, made since this page last looked, win.
    await send({ look: true });
    const rest = [...rows].filter(([, row]) => !row.status).map(([person]) => [person, "present"]);
    if (rest.length) tap(rest, seen);
    else say("Everybody is marked");
  }

  // --- Sending ----------------------------------------------------------------------------------
  async function send({ look = false } = {}) {
    if (sending || stopped || !(queue.length || look)) return;
    sending = true;
    const batch = queue.slice(0, BATCH);
    if (batch.length) say("Saving…");
    let again = 0;
    try {
      const asked = Date.now();
      const answer = await post(batch);
      setClock(asked, Date.parse(answer.now));
      take(batch, answer);
      pause = 1000;
    } catch (problem) {
      if (problem instanceof Stop) stopped = problem.message;
      else if (batch.length) again = pause;
      pause = Math.min(pause * 2, SLOWEST);
    }
    sending = false;
    if (stopped) return say(stopped, "unsaved");
    if (again) {
      say("Not saved yet: trying again", "unsaved");
      setTimeout(send, again);
    } else if (queue.length) send();
  }

  // The server's moment lay between asking and its answer. A page that was long on its way told
  // of a moment long past.
  function setClock(asked, moment) {
    seen = moment;
    const [least, most] = [asked - moment, Date.now() - moment];
    if (ahead < least || ahead > most) ahead = Math.round((least + most) / 2);
  }

  class Stop extends Error {}

  async function post(batch) {
    const answer = await fetch(marksUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ marks: batch }),
      redirect: "manual",
      keepalive: true,
    });
    if (answer.ok) return answer.json();
    if (answer.status >= 500 || answer.status === 429) throw new Error("later");
    if (answer.type === "opaqueredirect" || answer.status === 403)
      throw new Stop("Not saved: reload this page and sign in. Your marks are kept in this tab.");
    throw new Stop("Not saved: reload this page to try again. Your marks are kept in this tab.");
  }

  function take(batch, answer) {
    const sent = new Set(batch.map((mark) => mark.id));
    queue = queue.filter((mark) => !sent.has(mark.id));
    keep();
    const waiting = new Set(queue.map((mark) => mark.participant));
    for (const [person, row] of rows) {
      const mark = answer.marks[person];
      row.at = Math.max(row.at, Date.parse(mark?.marked_at) || 0);
      if (waiting.has(person)) continue;
      row.was.value = mark?.status ?? "";
      show(person, row.was.value);
    }
    const became = (outcome) => batch.filter((_, place) => answer.results[place].outcome === outcome);
    const refused = became("refused");
    for (const mark of refused) {
      const { reason } = answer.results[batch.indexOf(mark)];
      problem(mark.participant, `Not saved. ${reason}`);
    }
    const settled = new Set([...waiting, ...became("applied").map((mark) => mark.participant)]);
    for (const { participant, status } of became("superseded")) {
      const stands = rows.get(participant)?.status || CLEARED;
      if (!settled.has(participant) && stands !== status)
        problem(participant, "A later mark stands. Tap again to change it.");
    }
    openInTime();
    count();
    if (refused.length) say(`Not saved: ${refused.length}. See the names.`, "unsaved");
    else if (batch.length && !queue.length) say(`Saved ${time(seen)}`);
  }

  function openInTime() {
    if (!early || early.hidden || seen < opens) return;
    early.hidden = true;
    form.querySelector("[data-rest]")?.removeAttribute("disabled");
  }

  // --- Showing --------------------------------------------------------------------------------
  function show(person, status) {
    const row = rows.get(person);
    if (!row) return;
    row.status = status;
    for (const input of row.element.querySelectorAll("input[type=radio]"))
      input.checked = input.value === status;
  }

  function problem(person, text) {
    const place = rows.get(person)?.element.querySelector("[data-problem]");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  }

  function count() {
    const statuses = [...rows.values()].map((row) => row.status);
    const here = statuses.filter((status) => HERE.has(status)).length;
    const unmarked = statuses.filter((status) => !status).length;
    const numbers = { here, "not-here": statuses.length - here - unmarked, unmarked };
    for (const [name, number] of Object.entries(numbers))
      form.querySelector(`[data-count="${name}"]`).textContent = number;
  }

  function say(text, state = "saved") {
    saved.dataset.state = state;
    if (saved.textContent !== text) saved.textContent = text;
  }

  function time(moment) {
    return new Intl.DateTimeFormat("en-GB", {
      hour: "numeric",
      minute: "2-digit",
      hour12: true,
      timeZone: "Europe/London",
    })
      .format(moment)
      .replace(/:00|\s/g, "");
  }

  // --- Keeping --------------------------------------------------------------------------------
  function keep() {
    try {
      if (queue.length) sessionStorage.setItem(store, JSON.stringify(queue));
      else sessionStorage.removeItem(store);
    } catch {
      // Storage is full or forbidden: the queue lives as long as the page, which warns on leaving.
    }
  }

  function restored() {
    try {
      return JSON.parse(sessionStorage.getItem(store)) ?? [];
    } catch {
      return [];
    }
  }

  function device() {
    try {
      const id = sessionStorage.getItem("device") ?? newId();
      sessionStorage.setItem("device", id);
      return id;
    } catch {
      return "";
    }
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Only secure contexts have randomUUID; a tablet may reach a test server by plain HTTP.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // --- What people do -----------------------------------------------------------------------------
  form.addEventListener("change", ({ target }) => {
    const row = target.closest("[data-person]");
    if (row && target.type === "radio") tap([[row.dataset.person, target.value]]);
  });
  undoButton.addEventListener("click", undo);

  // Forms open the page anew: what is unsent goes first.
  document.addEventListener("submit", async (event) => {
    const { target, submitter } = event;
    const action = target === form ? submitter?.value : "";
    if (action === "rest" || action === "save") {
      event.preventDefault();
      return action === "rest" ? markRest() : send();
    }
    if (!queue.length && !sending) return;
    event.preventDefault();
    if (await drained()) target.requestSubmit(submitter);
  });

  function drained() {
    stopped = "";
    send();
    return new Promise((resolve) => {
      const look = setInterval(() => {
        if (sending || (queue.length && !stopped)) return;
        clearInterval(look);
        resolve(!queue.length);
      }, 50);
    });
  }

  addEventListener("beforeunload", (event) => {
    if (queue.length) event.preventDefault();
  });
  addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send({ look: true });
  });

  for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
  for (const kept of queue) {
    const row = rows.get(kept.participant);
    if (row) row.at = Math.max(row.at, Date.parse(kept.at));
    show(kept.participant, kept.status === CLEARED ? "" : kept.status);
  }
  count();
  // Even with nothing to send: the answer sets the clock.
  send({ look: true });
  if (early) setTimeout(() => send({ look: true }), Math.min(opens - clock() + 1000, DAY));
}
