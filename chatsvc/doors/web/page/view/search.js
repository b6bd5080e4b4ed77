// Search: what was found, with jumps to the place.

import { timeOf, dayInWords } from "../text/dates.js";
import { personOf, rowOf } from "../chat/rows.js";
import { find, hashOf, isolated, make, on, write } from "./dom.js";

const MOST_FOUND = 20; // messages that the server returns at once
const BEFORE = / before \S+(?=( (in|by|since) \S+)*$)/;

export class Search {
  constructor(chat, asking) {
    this.chat = chat;
    this.asking = asking;
    this.words = "";
    this.oldest = 0; // the id of the oldest message that was found
    on(find("search-form"), "submit", () => {
      const where = find("only-here").checked ? ` in ${chat.current.name}` : "";
      this.words = find("words").value.trim() + where;
      this.search(this.words);
    });
    on(find("older"), "click", () => {
      this.search(`${this.words.replace(BEFORE, "")} before ${this.oldest}`, true);
    });
  }

  // isMore: whether what was found stays, and this goes below.
  search(words, isMore = false) {
    const found = [];
    let said = "";
    const search = (this.last = {});
    write(find("found-status"), "Searching…");
    const take = (event) => {
      if (event.recalled) found.unshift(event);
      else said = event.text ?? "";
      return true;
    };
    const end = (error) => {
      if (search !== this.last) return;
      const elements = found.map((event) => foundElement(event, this.chat));
      const [older, list] = [find("older"), find("found")];
      if (!isMore) list.replaceChildren();
      list.append(...elements);
      if (document.activeElement === older) (elements[0] ?? list.lastChild).firstChild.focus();
      const { length } = list.children;
      const number = length === 1 ? "1 message." : `${length} messages, the newest first.`;
      write(find("found-status"), error?.text ?? (length ? number : said));
      older.hidden = found.length < MOST_FOUND && !said.startsWith("Of ");
      this.oldest = found.at(-1)?.id;
    };
    this.asking.ask({ do: "search", words }, { take, end });
  }
}

function foundElement(event, chat) {
  const at = Date.parse(event.at);
  const place = event.room || personOf(event, chat);
  const { kind, id, replyTo } = rowOf(event, chat);
  const href = `${hashOf(place)}/${kind === "reaction" ? replyTo : id}`;
  const about = make("small", {}, isolated(place), ` · ${dayInWords(at)} ${timeOf(at)}`);
  const text = make("span", { dir: "auto" }, event.text);
  return make("li", {}, make("a", { href }, about, make("b", {}, isolated(event.from)), text));
}
