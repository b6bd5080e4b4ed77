// Requests: what each costs, and which may be sent twice.

export const LONGEST_ASKED = 8192; // bytes of a request that the server accepts

const MESSAGES = "answer bc dm here me msg r reply say";
const BOTH = `${MESSAGES} help join markread ping react topic unreact whois`;
// Commands that can be sent again: messages, which are said once, and idempotent ones.
const AGAIN = new Set(`${BOTH} history nick reactions rooms search sessions users who`.split(" "));
const CHEAP = new Set(`${BOTH} leave part resume type unignore unwatch watch`.split(" "));
const COSTLY = new Set(["forget", "unregister"]);

const bytes = new TextEncoder();
export const size = (text) => bytes.encode(text).length;

// The name of the command, or of the typed one; "here" for a message.
export function commandOf(request) {
  if (request.do !== "type") return request.do;
  const word = request.line.trimStart().split(/\s/, 1)[0];
  return word[0] === "/" && word[1] !== "/" ? word.slice(1).toLowerCase() : "here";
}


export const isMessage = (request) => MESSAGES.split(" ").includes(commandOf(request));
export const mayBeDoneTwice = (request) => AGAIN.has(commandOf(request));

// The number of lines that a request counts as, apart from its length.
export function cost(request) {
  const name = commandOf(request);
  return CHEAP.has(name) ? 1 : COSTLY.has(name) ? 15 : 5;
}
