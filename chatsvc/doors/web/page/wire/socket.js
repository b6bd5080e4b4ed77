// One connection to the server: JSON lines over a WebSocket, one object a message.

import { LONGEST_ASKED, size } from "./requests.js";

export const SUBPROTOCOL = "chatsvc.1";
export const RESUME = "resume"; // the nonce of the request to resume
// Browsers let the timers of hidden pages run once a minute: the server waits for longer than that.
export const SILENCE = 150; // seconds after which the server gives the connection up
const LOOK_EVERY = 5; // seconds between checks that the server still speaks
const ASK_AFTER = 25; // seconds of silence before a ping
const ANSWER_WITHIN = 20; // seconds for an answer to it, and for the first answer
const MOST_EARLY = 1000; // events before the answer to `resume`

// The owner has `clock`, `resume()`, `signOfLife()`, `received(socket, object)`, `lost(socket)`.
export class Socket {
  constructor(owner, web, mayComeBack) {
    this.owner = owner;
    this.web = web;
    this.isWelcomed = false;
    // Events before the answer to `resume`. If that succeeds, they were for a newcomer: that is what
    // the server took the page for until then. null after the answer.
    this.early = mayComeBack ? [] : null;
    this.heardAt = this.askedAt = owner.clock.now();
    this.stopLooking = null;
    web.onopen = () => this.send(JSON.stringify(owner.resume()));
    web.onmessage = (message) => this.hear(message.data);
    web.onclose = () => this.end();
    this.look();
  }

  look() {
    const { clock } = this.owner;
    const now = clock.now();
    this.stopLooking = clock.later(LOOK_EVERY, () => this.look());
    if (this.askedAt >= this.heardAt) {
      if (now - this.askedAt >= ANSWER_WITHIN) this.end();
    } else if (now - this.heardAt >= ASK_AFTER) this.ask();
  }

  // Ask for a sign of life.
  ask() {
    if (this.web.readyState !== 1) return;
    this.askedAt = Math.max(this.owner.clock.now(), this.heardAt);
    this.send(JSON.stringify(this.owner.signOfLife()));
  }

  hear(text) {
    this.heardAt = this.owner.clock.now() + 0.001;
    let received;
    try {
      received = JSON.parse(text);
    } catch {
      this.end(); // nothing that follows can be trusted
      return;
    }
    if (this.early) this.hearEarly(received);
    else if (received.nonce !== "ping" && received.nonce !== RESUME) {
      this.owner.received(this, received);
    }
  }

  hearEarly(received) {
    const { event, error } = received;
    const { early } = this;
    if (event === "resumed") early.length = 0;
    else if (!(event === "resumable" || error || received.nonce === RESUME)) {
      if (early.push(received) > MOST_EARLY) this.end();
      return;
    }
    if (error?.nonce) delete error.nonce;
    this.early = null;
    for (const each of early) this.owner.received(this, each);
    if (event !== "done") this.owner.received(this, received);
  }

  // Send an object; returns false if it is too long for the server.
  send(text) {
    if (size(text) > LONGEST_ASKED) return false;
    if (this.web.readyState === 1) this.web.send(text);
    return true;
  }

  // Close, and tell the owner, once; a dead peer is not waited for.
  end() {
    if (!this.stopLooking) return;
    this.stopLooking();
    this.stopLooking = null;
    const { web } = this;
    web.onopen = web.onmessage = web.onclose = null;
    web.close();
    this.owner.lost(this);
  }
}
