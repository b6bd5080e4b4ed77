// The chat as the page knows it: who one is, and one's conversations.

import { Talk } from "./talk.js";
import { folded } from "./names.js";

export const LOBBY = "#lobby";
const MOST_PERSONS = 100; // conversations with one person that are kept open

export class Chat {
  constructor() {
    this.name = "";
    this.account = ""; // empty for guests
    this.isOutside = false; // whether one has to sign in first
    this.talks = new Map(); // by folded name
    this.markers = new Map(); // up to which time was read, by folded name
    this.commands = new Map(); // what each command does, by its syntax
    this.current = this.open(LOBBY);
    this.changed = () => {}; // called when something is to be drawn
    this.isAtEnd = () => true; // whether the end of the current conversation is shown
    this.isAttended = () => false; // whether somebody looks at it
  }

  find(name) {
    return this.talks.get(folded(name));
  }

  open(name) {
    const found = this.find(name);
    if (found) return found;
    const opened = new Talk(name);
    opened.read = this.markers.get(folded(name)) ?? null;
    this.talks.set(folded(name), opened);
    const persons = this.persons;
    if (persons.length > MOST_PERSONS) this.close(persons.at(-1));
    return opened;
  }

  // Open a conversation, even with a room in which one is not yet.
  approach(name) {
    const isKnown = this.find(name);
    const talk = this.open(name);
    if (!isKnown) talk.isLeft = talk.isRoom;
    if (talk.isLeft) talk.isAwaited = true;
    return talk;
  }

  close(talk) {
    this.talks.delete(folded(talk.name));
    if (talk === this.current) this.look(this.open(LOBBY));
  }

  // Give a conversation another name.
  rename(talk, name) {
    this.talks.delete(folded(talk.name));
    talk.name = name;
    this.talks.set(folded(name), talk);
  }

  // Look at a conversation.
  look(talk) {
    const before = this.current;
    if (before !== talk && !before.unread) before.newAfter = null;
    if (before !== talk) talk.isListed = false; // some may be away now
    this.current = talk;
    this.changed();
  }

  // The rooms, the lobby first.
  get rooms() {
    const key = ({ name }) => (name === LOBBY ? "" : folded(name));
    return this.all(true).sort((a, b) => key(a).localeCompare(key(b), [], { numeric: true }));
  }

  // The conversations with one person, the latest first.
  get persons() {
    return this.all(false).sort((a, b) => b.activeAt - a.activeAt);
  }

  all(areRooms) {
    return [...this.talks.values()].filter((each) => each.isRoom === areRooms);
  }

  get lobby() {
    return this.open(LOBBY);
  }

  isOwn(name) {
    return folded(name) === folded(this.name);
  }

  // How many messages, and how many that mention one, were not read.
  get unread() {
    let [unread, mentions] = [0, 0];
    for (const each of this.talks.values()) {
      unread += each.unread;
      mentions += each.mentions;
    }
    return { unread, mentions };
  }

  // Forget everything: somebody else is here now.
  clear() {
    this.talks.clear();
    this.account = "";
    this.current = this.open(LOBBY);
    this.current.keepsText = true;
  }
}
