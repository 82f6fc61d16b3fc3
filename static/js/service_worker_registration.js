/**
 * Puts the service worker in place once the page is there, and has it keep this page if it is one
 * to keep: the worker came too late to see it arrive.
 */

const WORKER = "/service-worker.js";

function filesOfThisPage() {
  const styles = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon]")];
  const scripts = [...document.querySelectorAll("script[src]")];
  return [...styles.map((each) => each.href), ...scripts.map((each) => each.src)];
}

async function start() {
  await navigator.serviceWorker.register(WORKER, { scope: "/", updateViaCache: "none" });
  if (navigator.serviceWorker.controller) return;
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage({ page: location.href, files: filesOfThisPage() });
}

if ("serviceWorker" in navigator) {
  // A browser that keeps nothing, as in a private window, says no: the pages work without.
  const begin = () => start().catch(() => undefined);
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
}

// Without a network a changed list is a page to open: the worker has the last one.
document.addEventListener("htmx:sendError", (event) => {
  location.assign(event.detail.pathInfo.finalRequestPath);
});
