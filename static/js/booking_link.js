/** The address of a new link: selected by a touch, shared by the device's own way or copied. */

const field = document.querySelector("[data-address]");
const button = document.querySelector("[data-copy]");
const status = document.querySelector("[data-copy-status]");

async function share() {
  if (navigator.share) {
    // Whoever closes the device's own window has changed their mind.
    await navigator.share({ url: field.value }).catch(() => undefined);
    return;
  }
  try {
    await navigator.clipboard.writeText(field.value);
    status.textContent = "Copied.";
  } catch {
    field.focus();
    status.textContent = "It could not be copied. Copy it from the field above.";
  }
}

if (field && button) {
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", share);
  button.hidden = false;
}
