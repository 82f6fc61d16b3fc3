// Sends a concern without leaving the page, so that a bad connection or an ended sign-in loses no
// word of it. What was typed stays in the page's own fields and nowhere else on the device.
const NO_CONNECTION = "It was not sent: there is no connection. Nothing is lost. Stay on this page and press Send again.";
const SIGNED_OUT = "It was not sent: you are signed out. Nothing is lost. Sign in, come back to this page and press Send again.";
const NOT_TAKEN = "It was not sent. Nothing is lost. Press Send again; if that does not help, ring your safeguarding lead.";
const PATIENCE = 20_000;

const form = document.querySelector("[data-concern]");
const problem = form.querySelector("[data-concern-problem]");
const button = form.querySelector("[data-concern-send]");
let isStale = false;

form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "find") return;
  event.preventDefault();
  if (!button.disabled) send();
});

async function send() {
  button.disabled = true;
  problem.hidden = true;
  try {
    if (isStale) await renew();
    await judge(await post());
  } catch {
    say(NO_CONNECTION);
  }
  button.disabled = false;
}

function post() {
  const signal = AbortSignal.timeout(PATIENCE);
  return fetch(form.action, { method: "POST", body: new FormData(form), signal });
}

async function judge(response) {
  if (response.redirected && response.url.endsWith(form.dataset.sent)) {
    form.reset();
    location.replace(response.url);
  } else if (response.status === 422) {
    // The page that says what is missing, with every word in it.
    form.submit();
  } else if (response.redirected || response.status === 403) {
    say(SIGNED_OUT, true);
  } else {
    say(NOT_TAKEN);
  }
}

function say(words, needsSignIn = false) {
  isStale = true;
  problem.querySelector("[data-concern-words]").textContent = words;
  problem.querySelector("[data-concern-sign-in]").hidden = !needsSignIn;
  problem.hidden = false;
  problem.scrollIntoView({ block: "center" });
}

// A new sign-in has a new token for its forms: any page of theirs tells it.
async function renew() {
  const page = await fetch(form.dataset.tokenPage, { signal: AbortSignal.timeout(PATIENCE) });
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const token = fresh.querySelector("input[name='csrfmiddlewaretoken']");
  if (token) form.querySelector("input[name='csrfmiddlewaretoken']").value = token.value;
}
