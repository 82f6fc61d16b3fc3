/** Why a device cannot keep registers, in words for whoever holds it. */

const CANNOT = "This phone cannot keep registers for later:";

/** Nothing where keeping may work; it can still fail when it is tried. */
export function missing() {
  if (!isSecureContext) return `${CANNOT} the address does not begin with https.`;
  if (!globalThis.indexedDB || !globalThis.crypto?.subtle)
    return `${CANNOT} the browser is too old, or lets pages keep nothing.`;
  return "";
}

/** What an error of the browser's storage means. */
export function whyNot(problem) {
  const isFull = problem?.name === "QuotaExceededError";
  if (isFull) return `${CANNOT} its storage is full. Remove something from it.`;
  return missing() || `${CANNOT} the browser lets pages keep nothing, as in a private window.`;
}
