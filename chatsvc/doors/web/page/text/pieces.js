// Pieces: a long text is said as several messages that the server accepts.

import { size } from "../wire/requests.js";

export const MOST_LINES = 50; // of one message
export const MOST_BYTES = 7000; // of one message, as JSON

const weight = (text) => size(JSON.stringify(text));

// The start of a text, no longer than one message may be; whole characters only.
function beginning(text) {
  let end = text.length;
  while (weight(text.slice(0, end)) > MOST_BYTES) end = Math.min(Math.floor(end / 2) + 1, end - 1);
  if (/[\ud800-\udbff]$/.test(text.slice(0, end)) && end < text.length) end -= 1;
  return text.slice(0, end);
}

// A text cut into messages, between lines where possible.
export function pieces(text) {
  const found = [];
  for (const line of text.split("\n")) {
    let rest = line;
    for (let part = beginning(rest); part.length < rest.length; part = beginning(rest)) {
      found.push(part);
      rest = rest.slice(part.length);
    }
    const together = found.length ? `${found.at(-1)}\n${rest}` : rest;
    const fits = together.split("\n").length <= MOST_LINES && weight(together) <= MOST_BYTES;
    if (found.length && fits) found[found.length - 1] = together;
    else found.push(rest);
  }
  return found.filter((each) => each.trim());
}
