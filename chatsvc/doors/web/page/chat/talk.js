// A talk: a conversation in a room, or with one person, and a window onto what was said there.

import { folded, isRoom } from "./names.js";

export const MOST_ROWS = 300; // in memory and on the page; the others are in the server's history
export const MOST_FOLLOWED = 120; // while the end is followed, or nobody looks
const MOST_LATER = 1000; // reactions beyond the window
const MOST_PENDING = 200; // events that wait for a page of history
const MOST_MOVES = 50; // comings and goings in one row
const TOGETHER = 600_000; // milliseconds within which comings and goings share a row

export class Talk {
  constructor(name) {
    this.name = name;
    this.isRoom = isRoom(name);
    this.rows = []; // by id; those without one stay where they came
    this.pending = []; // one's own messages that were not answered yet
    this.later = new Map(); // by id, reactions beyond the end of the window to messages in it
    this.waiting = []; // rows that came while history was loaded
    this.quoted = new Map(); // by id, messages beyond the window that are answered in it; null until one has come
    this.people = new Map(); // the names of those in the room, by folded name
    this.moves = 0; // counts the changes of that
    this.more = 0; // people whose names are not known
    this.away = new Set(); // folded names of those who are away, or have lost the connection
    this.topic = "";
    this.isLeft = false; // whether one is not in the room, or no longer
    this.isAwaited = false; // whether one is to be let in
    this.asked = ""; // the nonce of the request for that
    this.joinedAt = 0; // when one was let in; 0 if that is long ago
    this.isLive = true; // whether the window reaches to the end
    this.isAtStart = false; // whether it reaches to the beginning
    this.loading = ""; // older, newer or around, while a page of history is on its way
    this.read = null; // the time up to which it was read; null if nothing is known of it
    this.newAfter = null; // the time above the separator of what is new; null for none
    this.unread = this.mentions = 0;
    this.draft = "";
    this.keepsText = false; // whether what was typed before it was there is for it
    this.replyTo = null; // the row that is answered by what is said next
    this.activeAt = 0;
  }

  // What the room or person is called.
  get title() {
    return this.isRoom ? this.name : this.name.slice(1);
  }

  // The id of the first message or event in the window; 0 for none.
  get oldest() {
    return this.rows.find((row) => row.id)?.id ?? 0;
  }

  get newest() {
    const row = this.rows.findLast((each) => each.id);
    return row ? (row.last ?? row.id) : 0;
  }

  // Add what has just happened; returns whether it is in the window.
  add(row) {
    if (!this.isLive && row.id) {
      this.addLater(row);
      if (this.loading === "newer" && this.waiting.length < MOST_PENDING) this.waiting.push(row);
      return false;
    }
    if (row.kind !== "presence" || !this.joinsLast(row)) this.insert(row);
    return true;
  }

  // Note a reaction to a message in the window.
  addLater(row) {
    if (row.kind !== "reaction" || row.replyTo < this.oldest) return;
    this.later.set(row.id, row);
    if (this.later.size > MOST_LATER) this.later.delete(this.later.keys().next().value);
  }

  // The rows of reactions, oldest first.
  get reactions() {
    const all = [...this.rows.filter(({ kind }) => kind === "reaction"), ...this.later.values()];
    return this.later.size ? all.sort((a, b) => a.id - b.id) : all;
  }

  // Put comings and goings in a row into one row.
  joinsLast(row) {
    const last = this.rows.at(-1);
    if (last?.kind !== "presence" || row.at - last.at > TOGETHER) return false;
    if (last.moves.length >= MOST_MOVES) return false;
    last.moves.push(...row.moves);
    last.last = row.id;
    last.version = (last.version ?? 0) + 1;
    return true;
  }

  // Insert a row by its id, unless it is there.
  insert(row) {
    const { rows } = this;
    let at = rows.length;
    if (row.id && row.id <= this.newest) {
      while (at && !(rows[at - 1].id && rows[at - 1].id <= row.id)) at -= 1;
      const there = rows[at - 1];
      if (there && (there.id === row.id || row.id <= (there.last ?? 0))) return;
    }
    // What waited for one's return has another id in history.
    const isSame = (each) => each.at === row.at && each.from === row.from && each.text === row.text;
    if (!this.isRoom && row.id && rows.some(isSame)) return;
    rows.splice(at, 0, row);
  }

  // The message with an id, if it is known.
  message(id) {
    return this.rows.find((row) => row.id === id) ?? this.quoted.get(id);
  }

  // Replace a message with a note that it was removed; answers to it quote it no longer.
  remove(id, text) {
    const row = this.message(id);
    if (row) Object.assign(row, { kind: "redacted", text });
    this.drawAgain(id);
  }

  // Have a message, and answers to it, drawn again.
  drawAgain(id) {
    for (const row of this.rows) if ([row.id, row.replyTo].includes(id)) row.version = (row.version ?? 0) + 1;
  }

  // Show another part of the history.
  replace(rows) {
    this.rows = rows;
    this.later.clear();
    this.isLive = this.isAtStart = false;
  }

  // Forget the oldest rows, or the newest, which history has.
  trimOldest(most) {
    if (this.rows.length <= most) return;
    this.rows.splice(0, this.rows.length - most);
    for (const [id, { replyTo }] of this.later) if (replyTo < this.oldest) this.later.delete(id);
    this.isAtStart = false;
  }

  trimNewest(most) {
    if (this.rows.length <= most) return;
    for (const row of this.rows.splice(most)) this.addLater(row);
    this.isLive = false;
  }

  // Reach to the end again, after history.
  goLive() {
    this.isLive = true;
    this.later.clear();
    for (const row of this.waiting.splice(0)) this.add(row);
  }

  // Note that everything was read.
  markRead() {
    this.read = Math.max(this.read ?? 0, this.rows.findLast((each) => each.id)?.at ?? 0);
    this.unread = this.mentions = 0;
  }

  // Note up to which time it was read, on another device or by an earlier page.
  wasRead(until) {
    if (until <= this.read) return;
    this.read = until;
    this.count();
  }

  // Count what was said since the last visit.
  count() {
    const unread = this.rows.filter((row) => row.from && !row.isOwn && row.at > this.read);
    if (unread.length) this.newAfter = this.read;
    this.unread = unread.length;
    this.mentions = unread.filter((row) => row.isMention || !this.isRoom).length;
  }

  // Note a message that nobody has looked at, which is the last.
  markUnread(isUrgent) {
    if (!this.unread) this.newAfter = this.read ?? this.rows.at(-1)?.at - 1;
    this.unread += 1;
    if (isUrgent) this.mentions += 1;
  }

  // Note who is in the room, and its topic, from the event `listed`.
  list({ names = [], more = 0, away = [], topic = "" }) {
    this.moves += 1;
    this.people = new Map(names.map((name) => [folded(name), name]));
    this.away = new Set(away.map(folded));
    Object.assign(this, { more, topic });
  }

  enter(name) {
    this.moves += 1;
    this.people.set(folded(name), name);
    this.away.delete(folded(name));
  }

  leave(name) {
    this.moves += 1;
    this.away.delete(folded(name));
    return this.people.delete(folded(name));
  }
}
