/**
 * Sealing as the server does it too: ephemeral ECDH P-256, HKDF-SHA-256 (no salt), AES-256-GCM.
 * Anybody with the public key seals; only the private key opens. All parts are base64url.
 *
 * Where no PIN is asked the private key never leaves the browser's own keeping. Where one is, the
 * key lies wrapped by a key made from the PIN.
 */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const INFO = new TextEncoder().encode("derby register v1");
const IV_BYTES = 12;
const SALT_BYTES = 16;
// OWASP's figure for PBKDF2 with SHA-256, 2023.
const ROUNDS = 600_000;
const WRAPPING = { name: "AES-GCM", length: 256 };

/** Whether this browser lets a page seal: not over plain http. */
export function canSeal() {
  return isSecureContext && Boolean(globalThis.crypto?.subtle);
}

/** A key pair whose private half no script can read. */
export function newPair() {
  return crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
}

/** A pair whose private half is wrapped by a PIN: {publicKey, wrapped: {salt, iv, rounds, data}}. */
export async function newPairWithPin(pin) {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const [salt, iv] = [random(SALT_BYTES), random(IV_BYTES)];
  const wrapping = await keyFromPin(pin, salt, ROUNDS);
  const data = await crypto.subtle.wrapKey("pkcs8", pair.privateKey, wrapping, gcm(iv));
  return { publicKey: pair.publicKey, wrapped: { salt, iv, rounds: ROUNDS, data } };
}

/** The private key again, not to be read by any script; nothing where the PIN is wrong. */
export async function unwrap({ salt, iv, rounds, data }, pin) {
  const wrapping = await keyFromPin(pin, salt, rounds);
  try {
    return await crypto.subtle.unwrapKey("pkcs8", data, wrapping, gcm(iv), CURVE, false, [
      "deriveBits",
    ]);
  } catch {
    return null;
  }
}

/** The server's public key, {id, x, y}, as WebCrypto takes it. */
export function publicKeyFrom({ x, y }) {
  const key = { kty: "EC", crv: "P-256", x, y };
  return crypto.subtle.importKey("jwk", key, CURVE, true, []);
}

/** Seal a value to a public key; `about` must be said again to open it. */
export async function seal(value, { publicKey, key = "", about }) {
  const own = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const shared = await sharedKey(own.privateKey, publicKey, "encrypt");
  const iv = random(IV_BYTES);
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const data = await crypto.subtle.encrypt(gcm(iv, about), shared, plain);
  const ephemeral = await crypto.subtle.exportKey("raw", own.publicKey);
  return { key, ephemeral: toText(ephemeral), iv: toText(iv), data: toText(data) };
}

/** What was sealed; fails where key or `about` are others. */
export async function unseal({ ephemeral, iv, data }, { privateKey, about }) {
  const theirs = await crypto.subtle.importKey("raw", toBytes(ephemeral), CURVE, true, []);
  const shared = await sharedKey(privateKey, theirs, "decrypt");
  const plain = await crypto.subtle.decrypt(gcm(toBytes(iv), about), shared, toBytes(data));
  return JSON.parse(new TextDecoder().decode(plain));
}

async function sharedKey(privateKey, publicKey, use) {
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: INFO };
  return crypto.subtle.deriveKey(hkdf, material, WRAPPING, false, [use]);
}

async function keyFromPin(pin, salt, iterations) {
  const typed = new TextEncoder().encode(pin);
  const material = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(pbkdf2, material, WRAPPING, false, ["wrapKey", "unwrapKey"]);
}

function gcm(iv, about = "") {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(about) };
}

function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

function toText(buffer) {
  const text = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
