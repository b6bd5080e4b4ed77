// Search: what was found, with jumps to the place.

import { timeOf, dayInWords } from "../text/dates.js";
import { personOf, rowOf } from "../chat/rows.js";
import { find, hashOf, isolated, make, on, write } from "./dom.js";

const MOST_FOUND = 20; // messages that the server returns

export class Search {
  constructor(chat, asking) {
    this.chat = chat;
    this.asking = asking;
    on(find("search-form"), "submit", (event) => {
      event.preventDefault();
      this.search(find("words").value.trim());
    });
  }

  search(words) {
    const { chat } = this;
    const found = [];
    let said = "";
    const where = find("only-here").checked ? ` in ${chat.current.name}` : "";
    write(find("found-status"), "Searching…");
    this.asking.ask({ do: "search", words: words + where }, {
      take(event) {
        if (event.recalled) found.unshift(event);
        else said = event.text ?? "";
        return true;
      },
      end(error) {
        const { length } = found;
        const more = length < MOST_FOUND ? "" : " “before 7d” finds older ones.";
        const number = length === 1 ? "1 message." : `${length} messages, the newest first.${more}`;
        write(find("found-status"), error?.text ?? (said || number));
        find("found").replaceChildren(...found.map((event) => foundElement(event, chat)));
      },
    });
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
