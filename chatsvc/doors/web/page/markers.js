// Markers: how far everything was read, from one page to the next, and from one device to another.

import { folded } from "./chat/names.js";
import { keep, kept } from "./view/settings.js";

const TELL_AFTER = 2000; // milliseconds, in which more may be read

// marked: called with a conversation that was read further elsewhere.
export class Markers {
  constructor(chat, asking, marked) {
    Object.assign(this, { chat, asking, marked });
    this.timer = 0; // runs while something is to be told
    this.whose = ""; // those of the last page were read for
    this.followed = ""; // the account whose other devices are followed
  }

  get who() {
    return this.chat.account || this.chat.name;
  }

  // Read those of the last page.
  read() {
    const { chat, who } = this;
    if (this.whose === who) return;
    this.whose = who;
    chat.markers.clear();
    try {
      const found = JSON.parse(kept("read"));
      if (found.who === who) for (const each of Object.entries(found.markers)) this.note(...each);
    } catch {
      // There are none.
    }
  }

  // Once one is signed in on a connection, ask for those of other devices, now and whenever they change.
  follow() {
    const { account } = this.chat;
    if (account && account !== this.followed) this.asking.ask({ do: "markread" }, { hushes: true }, true);
    this.followed = account;
  }

  // Note up to which time a conversation was read.
  note(name, until) {
    this.chat.markers.set(folded(name), until);
    const talk = this.chat.find(name);
    if (!talk) return;
    talk.wasRead(until);
    this.marked(talk);
  }

  // Tell other devices soon if more of a conversation was read here than they know.
  tell({ name, read }) {
    const { account, markers } = this.chat;
    if (!account || this.timer || read <= (markers.get(folded(name)) ?? 0)) return;
    this.timer = setTimeout(() => this.tellNow(), TELL_AFTER);
  }

  tellNow() {
    clearTimeout(this.timer);
    this.timer = 0;
    const { markers, talks } = this.chat;
    for (const [key, { name, read }] of talks) {
      if (read <= (markers.get(key) ?? 0)) continue;
      markers.set(key, read);
      const request = { do: "markread", room: name, until: new Date(read).toISOString() };
      this.asking.ask(request, { hushes: true });
    }
  }

  keep() {
    if (this.timer) this.tellNow();
    const read = [...this.chat.talks].filter(([, each]) => each.read !== null);
    const markers = Object.fromEntries(read.map(([key, each]) => [key, each.read]));
    if (this.who) keep("read", JSON.stringify({ who: this.who, markers }));
  }
}
