// Names: comparing them, and mentions in a text.

// The form in which two spellings of a name are equal.
export const folded = (name) => name.normalize("NFD").toLowerCase().normalize("NFC");

export const isRoom = (name) => name[0] === "#";

// Whether the server has made up a name.
export const isGiven = (name) => /^client\d+$/.test(name);

const ALLOWED = /[\p{L}\p{Nd}\p{Mn}\p{Mc}_-]/u;

// Whether a text mentions a name, as a whole word.
export function mentions(name, text) {
  const wanted = folded(name);
  const said = folded(text);
  for (let at = said.indexOf(wanted); wanted && at >= 0; at = said.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (!ALLOWED.test(said.slice(Math.max(at - 1, 0), at) + said.slice(end, end + 1))) return true;
  }
  return false;
}

// One of eight hues for a name, the same every time.
export function hue(name) {
  let sum = 0;
  for (const each of folded(name)) sum = (sum * 31 + each.codePointAt(0)) % 65521;
  return sum % 8;
}
