// Spans: what in a message is code, a link, a room or a mention. All of it stays text.

const FENCE = /```(?:[\w+#-]*\n)?([\s\S]+?)```\n?/g;
const CODE = /`([^`\n]+)`/g;
const LINK = /\b(?:https?:\/\/|mailto:)[^\s<>"`]+/giu;
const WORD = /(?<![\p{L}\p{N}\p{M}_/-])[#@]?[\p{L}\p{N}][\p{L}\p{N}\p{M}_-]*/gu;
const SCHEMES = ["http:", "https:", "mailto:"];
const CLOSING = { ")": "(", "]": "[", "}": "{" };

const count = (text, sign) => text.split(sign).length - 1;

// A link without the signs that end the sentence around it; a bracket that it opens belongs to it.
function trimmed(link) {
  let end = link.length;
  const spare = new Map(); // by closing bracket, how many are not opened
  for (; ; end -= 1) {
    const last = link[end - 1];
    if (last in CLOSING) {
      const more = spare.get(last) ?? count(link, last) - count(link, CLOSING[last]);
      if (more <= 0) break;
      spare.set(last, more - 1);
    } else if (!/[.,;:!?'"*_~»›”’…]/u.test(last)) break;
  }
  return link.slice(0, end);
}

// The address of a link, if it is one that may be followed; null if not.
export function hrefOf(text) {
  try {
    const url = new URL(text);
    const isWhole = url.protocol === "mailto:" ? url.pathname.includes("@") : url.hostname !== "";
    return SCHEMES.includes(url.protocol) && isWhole ? url.href : null;
  } catch {
    return null;
  }
}

// A text cut by a pattern: `make` turns a match into a span, or null if it is none after all; what is
// between is cut further.
function cut(text, pattern, make, further) {
  const spans = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const span = make(match);
    if (!span) continue;
    if (match.index > end) spans.push(...further(text.slice(end, match.index)));
    spans.push(span);
    end = match.index + (span.taken ?? match[0].length);
  }
  if (end < text.length) spans.push(...further(text.slice(end)));
  return spans;
}

function linkSpan([match]) {
  const text = trimmed(match);
  const href = hrefOf(text);
  return href && { kind: "link", text, href, taken: text.length };
}

// The spans of a message. isOwn: whether a name is the reader's; isRoom: whether there is such a room.
export function spans(text, isOwn = () => false, isRoom = () => false) {
  const word = ([found]) => {
    if (found[0] === "#") return isRoom(found) ? { kind: "room", text: found } : null;
    return isOwn(found.replace("@", "")) ? { kind: "mention", text: found } : null;
  };
  const plain = (part) => [{ kind: "text", text: part }];
  const words = (part) => cut(part, WORD, word, plain);
  const links = (part) => cut(part, LINK, linkSpan, words);
  const codes = (part) => cut(part, CODE, (match) => ({ kind: "code", text: match[1] }), links);
  const fence = (match) => ({ kind: "pre", text: match[1].replace(/\n$/, "") });
  return cut(text, FENCE, fence, codes);
}
