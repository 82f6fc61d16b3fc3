/**
 * On Today and on registers, while there is a connection: has today's registers kept, and on Today
 * says so, or why not, and asks for a PIN where phones are shared.
 */
import { keepToday, problemWith, setShared, watchExpiry } from "./keeping.js";

const panel = document.querySelector("[data-keeping]");
const state = panel?.querySelector("[data-keeping-state]");
const form = panel?.querySelector("[data-keeping-pin]");
const shared = panel?.querySelector("[data-keeping-shared]");

const { user } = document.querySelector("[data-waiting]").dataset;

async function keep(options) {
  const outcome = await keepToday(user, options);
  await watchExpiry().catch(() => undefined);
  if (panel) show(outcome);
}

function show({ kept, expiresAt, hasPin, needsPin, isShared, trouble }) {
  panel.hidden = false;
  form.hidden = !needsPin;
  if (isShared) panel.querySelector("[data-keeping-choice]").hidden = true;
  if (needsPin || hasPin) shared.checked = true;
  if (trouble) return say(`${trouble} Marks live in the open page only: leave it open until they are sent.`);
  if (needsPin) return say("Choose a PIN to keep today's registers on this phone.");
  if (kept === undefined) return say("No connection: what was kept before still opens.");
  say(kept ? `${registers(kept)} kept on this phone until ${time(expiresAt)}.` : "No session is on today.");
}

function say(text) {
  state.textContent = text;
}

function registers(count) {
  return count === 1 ? "1 register is" : `${count} registers are`;
}

function time(moment) {
  const how = { hour: "numeric", minute: "2-digit", hour12: true, timeZone: "Europe/London" };
  return new Intl.DateTimeFormat("en-GB", how).format(moment).replace(/:00|\s/g, "");
}

async function choosePin(event) {
  event.preventDefault();
  const { pin } = form.elements;
  const problem = problemWith(pin.value);
  const place = form.querySelector("[data-keeping-problem]");
  place.textContent = problem;
  place.hidden = !problem;
  pin.setAttribute("aria-invalid", String(Boolean(problem)));
  if (problem) return pin.focus();
  const chosen = pin.value;
  pin.value = "";
  say("Keeping today's registers…");
  await keep({ pin: chosen });
  state.focus();
}

/** The page that stands in without a network; only devices that take registers load it. */
async function askForShell() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  await serviceWorker.register("/service-worker.js", { scope: "/", updateViaCache: "none" });
  (await serviceWorker.ready).active.postMessage({ registers: true });
}

form?.addEventListener("submit", choosePin);
shared?.addEventListener("change", async () => {
  await setShared(shared.checked).catch(() => undefined);
  await keep();
});
askForShell().catch(() => undefined);
keep();
