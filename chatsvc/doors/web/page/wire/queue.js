// The queue of unanswered requests: nothing in it is lost or done twice over a new connection.

import { LONG, Throttle } from "./throttle.js";
import { cost, mayBeDoneTwice, size } from "./requests.js";
import { folded } from "../chat/names.js";

export const MOST_WAITING = 1000; // unanswered requests
export const WINDOW = 50; // requests on their way; the server remembers at least as many nonces

// clock: has `now()`, in seconds, and `later(seconds, call)`, which returns a function that cancels.
// refused: called with the nonce of a request that is too long for the server.
export class Queue {
  constructor(clock, refused, prefix) {
    this.clock = clock;
    this.refused = refused;
    this.prefix = prefix; // of the nonces; other clients have others
    this.count = 0;
    this.socket = null;
    this.throttle = new Throttle();
    this.rested = 0; // the throttle's state
    this.stopPause = null;
    this.open = new Map(); // the unanswered requests, by their nonces
    this.sent = new Set(); // the nonces of those that were sent
    this.unsent = []; // the nonces of the others
    this.last = []; // the nonces of `addLast`
    this.before = ""; // the nonce of the request that is answered before others are sent
  }

  get length() {
    return this.open.size;
  }

  // Queue a request; returns its nonce, or "" if the queue is full.
  add(request, queue = this.unsent) {
    if (this.open.size >= MOST_WAITING) return "";
    const nonce = this.note(request);
    queue.push(nonce);
    this.send();
    return nonce;
  }

  // Queue a request after all others, even later ones.
  addLast(request) {
    return this.add(request, this.last);
  }

  // Note a request that will be among the first on a connection; returns its nonce.
  note(request) {
    this.count += 1;
    const nonce = `${this.prefix}${this.count}`;
    this.open.set(nonce, { ...request, nonce });
    return nonce;
  }

  // Add a message of an earlier page, with the nonce that it had.
  restore(request) {
    this.open.set(request.nonce, request);
    this.unsent.push(request.nonce);
  }

  forget(nonce) {
    this.open.delete(nonce);
    this.sent.delete(nonce);
  }

  isOwn(nonce) {
    return nonce.startsWith(this.prefix);
  }

  // Note an answer, and return whether its request was unanswered until now.
  answer(nonce) {
    if (!this.open.has(nonce)) return false;
    this.forget(nonce);
    return true;
  }

  // Keep within the server's pace. Some of it is left for pings, and for differences of the clocks.
  pace(burst, rate) {
    this.throttle = new Throttle(Math.max(burst - 5, 1), rate * 0.9);
  }

  get isToSomebody() {
    return [...this.open.values()].some((request) => "username" in request);
  }

  // Readdress the requests to somebody who has changed names.
  readdress(name, now) {
    for (const request of this.open.values()) {
      if (folded(String(request.username ?? "")) === folded(name)) request.username = now;
    }
  }

  // Go on over a new connection; returns the nonces of requests that may have been done.
  resume(socket, first, before) {
    this.socket = socket;
    this.before = before;
    const again = [...this.sent];
    this.sent.clear();
    const unsure = again.filter(
      (nonce) => nonce !== before && !mayBeDoneTwice(this.open.get(nonce)),
    );
    for (const nonce of unsure) this.open.delete(nonce);
    const unsent = [...first, ...again].filter((nonce) => this.open.has(nonce));
    this.unsent = [...new Set([...unsent, ...this.unsent])];
    return unsure;
  }

  halt() {
    this.socket = null;
    this.stopPause?.();
  }

  // Note a lost connection; returns the nonces of the requests of `addLast`, now dropped.
  lose() {
    this.halt();
    const lost = this.last.filter((nonce) => this.open.delete(nonce));
    this.last.length = 0;
    return lost;
  }

  // Send as much as the window and the throttle allow.
  send() {
    this.stopPause?.();
    while (this.socket && this.sent.size < WINDOW && !this.sent.has(this.before)) {
      const queue = this.unsent.length ? this.unsent : this.last;
      if (!queue.length) return;
      const request = this.open.get(queue[0]);
      if (!request) {
        queue.shift(); // it was withdrawn
        continue;
      }
      const now = this.clock.now();
      const text = JSON.stringify(request);
      const lines = cost(request) + Math.floor(size(text) / LONG);
      const rested = this.throttle.take(this.rested, now, lines);
      // Half a burst is left for other requests.
      const spare = queue === this.last ? Math.floor(this.throttle.burst / 2) : 0;
      const spent = spare ? this.throttle.take(rested, now, spare) : rested;
      const wait = this.throttle.wait(spent, now);
      if (wait > 0) {
        this.stopPause = this.clock.later(wait, () => this.send());
        return;
      }
      const nonce = queue.shift();
      this.sent.add(nonce);
      if (this.socket.send(text)) this.rested = rested;
      else this.clock.later(0, () => this.sent.has(nonce) && this.refused(nonce));
    }
  }
}
