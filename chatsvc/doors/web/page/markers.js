// Markers: how far everything was read, from one page to the next.

import { folded } from "./chat/names.js";
import { keep, kept } from "./view/settings.js";

export class Markers {
  constructor(chat) {
    this.chat = chat;
  }

  get who() {
    return this.chat.account || this.chat.name;
  }

  read() {
    const { chat, who } = this;
    if (this.whose === who) return;
    this.whose = who;
    try {
      const found = JSON.parse(kept("read"));
      if (found.who === who) chat.markers = new Map(Object.entries(found.markers));
    } catch {
      // There are none.
    }
    for (const each of chat.talks.values()) {
      const read = chat.markers.get(folded(each.name));
      if (read === undefined) continue;
      each.read = read;
      each.count();
    }
  }

  keep() {
    const read = [...this.chat.talks.values()].filter((each) => each.read !== null);
    const markers = Object.fromEntries(read.map((each) => [folded(each.name), each.read]));
    if (this.who) keep("read", JSON.stringify({ who: this.who, markers }));
  }
}
