// History: what was said earlier comes from the server, page by page, as one scrolls.

import { MOST_ROWS } from "./talk.js";
import { rowOf } from "./rows.js";

export const PAGE = 100; // messages
const MOST_QUOTED = 100; // messages beyond the window of a conversation

export class History {
  constructor(chat, asking) {
    this.chat = chat;
    this.asking = asking;
  }

  // What was said before; the newest messages, if nothing is known yet.
  // isLast: whether other requests go first.
  older(talk, isLast = false) {
    const { oldest } = talk;
    const what = oldest ? `${PAGE} before ${oldest}` : `${PAGE}`;
    this.load(talk, "older", what, (rows) => this.putOlder(talk, rows), isLast);
  }

  putOlder(talk, rows) {
    for (const row of rows) talk.insert(row);
    talk.isAtStart = !rows.length;
    if (talk.read !== null && talk.isLive && !talk.unread) talk.count();
    talk.trimNewest(MOST_ROWS);
  }

  newer(talk) {
    const { newest } = talk;
    if (talk.isLive) return;
    this.load(talk, "newer", `${PAGE} after ${newest}`, (rows, isAll) => {
      for (const row of rows) talk.insert(row);
      talk.trimOldest(MOST_ROWS);
      if (isAll) talk.goLive();
      else talk.waiting.length = 0;
    });
  }

  // The messages before and after one; `found` is called with whether it is there.
  around(talk, id, found) {
    talk.loading = "";
    this.load(talk, "around", `around ${id}`, (rows) => {
      const isThere = rows.some((row) => row.id === id);
      if (isThere) talk.replace(rows);
      found(isThere);
    });
  }

  // Go to the end again.
  latestAgain(talk) {
    if (talk.isLive) return;
    talk.replace([]);
    talk.loading = "";
    talk.goLive();
    this.older(talk);
  }

  // Ask for the reactions to some messages, which may be later than what is there.
  react(talk, first, last) {
    const take = (event) => {
      if (event.recalled) talk.addLater(rowOf(event, this.chat));
      return true;
    };
    const request = { do: "reactions", room: talk.name, what: `${first} to ${last}` };
    this.asking.ask(request, { take, end: () => this.chat.changed() });
  }

  // Ask for a message that is answered, unless it is known.
  quote(talk, id) {
    const { quoted } = talk;
    if (talk.message(id) || quoted.has(id)) return;
    quoted.set(id, null);
    if (quoted.size > MOST_QUOTED) quoted.delete(quoted.keys().next().value);
    const take = (event) => {
      if (event.recalled && event.id === id) {
        quoted.set(id, rowOf(event, this.chat));
        talk.drawAgain(id);
      }
      return true;
    };
    this.asking.ask({ do: "history", room: talk.name, what: `1 after ${id - 1}` }, { take }, true);
  }

  load(talk, kind, what, put, isLast = false) {
    if (talk.loading) return;
    const rows = [];
    let isCut = false;
    talk.loading = kind;
    const token = (talk.load = {}); // a later load takes the place of this one
    const question = {
      take: (event) => {
        if (event.recalled) rows.push(rowOf(event, this.chat));
        else if (event.text?.startsWith("Of ")) isCut = true;
        return true;
      },
      end: (error) => {
        if (talk.load !== token) return;
        talk.loading = "";
        if (!error || kind === "around") put(rows, !isCut && rows.length < PAGE);
        else if (error.code !== "unsure") {
          talk.isAtStart = true; // nothing more is to be had
          talk.goLive();
        }
        if (rows.length && !talk.isLive) this.react(talk, rows[0].id, rows.at(-1).id);
        this.chat.changed();
      },
    };
    const request = { do: "history", room: talk.name, what };
    if (!this.asking.ask(request, question, isLast)) talk.loading = "";
  }
}
