// Saying: what was typed is sent.

import { folded } from "./names.js";
import { pieces } from "../text/pieces.js";
import { commandOf } from "../wire/requests.js";

// Commands with passwords or keys, which are not shown again.
const SECRET = new Set(["login", "register", "passwd", "setpass", "unregister", "key"]);

const typed = (line) => commandOf({ do: "type", line });

export const isSecret = (line) => SECRET.has(typed(line));

export class Saying {
  constructor(chat, asking, leave) {
    this.chat = chat;
    this.asking = asking;
    this.leave = leave; // called for /quit
  }

  // Send a text, or do what it asks for; returns false if too much waits already.
  send(text) {
    const line = text.trim();
    const isCommand = line[0] === "/" && line[1] !== "/";
    const name = isCommand ? typed(line) : "";
    if (name === "quit" || name === "exit") this.leave();
    else if (isCommand && name !== "me") return this.command(line.replaceAll("\n", " "), name);
    else return pieces(line.includes("\n") ? text : line).every((piece) => this.say(piece));
    return true;
  }

  get where() {
    const { title, isRoom } = this.chat.current;
    return isRoom ? { room: title } : { username: title };
  }

  // A line is typed: the server knows mistyped commands, which others should not read.
  say(text) {
    const { current } = this.chat;
    const { where } = this;
    const isLong = text.includes("\n");
    const isAct = text.startsWith("/me ");
    const said = text.startsWith("//") ? text.slice(1) : text.replace(/^\/me /, "");
    const replyTo = isAct ? 0 : (current.replyTo?.id ?? 0);
    let whole = isLong ? { do: where.room ? "say" : "dm", ...where, text } : null;
    if (replyTo) whole = { do: "answer", number: replyTo, text: isLong ? text : said };
    const request = whole ?? { do: "type", ...where, line: text };
    if (current.isAwaited && !this.isAsked(current) && this.asking.link.hasBegun) this.join(current);
    const nonce = this.asking.ask(request, { talk: current, text });
    if (!nonce) return false;
    current.replyTo = null;
    this.waits(current, { nonce, kind: isAct ? "acted" : "said", text: said, replyTo });
    current.newAfter = null;
    this.chat.changed();
    return true;
  }

  // Show that a message waits to be said.
  waits(talk, row) {
    const kind = `${row.kind} pending`;
    talk.pending.push({ ...row, kind, at: Date.now(), from: this.chat.name || "you", isOwn: true });
  }

  // Show a message that waits since the last page.
  restore(request) {
    const { nonce, room, username, line, text = line } = request;
    if (!(room ?? username)) return;
    const talk = this.chat.open(room ?? `@${username}`);
    this.asking.note(nonce, { talk, text });
    this.waits(talk, { nonce, kind: "said", text });
  }

  // A command goes to the server, unless the page has what it asks for.
  command(line, name) {
    const { chat } = this;
    const [, room, key] = /^\/join (#\S+) *(\S*)$/i.exec(line) ?? [];
    if (room) {
      this.goTo(room, key);
      return true;
    }
    const title = SECRET.has(name) ? `/${name}` : line;
    const question = { talk: chat.current, title, text: SECRET.has(name) ? "" : line };
    return Boolean(this.asking.ask({ do: "type", ...this.where, line }, question));
  }

  // React to a message, or take that back.
  react(id, text, isBack = false) {
    const request = { do: isBack ? "unreact" : "react", number: id, text };
    this.asking.ask(request, { talk: this.chat.current });
  }

  // Go to a room, or a conversation with somebody.
  goTo(name, key = "") {
    const talk = this.chat.approach(name);
    this.chat.look(talk);
    if (talk.isLeft) this.join(talk, key);
  }

  // Join a room that is shown. What is written there meanwhile is sent after that.
  join(talk, key = "", ask = (...asked) => this.asking.ask(...asked)) {
    talk.isAwaited = true;
    const end = () => (talk.isAwaited = false);
    const request = { do: "join", room: talk.name, ...(key && { key }) };
    talk.asked = ask(request, { request, talk, end });
    if (!talk.asked) end();
  }

  // Whether a request to join a room waits for its answer.
  isAsked({ asked }) {
    return this.asking.link.queue.open.has(asked);
  }

  // Close a conversation; a room is left.
  close(talk) {
    const isJoined = talk.isRoom && !talk.isLeft;
    if (isJoined) this.asking.ask({ do: "part", room: talk.name }, { talk });
    else this.chat.close(talk);
    this.chat.changed();
  }
}

// The names of people for completion: those who spoke here, latest first; then the others here.
export function namesIn({ rows, people, isRoom, title }) {
  const names = new Map();
  for (const row of rows.toReversed()) if (row.from && !row.isOwn) names.set(folded(row.from), row.from);
  for (const [key, each] of people) if (!names.has(key)) names.set(key, each);
  if (!isRoom) names.set(folded(title), title);
  return [...names.values()];
}
