// Events in words, as the server has them for people who read text.

const because = ({ why }) => (why ? `: “${why}”` : ".");
const during = ({ span, until }) => (span ? ` for ${span}, until ${until}` : "");
const where = ({ room }) => (room === "#lobby" ? "on the whole server" : `in ${room}`);

const WORDS = {
  "topic-set": (e) =>
    e.topic ? `${e.name} has set the topic: ${e.topic}` : `${e.name} has removed the topic.`,
  "room-renamed": (e) => `${e.name} has renamed ${e.room} to ${e.new}${because(e)}`,
  "changed-room": (e) => `${e.name} has changed ${e.room}: ${(e.changes ?? []).join(", ")}.`,
  owned: (e) => `${e.room} belongs to ${e.name} now.`,
  "given-up": (e) => `${e.name} has given ${e.room} up, which belongs to nobody now.`,
  renamed: (e) => `${e.name} is now known as ${e.new}.`,
  watched: (e) => `${e.name}, whom you watch, ${e.here ? "is here" : "has gone"}.`,
  "moderated-set": (e) => `${e.actor} has made ${e.room} moderated (act ${e.act}).`,
  undone: (e) =>
    `${e.actor} has undone: ${e.kind} ${e.name ?? ""} ${where(e)} (act ${e.act})${because(e)}`,
  removed: (e) =>
    `${e.name} was ${e.how} from this server by ${e.actor}${during(e)} (act ${e.act})${because(e)}`,
  redaction: (e) => `${e.actor} has removed a message of ${e.name} (act ${e.act})${because(e)}`,
  missed: (e) => `You missed ${e.lines} ${e.lines === 1 ? "line" : "lines"}.`,
  "not-said": (e) => `Not said, as ${e.why}: ${e.line}`,
  "logged-in": (e) => `You are ${e.name}, and signed in.`,
  "logged-out": (e) => `You are ${e.name}, and no longer signed in.`,
};

// Acts of moderation, such as "kicked".
const order = (e) =>
  `${e.actor} has ${e.event.replace("-", " ")} ${e.name} ${where(e)}${during(e)} (act ${e.act})` +
  because(e);

// An event in words; those of later versions have a text, or nothing.
export const worded = (event) =>
  (WORDS[event.event] ?? (event.act ? order : ({ text }) => text ?? ""))(event);

const MOST_NAMED = 6;
const VERBS = [["joined", "joined"], ["left", "left"], ["lost", "lost the connection"]];

// Comings and goings in words.
export function movesInWords(moves) {
  const parts = [];
  for (const [kind, verb] of VERBS) {
    const names = [...new Set(moves.filter((each) => each.kind === kind).map((each) => each.name))];
    if (!names.length) continue;
    const more = names.length - MOST_NAMED;
    const named = more > 1 ? [...names.slice(0, MOST_NAMED), `${more} others`] : names;
    const last = named.pop();
    const before = named.length ? `${named.join(", ")} and ` : "";
    parts.push(`${before}${last} ${verb}`);
  }
  return parts.join("; ");
}

// A message on one line, as in answers to typed commands.
export function lineOf(event) {
  const before = event.event.endsWith("acted") ? `* ${event.from} ` : `${event.from}: `;
  return `[${event.id ?? ""}] ${before}${event.text}`;
}
