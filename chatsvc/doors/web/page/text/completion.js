// Completion of commands, names, rooms and emoji.

import { folded } from "../chat/names.js";
import { EMOJI } from "./emoji.js";

export const MOST_SHOWN = 8;

const starts = (name, begun) => folded(name).startsWith(folded(begun));

const items = (names, hint = () => "") =>
  names.slice(0, MOST_SHOWN).map((name) => ({ label: name, text: `${name} `, hint: hint(name) }));

// The completions of the word before the cursor: where it begins, and what may stand there.
//
// before: the text up to the cursor.
// known: has `commands` (what each does, by name), `names` (likeliest first) and `rooms`.
// isAsked: whether somebody wants it (Tab); otherwise names without a sign are not completed.
export function completions(before, known, isAsked = false) {
  const start = Math.max(before.lastIndexOf(" "), before.lastIndexOf("\n")) + 1;
  const word = before.slice(start);
  const sign = word[0] ?? "";
  let found = [];
  if (sign === "/" && start === 0) {
    const names = [...known.commands.keys()].filter((name) => name.startsWith(word.toLowerCase()));
    found = items(names, (name) => known.commands.get(name));
  } else if (sign === "#") found = items(known.rooms.filter((name) => starts(name, word)));
  else if (/^:\w{2,}$/.test(word)) {
    const names = [...EMOJI.keys()].filter((name) => name.includes(word.slice(1).toLowerCase()));
    names.sort((a, b) => b.startsWith(word.slice(1)) - a.startsWith(word.slice(1)));
    found = items(names).map(({ label }) => {
      const emoji = EMOJI.get(label);
      return { label: `${emoji} :${label}:`, text: `${emoji} `, hint: "" };
    });
  } else if (sign === "@" || (isAsked && word)) {
    const names = known.names.filter((name) => starts(name, word.replace("@", "")));
    const behind = start === 0 ? ": " : " ";
    found = items(names).map((item) => ({ ...item, text: `${item.label}${behind}` }));
  }
  const isDone = found.length === 1 && found[0].label === word;
  return { start, items: isDone ? [] : found };
}
