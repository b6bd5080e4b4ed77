// Rows: what stands in a conversation.

import { folded, mentions } from "./names.js";
import { movesInWords, worded } from "./words.js";

const KINDS = {
  said: "said", direct: "said", queued: "said",
  acted: "acted", "directly-acted": "acted",
  noticed: "noticed", "directly-noticed": "noticed",
  redacted: "redacted",
  reacted: "reaction", unreacted: "reaction",
  "directly-reacted": "reaction", "directly-unreacted": "reaction",
};

export const isSpoken = (event) => event.event in KINDS;

// The row of a message; a reaction has one that is not shown.
export function rowOf(event, chat) {
  const kind = KINDS[event.event];
  const isOwn = chat.isOwn(event.from);
  const isRedacted = kind === "redacted";
  const isReaction = kind === "reaction";
  return {
    id: event.id ?? 0,
    at: Date.parse(event.at),
    kind,
    from: isReaction ? "" : event.from,
    who: event.from,
    replyTo: event.reply_to ?? 0,
    isBack: event.event.endsWith("unreacted"),
    text: isRedacted ? `This message was removed by ${event.text}.` : event.text,
    isOwn,
    isQueued: event.event === "queued",
    isMention: !isOwn && !isRedacted && !isReaction && mentions(chat.name, event.text),
  };
}

// The reactions, of some in their order, that were not taken back: by the id of the message, and by the
// reaction, the names of those who react, by folded name.
export function reactionsIn(rows) {
  const found = new Map();
  for (const { replyTo, text, who, isBack } of rows) {
    if (!found.has(replyTo)) found.set(replyTo, new Map());
    const all = found.get(replyTo);
    const names = all.get(text) ?? new Map();
    if (isBack) names.delete(folded(who));
    else names.set(folded(who), who);
    if (names.size) all.set(text, names);
    else all.delete(text);
  }
  return found;
}

// The row of any other event.
export const eventRow = (event, text = worded(event)) => ({
  id: event.id ?? 0,
  at: Date.parse(event.at ?? new Date().toISOString()),
  kind: "event",
  text,
});

// The row of somebody who comes or goes; kind: joined, left or lost.
export const presenceRow = (event, kind, name = event.name) => ({
  ...eventRow(event, ""), kind: "presence", moves: [{ kind, name }],
});

export const textOf = (row) => (row.kind === "presence" ? movesInWords(row.moves) : row.text);

// The conversation with one person that a direct message belongs to.
export const personOf = (event, chat) =>
  `@${folded(event.from) === folded(chat.name) ? event.to : event.from}`;
