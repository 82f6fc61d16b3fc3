/**
 * What was done on registers and has not reached the server yet. One queue a page: items lie on
 * this device, as ids and marks or sealed, until the server has them, and go as soon as it can be
 * reached. They outlive the page, the sign-in and the browser.
 */
import { all, hasDatabase, one, put, remove } from "./database.js";
import { canGo, Later, nextBatch, post, sorted, Stop, whoIsSignedIn } from "./delivery.js";
import { whyNot } from "./troubles.js";

const SHORTEST = 1000;
const SLOWEST = 30_000;
// A pass is good for twelve hours.
const PASS_AGE = 11.5 * 3_600_000;
const PASS_REACHES_BACK = 4 * 60_000;

class Queue extends EventTarget {
  #waiting = [];
  #gone = new Set();
  #user = "";
  #pass = "";
  #passSince = 0;
  #token = "";
  #signedIn = "";
  #device = newId();
  #offset = 0;
  #turn = Promise.resolve();
  #asked = new Map();
  #pause = SHORTEST;
  #timer = 0;
  #noStorage = "";
  #notSent = new Map();
  #others = new BroadcastChannel("registers");

  constructor() {
    super();
    this.#others.onmessage = ({ data }) => data === "queue" && this.#read();
  }

  /**
   * Begin for whoever the page is for, and load what this device still holds. `offset` is in ms,
   * to be added to this device's clock. Without a token nobody is known to be signed in.
   */
  async open({ user = "", pass = "", token = "", offset } = {}) {
    this.#user = user || this.#user;
    if (pass) this.#usePass(pass);
    if (token) [this.#token, this.#signedIn] = [token, this.#user];
    if (offset !== undefined) this.#offset = Math.round(offset);
    await this.#read();
    this.sendAll();
  }

  /** Milliseconds as the server's clock has them, as far as it is known. */
  now() {
    return Date.now() + this.#offset;
  }

  /** What is added to this device's clock to make it so, in milliseconds. */
  get offset() {
    return this.#offset;
  }

  /** What keeps items from being kept or sent, in words; empty where nothing does. */
  get trouble() {
    return this.#noStorage || this.#words();
  }

  /** What keeps items from being sent, in words; empty where nothing does. */
  get notSent() {
    return this.#words();
  }

  /** Whether this device keeps nothing. */
  get keepsNothing() {
    return Boolean(this.#noStorage);
  }

  /** Whether something would be lost with this page. */
  get isUnkept() {
    return this.#waiting.some((each) => !each.number && !each.refused);
  }

  /** Say that this device keeps nothing, and why. */
  cannotKeep(words) {
    this.#noStorage = words;
    this.#changed();
  }

  add(session, kind, item) {
    const made = { offset: this.#offset, device: this.#device, ...item };
    const added = { session, kind, item: made, user: this.#user, pass: this.#pass };
    this.#waiting.push(added);
    added.keeping = this.#keep(added);
    this.#changed();
    this.send(session);
  }

  /** This user's of a session, oldest first; `refused` says why the server would not have it. */
  pending(session) {
    return this.#waiting
      .filter((each) => each.session === session && each.user === this.#user)
      .map(({ kind, item, refused }) => (refused ? { kind, item, refused } : { kind, item }));
  }

  /** How many wait on this device to be sent, whoever made them. */
  count() {
    return this.#waiting.filter((each) => !each.refused).length;
  }

  /** What the server would not take, whoever made it: [{session, kind, item, refused}]. */
  refused() {
    return this.#waiting.filter((each) => each.refused);
  }

  /** Throw away what was refused: a person has decided so. */
  async discard(each) {
    await this.#remove([each]);
    this.#changed();
  }

  /** Post what waits of a session, one request after another; with `look`, at least one. */
  send(session, { look = false } = {}) {
    const key = `${session} ${look}`;
    if (!this.#asked.has(key)) {
      const mine = this.#turn.then(() => {
        this.#asked.delete(key);
        return this.#deliver(session, look);
      });
      this.#asked.set(key, mine);
      this.#turn = mine;
    }
    return this.#asked.get(key);
  }

  /** Everything that waits on this device. */
  async sendAll() {
    const sessions = new Set(this.#waiting.filter((each) => !each.refused).map((each) => each.session));
    await Promise.all([...sessions].map((session) => this.send(session)));
  }

  /** There is a connection again: send, and look where that was not possible. */
  async reconnect() {
    const looked = [...this.#notSent.keys()];
    await Promise.all([this.sendAll(), ...looked.map((session) => this.send(session, { look: true }))]);
  }

  /** Send; then tell whether nothing of this user's waits for the session any more. */
  async drained(session) {
    await this.send(session);
    return !this.pending(session).some((each) => !each.refused);
  }

  // --- Keeping ------------------------------------------------------------------------------------
  async #read() {
    try {
      if (!(await hasDatabase())) return;
      this.#device = (await one("settings", "device")) ?? this.#device;
      this.#merge(await all("queue"));
      this.#changed();
    } catch (problem) {
      this.cannotKeep(whyNot(problem));
    }
  }

  #merge(rows) {
    const known = new Map(this.#waiting.map((each) => [keyOf(each), each]));
    const kept = rows
      .filter((row) => !this.#gone.has(keyOf(row)))
      .map((row) => Object.assign(known.get(keyOf(row)) ?? {}, row));
    const unkept = this.#waiting.filter((each) => !each.number);
    this.#waiting = [...new Set([...kept, ...unkept])];
  }

  async #keep(each) {
    try {
      each.number = await put("queue", plain(each));
      await put("settings", this.#device, "device");
      this.#others.postMessage("queue");
    } catch (problem) {
      this.cannotKeep(whyNot(problem));
    }
  }

  async #remove(items) {
    for (const each of items) this.#gone.add(keyOf(each));
    this.#waiting = this.#waiting.filter((each) => !this.#gone.has(keyOf(each)));
    await Promise.all(items.map((each) => each.keeping));
    const numbers = items.map((each) => each.number).filter(Boolean);
    if (!numbers.length) return;
    await remove("queue", numbers).catch(() => undefined);
    this.#others.postMessage("queue");
  }

  // --- Sending ------------------------------------------------------------------------------------
  #of(session) {
    return this.#waiting.filter((each) => each.session === session);
  }

  async #deliver(session, look) {
    try {
      if (look && !nextBatch(this.#of(session), this.#signedIn).length) await this.#post(session, []);
      await this.#empty(session);
      this.#pause = SHORTEST;
    } catch (problem) {
      this.#failed(session, problem);
    }
  }

  async #empty(session) {
    for (;;) {
      if (!this.#of(session).some((each) => !each.refused)) break;
      if (!this.#signedIn) await this.#refresh();
      const batch = nextBatch(this.#of(session), this.#signedIn);
      if (!batch.length) throw new Stop("Whoever took them must sign in to send them.");
      await this.#post(session, batch);
    }
    this.#settle(session, "");
  }

  async #post(session, batch) {
    const asked = Date.now();
    const answer = await this.#withToken((token) => post(session, batch, token));
    this.#setClock(asked, Date.parse(answer.now));
    const { results } = answer;
    const sent = batch.map((each, place) => ({ ...plain(each), result: results[place] }));
    const { done, refused } = sorted(batch, results);
    const removed = this.#remove(done);
    for (const each of refused) {
      await each.keeping;
      await this.#keep(each);
    }
    this.dispatchEvent(new CustomEvent("answer", { detail: { session, answer, sent } }));
    this.#settle(session, "");
    if (batch.length) this.#changed();
    await removed;
  }

  /** A page's token may be stale by now: then a fresh one is asked for, once. */
  async #withToken(send) {
    if (this.#token) {
      try {
        return await send(this.#token);
      } catch (problem) {
        if (problem.status !== 403) throw problem;
      }
    }
    await this.#refresh();
    return send(this.#token);
  }

  async #refresh() {
    const { user, pass, token } = await whoIsSignedIn();
    this.#token = token;
    this.#signedIn = user;
    // A pass speaks for marks made from its own moment on, so the older one goes on while it may.
    const isOld = Date.now() - this.#passSince > PASS_AGE;
    if (user === this.#user && isOld) this.#usePass(pass);
  }

  #usePass(pass) {
    this.#pass = pass;
    this.#passSince = Date.now();
    // It speaks for what was made a moment before it came, too.
    const isFresh = (each) => Date.parse(each.item.at) > this.now() - PASS_REACHES_BACK;
    const without = this.#waiting.filter((each) => !each.pass && each.user === this.#user);
    for (const each of without.filter(isFresh)) this.#lend(each, pass);
  }

  async #lend(each, pass) {
    each.pass = pass;
    await each.keeping;
    if (!this.#gone.has(keyOf(each))) await this.#keep(each);
  }

  #failed(session, problem) {
    if (!(problem instanceof Later || problem instanceof Stop)) throw problem;
    this.#settle(session, problem.message);
    if (problem instanceof Stop || !this.count()) return;
    clearTimeout(this.#timer);
    // Another page, or the service worker, may have sent it meanwhile: then looking tells.
    this.#timer = setTimeout(() => this.reconnect(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, SLOWEST);
    this.#askForBackground();
  }

  /** Where the browser can, the service worker sends once there is a connection again. */
  async #askForBackground() {
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.sync?.register("registers").catch(() => undefined);
  }

  #words() {
    return this.#notSent.values().next().value ?? "";
  }

  #settle(session, words) {
    const before = this.#words();
    this.#notSent.delete(session);
    if (words) this.#notSent.set(session, words);
    if (this.#words() !== before) this.#changed();
  }

  // The server's moment lay between asking and its answer. A page that was long on its way told
  // of a moment long past.
  #setClock(asked, moment) {
    const [least, most] = [moment - Date.now(), moment - asked];
    if (this.#offset < least || this.#offset > most) this.#offset = Math.round((least + most) / 2);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** A new id for whatever is made on this device. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only secure contexts have randomUUID; a tablet may reach a test server by plain HTTP.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function keyOf({ kind, item }) {
  return `${kind}/${item.id}`;
}

/** As it lies in the database. */
function plain({ number, session, kind, item, user, pass, refused }) {
  const kept = { session, kind, item, user, pass };
  if (refused) kept.refused = refused;
  if (number) kept.number = number;
  return kept;
}

export const queue = new Queue();

addEventListener("online", () => queue.reconnect());
addEventListener("beforeunload", (event) => {
  if (queue.isUnkept) event.preventDefault();
});
