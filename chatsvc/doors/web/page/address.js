// The addresses of conversations and messages inside the page: #ops, #ops/812, #@ann.

import { eventRow } from "./chat/rows.js";
import { hashOf } from "./view/dom.js";

export class Address {
  constructor(parts) {
    Object.assign(this, parts); // chat, history, log and saying
    this.goal = null; // where the address leads: a conversation's name, and perhaps a message's id
  }

  // Go where the address leads, as soon as one can. isFirst: whether one has not been anywhere before.
  follow(isFirst = false) {
    let name = "";
    let id = "";
    try {
      [name, id] = decodeURIComponent(location.hash.slice(1)).split("/");
    } catch {
      // It is malformed.
    }
    if (!name || name === "@") return;
    const { talk } = this.goal ?? {};
    if (talk && !this.saying.isAsked(talk)) talk.isAwaited = false; // nobody will ask for it now
    this.goal = { name: name[0] === "@" ? name : `#${name}`, id: Number(id) || 0, isFirst };
    this.chat.changed();
  }

  // isIn: whether one can ask for what is not known.
  reach(isIn) {
    const { chat, goal } = this;
    if (!goal) return;
    if (!goal.talk) {
      goal.talk = chat.approach(goal.name);
      goal.talk.keepsText = goal.isFirst;
      chat.look(goal.talk);
    }
    const { talk } = goal;
    if (!isIn && (talk.isLeft || goal.id)) return;
    if (!talk.isLeft) {
      this.goal = null;
      if (goal.id) this.jump(talk, goal.id);
    } else if (!talk.isAwaited) this.goal = null; // it was refused
    else if (!this.saying.isAsked(talk)) this.saying.join(talk);
  }

  jump(talk, id) {
    const { log } = this;
    log.draw();
    log.wanted = id;
    if (talk.rows.some((row) => row.id === id)) return;
    talk.isFilled = true;
    this.history.around(talk, id, (isThere) => {
      if (isThere) return;
      log.wanted = 0;
      talk.add(eventRow({}, "That message is not there, or no longer."));
    });
  }

  // Show the address of what is shown; that of a message stays while one looks there.
  show() {
    const { chat, log } = this;
    const { current } = chat;
    const address = hashOf(current.name);
    const here = location.hash;
    if (this.goal || log.wanted || here === address || (!here && current === chat.lobby)) return;
    if (!here.startsWith(`${address}/`)) history.pushState(null, "", `/${address}`);
    else if (chat.isAtEnd()) history.replaceState(null, "", `/${address}`);
  }
}
