// The element of a row.

import { folded, hue } from "../chat/names.js";
import { textOf } from "../chat/rows.js";
import { spans } from "../text/spans.js";
import { timeOf } from "../text/dates.js";
import { button, hashOf, isolated, make } from "./dom.js";

const SAFE = { rel: "noopener noreferrer nofollow", target: "_blank" };
export const OUTSIDE = { tabIndex: -1 }; // reached by the arrow keys, not by Tab

const QUOTED = 80; // characters of a message that is answered

const MARKS = {
  text: ({ text }) => text,
  code: ({ text }) => make("code", {}, text),
  pre: ({ text }) => make("pre", {}, make("code", {}, text)),
  mention: ({ text }) => make("mark", {}, text),
  room: ({ text }) => make("a", { href: hashOf(text) }, text),
  link: ({ text, href }) => make("a", { href, ...(href.startsWith(`${location.origin}/#`) ? {} : SAFE) }, text),
};

// Text of the server, with commands in one piece: Firefox would end a line after their "/".
const whole = (text) => text.split(/(?<!\S)(\/\w)/).map((part, at) => (at % 2 ? make("span", {}, part) : part));

// The beginning of the message that another answers, which leads to it.
function quoteOf(id, talk) {
  const found = talk.message(id);
  const [who, text] = found ? [found.from, textOf(found)] : ["", "an earlier message"];
  return make(
    "a", { className: "quote", href: `${hashOf(talk.name)}/${id}`, ...OUTSIDE },
    isolated(who), " ", isolated(text.slice(0, QUOTED)),
  );
}

// The reactions to a message, each with how many there are.
function reactionsOf(reactions, chat) {
  const chips = [...reactions].map(([text, names]) => {
    const isOwn = names.has(folded(chat.name));
    const title = [...names.values()].join(", ");
    return button(`${text} ${names.size}`, { name: "react", value: text, title, "aria-pressed": isOwn, ...OUTSIDE });
  });
  return make("div", { className: "reactions" }, ...chips);
}

// reactions: to the message, as in `reactionsIn`.
export function elementOf(row, talk, chat, reactions) {
  const { kind, id, from, join, draft } = row;
  const element = make("li", { className: `row ${kind}`, ...OUTSIDE });
  if (row.isMention) element.classList.add("mentions");
  if (id) element.dataset.id = id;
  const link = id && kind !== "presence" ? { href: `./${hashOf(talk.name)}/${id}`, title: `Line ${id}`, ...OUTSIDE } : null;
  element.append(make(link ? "a" : "span", { className: "when", ...link }, timeOf(row.at)));
  const body = make("div", { className: "body", dir: "auto" });
  if (from) {
    const who = button(isolated(from), { className: `who hue${hue(from)}`, ...OUTSIDE });
    element.dataset.from = who.dataset.person = from;
    element.append(who);
    const found = spans(row.text, (name) => chat.isOwn(name), (name) => chat.find(name));
    body.append(...found.map((span) => MARKS[span.kind](span)));
    if (row.isQueued) body.append(make("small", {}, " waits until they come back"));
  } else if (kind === "answer") {
    if (row.title) body.append(make("strong", {}, row.title));
    body.append(make("pre", {}, ...whole(row.text)));
  } else body.append(...whole(textOf(row)));
  if (join?.[0] === "#") body.append(" ", button(`Join ${join}`, { value: join, name: "join" }));
  if (draft) body.append(" ", button("Edit it", { value: draft, name: "draft" }));
  if (row.replyTo) element.append(quoteOf(row.replyTo, talk));
  element.append(body);
  if (reactions?.size) element.append(reactionsOf(reactions, chat));
  return element;
}
