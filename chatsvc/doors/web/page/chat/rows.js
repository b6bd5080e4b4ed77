// Rows: what stands in a conversation.

import { folded, mentions } from "./names.js";
import { movesInWords, worded } from "./words.js";

const KINDS = {
  said: "said", direct: "said", queued: "said",
  acted: "acted", "directly-acted": "acted",
  noticed: "noticed", "directly-noticed": "noticed",
  redacted: "redacted",
};

export const isSpoken = (event) => event.event in KINDS;

// The row of a message.
export function rowOf(event, chat) {
  const kind = KINDS[event.event];
  const isOwn = chat.isOwn(event.from);
  const isRedacted = kind === "redacted";
  return {
    id: event.id ?? 0,
    at: Date.parse(event.at),
    kind,
    from: event.from,
    text: isRedacted ? `This message was removed by ${event.text}.` : event.text,
    isOwn,
    isQueued: event.event === "queued",
    isMention: !isOwn && !isRedacted && mentions(chat.name, event.text),
  };
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
