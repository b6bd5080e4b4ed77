// Hearing: events from the server go to their conversations.

import { MOST_FOLLOWED, MOST_ROWS } from "./talk.js";
import { folded } from "./names.js";
import { eventRow, isSpoken, personOf, presenceRow, rowOf } from "./rows.js";
import { lineOf, worded } from "./words.js";

// alert: called with a conversation and a row that one should be told of.
// say: called with a text for screen readers.
// marked: called with a conversation's name, and the time up to which one has read it elsewhere.
export class Hearing {
  constructor(parts) {
    Object.assign(this, parts); // chat, asking, alert, say, entered and marked
  }

  hear(received) {
    const { chat, asking } = this;
    const question = asking.of(received);
    const isAnswer = received.answers !== undefined && question;
    if (isAnswer && question.take?.(received)) return;
    if (received.error) this.refused(received.error, question);
    else if (isSpoken(received)) this.spoken(received, question);
    else this.happened(received, question);
    if (!isAnswer) asking.end(received);
    chat.changed();
  }

  // A message, said now or recalled.
  spoken(event, question) {
    const { chat } = this;
    const isRecalled = event.recalled && !event.waited;
    if (isRecalled && event.answers && question && !question.joins) {
      this.answer(question, lineOf(event), event.at);
      return;
    }
    const talk = chat.open(event.room || personOf(event, chat));
    const row = rowOf(event, chat);
    if (event.nonce && this.settle(event.nonce)) {
      this.say(row.isQueued ? "Sent. It waits until they come back." : "Sent.");
    }
    const isShown = talk.add(row);
    if (isRecalled) {
      talk.read = Math.max(talk.read ?? 0, row.at);
      return;
    }
    talk.activeAt = row.at;
    this.trim(talk);
    if (row.isOwn) {
      if (talk.isLive) talk.markRead();
      talk.newAfter = null;
      return;
    }
    const isAttended = talk === chat.current && chat.isAttended();
    if (row.kind === "reaction") {
      if (isAttended) talk.markRead();
      if (talk === chat.current) this.say(`${row.who} ${row.isBack ? "takes back" : "reacts"} ${row.text}`);
      return;
    }
    const isUrgent = row.isMention || !talk.isRoom;
    if (isAttended && isShown) talk.markRead();
    else talk.markUnread(isUrgent);
    if (isUrgent && !isAttended) this.alert(talk, row);
    const where = talk === chat.current ? "" : talk.isRoom ? ` in ${talk.name}` : " to you";
    const sign = row.kind === "acted" ? " " : ": ";
    if (!where || isUrgent) this.say(row.from + where + sign + row.text);
  }

  // One's own message was answered; returns whether it is of this page.
  settle(nonce) {
    const talk = this.asking.questions.get(nonce)?.talk;
    if (talk) talk.pending = talk.pending.filter((each) => each.nonce !== nonce);
    return Boolean(talk);
  }

  // Keep the window small: below the place where one reads, or above the end that one follows.
  trim(talk) {
    const isElsewhere = talk === this.chat.current && !this.chat.isAtEnd();
    if (isElsewhere) talk.trimNewest(MOST_ROWS);
    else talk.trimOldest(MOST_FOLLOWED);
  }

  refused(error, question) {
    if (error.nonce) this.settle(error.nonce);
    if (question?.take || question?.hushes) return;
    const talk = question?.talk ?? this.chat.current;
    const row = { ...eventRow({}, error.text), kind: "error", draft: question?.text ?? "" };
    this.show(talk, row);
    this.say(error.text);
  }

  // An answer to a typed command.
  answer(question, line, at) {
    const talk = question.talk ?? this.chat.current;
    const last = talk.rows.at(-1);
    if (last?.kind === "answer" && last.nonce === question.nonce) {
      last.text += `\n${line}`;
      last.version = (last.version ?? 0) + 1;
    } else {
      const row = { ...eventRow({ at }, line), kind: "answer" };
      this.show(talk, { ...row, title: question.title ?? "", nonce: question.nonce });
    }
    this.say(line);
  }

  show(talk, row) {
    talk.add(row);
    this.trim(talk);
  }

  // Any other event.
  happened(event, question) {
    const { chat } = this;
    const note = NOTES[event.event];
    if (note && note.call(this, event, question)) return;
    const text = worded(event);
    if (!text) return;
    if (event.answers && question) this.answer(question, text, event.at);
    else {
      const room = event.event === "room-renamed" ? event.new : event.room;
      const join = event.event === "invited" ? event.to : "";
      this.show((room && chat.find(room)) || chat.current, { ...eventRow(event), join });
    }
  }

  // Be in some rooms, and in no others.
  beIn(rooms) {
    const { chat } = this;
    for (const name of rooms) {
      const talk = chat.open(name);
      talk.isLeft = talk.isAwaited = false;
      this.entered(talk);
    }
    const there = new Set(rooms.map(folded));
    for (const each of chat.rooms) if (!there.has(folded(each.name))) each.isLeft = true;
  }

  // Show that somebody has come or gone, where that is seen.
  moved(event, kind, talks) {
    for (const each of talks) this.show(each, presenceRow(event, kind));
    return true;
  }

  // The conversations in which somebody was who has left the server.
  gone(event, kind) {
    const { chat } = this;
    const was = [...chat.talks.values()].filter((each) => each.leave(event.name));
    const person = chat.find(`@${event.name}`);
    const seen = new Set([chat.lobby, ...was, ...(person ? [person] : [])]);
    return this.moved(event, kind, seen);
  }

  // Note who one is.
  named(event) {
    this.chat.name = event.name;
    if (event.account !== undefined) this.chat.account = event.account;
  }

  // Ask who is in a room, and for its topic.
  list(talk) {
    const { chat, asking } = this;
    if (talk.isListing || talk.isLeft) return;
    talk.isListing = true;
    const question = {
      take(event) {
        if (event.event === "listed") talk.list(event);
        chat.changed();
        return true;
      },
      end() {
        talk.isListing = false;
      },
    };
    asking.ask({ do: "who", room: talk.name }, question, true);
  }
}

const BACKLOG = /^(Said last in |From here on it is new|To see what was said while)/;

// What else an event changes; each returns whether it is dealt with.
const NOTES = {
  welcome(event) {
    this.named(event);
    this.chat.isOutside = !event.rooms?.length;
    this.beIn(event.rooms ?? []);
    return true;
  },
  resumed(event) {
    this.named(event);
    this.beIn(event.rooms ?? []);
    if (event.missing) {
      const row = eventRow(event, "Some lines could not be kept while you were away.");
      this.show(this.chat.current, { ...row, id: 0 });
    }
    return true;
  },
  resumable: () => true,
  paced: () => true,
  done: () => true,
  "logged-in"(event) {
    this.chat.isOutside = false;
    this.named({ ...event, account: event.name });
    this.beIn(event.rooms ?? []);
  },
  "logged-out"(event) {
    this.named(event);
    this.chat.account = "";
    this.beIn(event.rooms ?? []);
  },
  joined(event) {
    const { chat } = this;
    if (chat.isOwn(event.name)) return true;
    chat.lobby.enter(event.name);
    const person = chat.find(`@${event.name}`);
    return this.moved(event, "joined", person ? [chat.lobby, person] : [chat.lobby]);
  },
  "crowd-joined"(event) {
    this.list(this.chat.lobby);
    return this.moved({ ...event, name: `${event.name} and ${event.others} others` }, "joined", [
      this.chat.lobby,
    ]);
  },
  quit(event) {
    return this.gone(event, "left");
  },
  lost(event) {
    return this.gone(event, "lost");
  },
  removed(event) {
    for (const each of this.chat.rooms) each.leave(event.name);
  },
  entered(event) {
    const talk = this.chat.find(event.room);
    talk?.enter(event.name);
    if (!talk || this.chat.isOwn(event.name)) return true;
    return this.moved(event, "joined", [talk]);
  },
  parted(event) {
    const talk = this.chat.find(event.room);
    talk?.leave(event.name);
    if (!talk || this.chat.isOwn(event.name)) return true;
    return this.moved(event, "left", [talk]);
  },
  kicked(event) {
    this.chat.find(event.room)?.leave(event.name);
  },
  renamed(event) {
    const { chat, asking } = this;
    if (chat.isOwn(event.name)) chat.name = event.new;
    asking.link.queue.readdress(event.name, event.new);
    const was = [...chat.talks.values()].filter((each) => each.leave(event.name));
    for (const each of was) each.enter(event.new);
    const person = chat.find(`@${event.name}`);
    if (person && !chat.find(`@${event.new}`)) chat.rename(person, `@${event.new}`);
    for (const each of new Set([chat.lobby, ...was, ...(person ? [person] : [])])) {
      this.show(each, eventRow(event));
    }
    return true;
  },
  "room-renamed"(event) {
    const talk = this.chat.find(event.room);
    if (talk) this.chat.rename(talk, event.new);
  },
  "topic-set"(event) {
    const talk = this.chat.find(event.room);
    if (talk) talk.topic = event.topic ?? "";
  },
  admitted(event, question) {
    const { chat } = this;
    // A name that only looks like the room's leads there, too.
    if (question?.request?.do === "join" && !chat.find(event.room)) chat.rename(question.talk, event.room);
    const talk = chat.open(event.room);
    if (question) {
      question.joins = true; // what else answers it is the room's backlog
      if (question.talk && !talk.isAwaited) chat.look(talk);
      question.talk = talk;
    }
    Object.assign(talk, { name: event.room, isLeft: false, isAwaited: false, joinedAt: Date.now() });
    this.entered(talk);
    return true;
  },
  dismissed(event, question) {
    const { chat } = this;
    const talk = chat.find(event.room);
    if (talk && question) chat.close(talk);
    else if (talk) {
      talk.isLeft = true;
      talk.list({});
      this.show(talk, { ...eventRow(event), id: 0, join: event.room });
    }
    return true;
  },
  listed(event, question) {
    if (event.room) this.chat.find(event.room)?.list(event);
    const names = (event.names ?? []).join(", ");
    if (question) this.answer(question, `${event.where}: ${names}`, event.at);
    return true;
  },
  notice(event) {
    if (BACKLOG.test(event.text)) return true; // the times say it
    const topic = `The topic of ${event.room}: `;
    const talk = event.room && this.chat.find(event.room);
    if (!talk || !event.text.startsWith(topic)) return false;
    talk.topic = event.text.slice(topic.length);
    return true;
  },
  "marked-read"({ room, until }) {
    this.marked(room, Date.parse(until));
    return true;
  },
  redaction(event) {
    const text = `This message was removed by ${event.actor}.`;
    for (const each of this.chat.talks.values()) each.remove(event.entry, text);
  },
};
