/**
 * Sends each answer as soon as it is touched, so that closing the page loses nothing, and leaves a
 * tablet's page that nobody touches. Without this script the page's own buttons do the same.
 */

// A little longer than the server waits: it counts from when the last answer reached it.
const IDLE = 10 * 60 * 1000 + 5000;
const form = document.querySelector("form[data-saves]");
const status = document.querySelector("[data-status]");
const help = document.querySelector("[data-help]");
const away = document.body.dataset.leave;

/** What the page's own button would send for one question. */
function answerOf(input) {
  const item = input.closest("[data-item]")?.dataset.item ?? form.querySelector("[name=item]").value;
  const turn = form.querySelector("[name=turn]").value;
  return new URLSearchParams({ item, turn, value: input.value, go: "save" });
}

async function save(input) {
  const answer = await fetch(form.dataset.saves || form.action, {
    method: "POST",
    body: answerOf(input),
    redirect: "error",
  });
  if (!answer.ok) throw new Error(String(answer.status));
  // Never hidden again by another answer: whoever reads it keeps it.
  if (help && answer.status === 200) help.hidden = false;
}

async function saveAndTell(input) {
  const done = await save(input).then(
    () => true,
    () => false,
  );
  status.textContent = done ? status.dataset.saved : status.dataset.notSaved;
}

// One after another: the last touch is the one that is kept.
let queue = Promise.resolve();

form?.addEventListener("change", ({ target }) => {
  if (target.type !== "radio") return;
  queue = queue.then(() => saveAndTell(target));
});

/** Somebody else may hold the tablet by now: the server ends the turn and says who is next. */
function leaveWhenIdle() {
  let timer = setTimeout(() => location.replace(away), IDLE);
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.replace(away), IDLE);
  };
  ["pointerdown", "keydown"].forEach((kind) => addEventListener(kind, again));
}

if (away) leaveWhenIdle();

// Another tab may have gone on to somebody else's questions meanwhile.
document.addEventListener("visibilitychange", () => {
  if (away && document.visibilityState === "visible") location.replace(away);
});

// A page that the browser kept to go back to quickly shows what may be somebody else's by now.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
