/** Shares the page by the device's own way, else copies its address and says so. */

const button = document.querySelector("[data-share]");
const status = document.querySelector("[data-save-status]");
const address = document.querySelector("link[rel=canonical]")?.href ?? location.href;

async function share() {
  if (navigator.share) {
    // Whoever closes the device's own window has changed their mind.
    await navigator.share({ title: document.title, url: address }).catch(() => undefined);
    return;
  }
  try {
    await navigator.clipboard.writeText(address);
    status.textContent = button.dataset.shareDone;
  } catch {
    status.textContent = button.dataset.shareFailed;
  }
}

if (button && status) {
  button.addEventListener("click", share);
  button.hidden = false;
}
