/**
 * What was done on registers and has not reached the server yet. One queue a page: items wait here
 * until the server has them, and are sent as soon as it can be reached.
 */
import { Later, nextBatch, post, Stop, whoIsSignedIn } from "./delivery.js";

const SHORTEST = 1000;
const SLOWEST = 30_000;

class Queue extends EventTarget {
  #waiting = [];
  #user = "";
  #pass = "";
  #token = "";
  #offset = 0;
  #turn = Promise.resolve();
  #asked = new Map();
  #pause = SHORTEST;
  #timer = 0;
  #noStorage = "";
  #notSent = "";

  /** Begin for whoever the page is for; `offset` is in ms, to be added to this device's clock. */
  async open({ user = "", pass = "", token = "", offset } = {}) {
    this.#user = user || this.#user;
    this.#pass = pass || this.#pass;
    this.#token = token || this.#token;
    this.#offset = offset ?? this.#offset;
  }

  /** Milliseconds as the server's clock has them, as far as it is known. */
  now() {
    return Date.now() + this.#offset;
  }

  get offset() {
    return this.#offset;
  }

  get trouble() {
    return this.#noStorage || this.#notSent;
  }

  add(session, kind, item) {
    const dated = { offset: Math.round(this.#offset), ...item };
    this.#waiting.push({ session, kind, item: dated, user: this.#user, pass: this.#pass });
    this.#changed();
    this.send(session);
  }

  /** This user's of a session, oldest first; `refused` says why the server would not have it. */
  pending(session) {
    const mine = (each) => each.session === session && each.user === this.#user;
    return this.#waiting
      .filter(mine)
      .map(({ kind, item, refused }) => (refused ? { kind, item, refused } : { kind, item }));
  }

  /** How many wait on this device, whoever made them. */
  count() {
    return this.#waiting.length;
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
    await Promise.all([...this.#sessions()].map((session) => this.send(session)));
  }

  /** Send; then tell whether nothing of this user's waits for the session any more. */
  async drained(session) {
    await this.send(session);
    return !this.#unsent(session).some((each) => each.user === this.#user);
  }

  // --- Sending ------------------------------------------------------------------------------------
  #sessions() {
    return new Set(this.#waiting.filter((each) => !each.refused).map((each) => each.session));
  }

  #unsent(session) {
    return this.#waiting.filter((each) => each.session === session && !each.refused);
  }

  async #deliver(session, look) {
    try {
      let batch = nextBatch(this.#unsent(session));
      let isFirst = look;
      while (batch.length || isFirst) {
        isFirst = false;
        await this.#postOne(session, batch);
        batch = nextBatch(this.#unsent(session));
      }
      this.#settle("");
      this.#pause = SHORTEST;
    } catch (problem) {
      this.#failed(problem);
    }
  }

  async #postOne(session, batch) {
    const asked = Date.now();
    const answer = await this.#withFreshToken((token) =>
      post(session, batch, { pass: batch[0]?.pass, token }),
    );
    this.#setClock(asked, Date.parse(answer.now));
    this.#take(session, batch, answer);
  }

  /** A token of this page may be stale: then a fresh one is asked for, once. */
  async #withFreshToken(send) {
    if (this.#token) {
      try {
        return await send(this.#token);
      } catch (problem) {
        if (problem.status !== 403) throw problem;
      }
    }
    const signedIn = await whoIsSignedIn();
    this.#token = signedIn.token;
    if (signedIn.user === this.#user) this.#pass = signedIn.pass;
    return send(this.#token);
  }

  #take(session, batch, answer) {
    const sent = batch.map((each, place) => ({ ...each, result: answer.results[place] }));
    const done = new Set();
    for (const [place, each] of batch.entries()) {
      const { outcome, reason } = answer.results[place];
      if (outcome === "refused") each.refused = reason || "The portal did not take it.";
      else done.add(each);
    }
    this.#waiting = this.#waiting.filter((each) => !done.has(each));
    this.dispatchEvent(new CustomEvent("answer", { detail: { session, answer, sent } }));
    if (batch.length) this.#changed();
  }

  #failed(problem) {
    if (!(problem instanceof Later || problem instanceof Stop)) throw problem;
    this.#settle(problem.message);
    if (problem instanceof Stop || !this.count()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.sendAll(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, SLOWEST);
  }

  #settle(words) {
    if (words === this.#notSent) return;
    this.#notSent = words;
    this.#changed();
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

export const queue = new Queue();

addEventListener("online", () => queue.sendAll());
addEventListener("beforeunload", (event) => {
  if (queue.count()) event.preventDefault();
});
