/**
 * Passkeys: the browser's own window, and its answer in a hidden field of the form around the
 * button. The options come with the page, in `data-options` of the form.
 */

const BYTES_IN = ["challenge", "user.id"];

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function opened(options) {
  const asked = structuredClone(options.publicKey);
  for (const path of BYTES_IN) {
    const steps = path.split(".");
    const last = steps.pop();
    const owner = steps.reduce((part, step) => part?.[step], asked);
    if (owner?.[last]) {
      owner[last] = bytes(owner[last]);
    }
  }
  for (const list of [asked.excludeCredentials, asked.allowCredentials]) {
    list?.forEach((known) => {
      known.id = bytes(known.id);
    });
  }
  return asked;
}

function sealed(credential) {
  const response = {};
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const part of parts) {
    if (credential.response[part]) {
      response[part] = text(credential.response[part]);
    }
  }
  if (credential.response.getTransports) {
    response.transports = credential.response.getTransports();
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function ask(form) {
  const asked = { publicKey: opened(JSON.parse(form.dataset.options)) };
  return form.dataset.passkey === "create"
    ? navigator.credentials.create(asked)
    : navigator.credentials.get(asked);
}

function prepare(form) {
  const button = form.querySelector("[data-passkey-button]");
  const status = form.querySelector("[data-passkey-status]");
  if (!window.PublicKeyCredential) {
    status.textContent = "This browser knows no passkeys. Use another one, or an app on your phone.";
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    status.textContent = "Follow what your device asks.";
    try {
      form.querySelector("[name=credential]").value = JSON.stringify(sealed(await ask(form)));
      form.submit();
    } catch (error) {
      status.textContent =
        error.name === "InvalidStateError"
          ? "This device has a passkey for the portal already."
          : "That did not work, or you stopped it. Try again, or use another way.";
    }
  });
}

document.querySelectorAll("[data-passkey]").forEach(prepare);
