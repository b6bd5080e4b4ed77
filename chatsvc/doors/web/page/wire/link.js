// A lasting link with the server, over which nothing is lost or doubled.

import { Backoff } from "./backoff.js";
import { isMessage, LONGEST_ASKED } from "./requests.js";
import { noncePrefix } from "./place.js";
import { Queue } from "./queue.js";
import { RESUME, SILENCE, Socket } from "./socket.js";

const LASTING = 10; // seconds after which a connection counts as one, and the next attempt is soon again
const PUT_OFF = ["banned", "put-off"]; // errors after which the page does not come back by itself

export const CLOCK = {
  now: () => Date.now() / 1000,
  later(seconds, call) {
    const timer = setTimeout(call, seconds * 1000);
    return () => clearTimeout(timer);
  },
};

// Without a connection, requests wait for the next one. Unanswered messages are sent again, and the
// server says them only once. Other requests may or may not have been done when a connection is lost:
// they are answered by the error "unsure".
//
// connect: makes a WebSocket.
// hear: called with each event and error, once and in order; a new place begins with `welcome`.
// status: called with "connecting", "up", "waiting" (for the next attempt) or "over", the
//   last two with the reason, if the server has given one.
// begin: called when a place is new to the page, or to a server that was restarted, with a function like
//   `ask` for requests that go before all others, and the event.
export class Link {
  constructor({ connect, place, hear, status, begin, clock = CLOCK, random = Math.random }) {
    Object.assign(this, { connect, place, hear, status, begin, clock });
    this.backoff = new Backoff(random);
    this.queue = new Queue(clock, (nonce) => this.refuse(nonce), noncePrefix());
    this.socket = null; // the connection, from its making on
    this.line = null; // the same, once the server has answered
    this.first = []; // the nonces of the first requests at a new place
    this.isOver = false;
    this.hasBegun = false; // whether one has been let in at the place, and has asked first what goes first
    this.upAt = 0; // when the last connection began; 0 for none
    this.stopWaiting = null;
    for (const each of place.unsaid) this.queue.restore(each);
  }

  start() {
    this.stopWaiting?.();
    this.stopWaiting = null;
    if (this.socket) return;
    this.isOver = false;
    this.status("connecting");
    this.socket = new Socket(this, this.connect(), this.place.seen !== null);
  }

  // Leave, and do not reconnect.
  stop(why = "") {
    this.isOver = true;
    this.socket?.send(JSON.stringify({ do: "quit" })); // so that nobody waits for its return
    this.place.renew();
    this.stopWaiting?.();
    if (this.socket) this.socket.end();
    this.status("over", why);
  }

  // Leave, and come back as somebody new, or with another account.
  restart() {
    this.stop();
    this.queue.open.clear();
    this.queue.sent.clear();
    this.backoff.reset();
    this.start();
  }

  // Look at once whether the server is there: the page is shown again, or the network is back.
  // isAsked: whether somebody wants to come back who has left.
  hurry(isAsked = false) {
    if (!this.socket && (isAsked || !this.isOver)) {
      this.backoff.reset();
      this.start();
    } else this.line?.ask();
  }

  // The messages that were not answered, for the next page.
  get unsaid() {
    return [...this.queue.open.values()].filter(isMessage);
  }

  resume() {
    const { token, seen } = this.place;
    const request = { do: "resume", token, silence: SILENCE, nonce: RESUME };
    return seen === null ? request : { ...request, seen };
  }

  signOfLife() {
    const { seen } = this.place;
    return seen === null ? { do: "ping", nonce: "ping" } : { do: "ping", nonce: "ping", seen };
  }

  received(socket, received) {
    if (this.wasSeen(received)) return;
    const { event: kind, error } = received;
    if (error && PUT_OFF.includes(error.code) && (error.nonce ?? RESUME) === RESUME) {
      this.stop(error.text);
      return;
    }
    const isOfResuming = error && socket !== this.line && (error.nonce ?? RESUME) === RESUME;
    // Without a token it cannot resume, but works all the same.
    const isPlaceless = isOfResuming && socket.isWelcomed && error.code !== "no-such-token";
    const nonce = (error ?? received).nonce ?? "";
    if (this.queue.answer(nonce)) this.queue.send();
    else if (this.queue.isOwn(nonce) && received.recalled) return; // it was heard when it was said
    if (kind === "dismissed" && received.room === "#lobby") this.stop(received.text);
    if (kind === "welcome") socket.isWelcomed = true;
    if (kind === "welcome" || kind === "resumed") {
      // Those of a connection that was lost before it had a place.
      for (const each of this.first) this.queue.forget(each);
      this.first = [];
    }
    // Of what keeps one out, the last is told; and that a place is no more, to whoever had it here.
    if (isOfResuming && !socket.isWelcomed) socket.why = error.text;
    else if (!isOfResuming || (this.upAt && !isPlaceless)) this.hear(received);
    if (kind === "welcome" || (kind === "resumed" && !(this.hasBegun && !received.restarted))) {
      this.hasBegun = false;
      this.begin((request) => {
        const noted = this.queue.note(request);
        this.first.push(noted);
        return noted;
      }, received);
    }
    // Without a room, the page has to log in first, and has no place until then.
    const isOutside = kind === "welcome" && !received.rooms?.length;
    const isLetIn = kind === "resumable" || kind === "resumed" || isOutside || isPlaceless;
    if (isLetIn && socket !== this.line && !this.isOver) this.goOn(socket, kind === "resumed");
  }

  // Note the read marker of the place, and return whether an event was seen before.
  wasSeen(received) {
    const { place } = this;
    const { event: kind, id } = received;
    if (kind === "welcome") place.seen = null;
    else if (kind === "resumable" || kind === "resumed") {
      place.token = received.token;
      place.seen = received.seen;
    } else if (kind === "paced") this.queue.pace(received.burst, received.rate);
    else if (id !== undefined && (received.waited || !received.recalled)) {
      if (place.seen !== null && id <= place.seen) return true;
      place.seen = id;
    }
    return false;
  }

  goOn(socket, isBack) {
    this.line = socket;
    this.hasBegun = true;
    this.upAt = this.clock.now();
    this.status("up");
    const first = this.first;
    this.first = [];
    let before = "";
    if (isBack && this.queue.isToSomebody) {
      // Its answer comes after what happened meanwhile, such as changes of recipients' names.
      before = this.queue.note({ do: "ping" });
      first.unshift(before);
    }
    for (const nonce of this.queue.resume(socket, first, before)) this.isUnsure(nonce);
    this.queue.send();
  }

  lost(socket) {
    const wasUp = socket === this.line;
    // Two pages that take each other's place do so ever more slowly.
    if (wasUp && this.clock.now() - this.upAt >= LASTING) this.backoff.reset();
    this.socket = this.line = null;
    if (wasUp) for (const nonce of this.queue.lose()) this.isUnsure(nonce);
    if (this.isOver) return;
    const wait = this.backoff.next();
    this.stopWaiting = this.clock.later(wait, () => this.start());
    this.status("waiting", socket.why);
  }

  isUnsure(nonce) {
    const text = "The connection was lost: it is not known whether that was done.";
    this.hear({ error: { code: "unsure", text, nonce } });
  }

  refuse(nonce) {
    const text = `That is longer than the server takes at once (${LONGEST_ASKED} bytes).`;
    if (this.line) this.received(this.line, { error: { code: "misused", text, nonce } });
  }
}
