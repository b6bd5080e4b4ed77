// The place at the server, which another connection can resume: a token, and how far was read.

const KEY = "chatsvc.place";

const random = (bytes) =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// A place that outlives the page, in the storage of its tab.
//
// The storage holds it only while the page is hidden or gone, as a copy of a tab copies that, too:
// two pages must not have the same place.
export class Place {
  constructor(storage) {
    this.storage = storage;
    this.unsaid = []; // messages of the last page that were not answered
    this.seen = null; // the greatest id read; null while there is no place
    this.account = ""; // empty for a guest's place
    this.token = random(32);
    try {
      const kept = JSON.parse(storage.getItem(KEY));
      if (kept) Object.assign(this, kept);
    } catch {
      // Storage is refused, or holds something else: the place ends with the page.
    }
    this.hide();
  }

  // Keep it for the next page.
  keep(unsaid, account) {
    const { token, seen } = this;
    if (seen !== null) this.write(JSON.stringify({ token, seen, unsaid, account }));
  }

  hide() {
    this.write(null);
  }

  // Take another place: this one was given up.
  renew() {
    this.token = random(32);
    this.seen = null;
    this.hide();
  }

  write(text) {
    try {
      if (text === null) this.storage.removeItem(KEY);
      else this.storage.setItem(KEY, text);
    } catch {
      // Full, or refused.
    }
  }
}

export const noncePrefix = () => random(9);
