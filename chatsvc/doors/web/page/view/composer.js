// The composer: the field in which one writes, with completion and what was written before.

import { folded } from "../chat/names.js";
import { isSecret, namesIn } from "../chat/saying.js";
import { completions } from "../text/completion.js";
import { fill, find, isolated, make, on, write } from "./dom.js";

const MOST_TYPED = 100; // texts that were written before
// Where no key is under the fingers that goes with Shift, Enter begins a new line, and a button sends.
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");

const answers = ({ from, text }) => `Answers ${from}: ${text}`;

export class Composer {
  // outside: called when somebody writes who has to sign in first.
  // learn: called when commands are to be completed, to learn what there are.
  // say: called with what only screen readers tell.
  // sent: called when something was sent.
  constructor(parts) {
    Object.assign(this, parts); // chat, saying, outside, learn, say and sent
    this.field = find("text");
    this.choices = find("choices");
    this.found = { start: 0, items: [] };
    this.at = -1; // the chosen completion
    this.typed = [];
    this.back = 0; // how far one has gone back in what was typed
    this.shown = null;
    this.field.enterKeyHint = TOUCH.matches ? "enter" : "send";
    on(this.field, "input", () => this.changed());
    on(this.field, "keydown", (event) => this.key(event));
    on(this.field, "blur", () => this.offer([]));
    on(find("composer"), "submit", () => this.send());
    on(this.choices, "pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const at = [...this.choices.children].indexOf(event.target.closest("li"));
      if (at >= 0) this.take(at);
    });
    on(find("answering").lastChild, "click", () => this.answer(null));
    this.grow();
  }

  // Show the draft of the current conversation.
  draw() {
    const { current } = this.chat;
    const { replyTo, keepsText } = current;
    current.keepsText = false;
    find("answering").hidden = !replyTo;
    if (replyTo) write(find("answering").firstChild, answers(replyTo));
    if (this.shown !== current) {
      if (this.shown && !keepsText) {
        this.shown.draft = this.field.value;
        this.set(current.draft);
      }
      this.shown = current;
    }
    this.field.placeholder = `Write to ${current.title}`; // its name, too: a label would be heard as well
  }

  set(text) {
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.offer([]);
    this.grow();
  }

  // Answer a message by what is sent next; null for none.
  answer(row) {
    const { current } = this.chat;
    current.replyTo = row;
    if (row && current.isRoom && !row.isOwn && !this.field.value) this.insert(`${row.from}: `);
    if (row) this.say(answers(row));
    this.field.focus();
    this.chat.changed();
  }

  // Put something where the cursor is.
  insert(text) {
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.field.focus();
    this.grow();
  }

  // The text stands in the grid once more, where nobody sees it, and so makes the field higher.
  grow() {
    this.field.parentNode.dataset.text = this.field.value;
  }

  changed() {
    this.grow();
    this.back = 0;
    this.complete(false);
  }

  send() {
    const text = this.field.value;
    this.field.focus();
    if (!text.trim()) return;
    if (this.chat.isOutside && text[0] !== "/") return this.outside();
    if (!this.saying.send(text)) return;
    if (!isSecret(text)) {
      this.typed.push(text);
      if (this.typed.length > MOST_TYPED) this.typed.shift();
    }
    this.set("");
    this.sent();
  }

  key(event) {
    const { key, shiftKey } = event;
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) this.send();
    const isOffered = this.found.items.length > 0;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    let isDone = true;
    if (key === "Enter" && !shiftKey) {
      if (isOffered && this.at >= 0) this.take(this.at);
      else if (TOUCH.matches) isDone = false;
      else this.send();
    } else if (key === "Tab" && !shiftKey) {
      if (isOffered) this.take(Math.max(this.at, 0));
      else isDone = this.complete(true);
    } else if (isOffered && (key === "ArrowDown" || key === "ArrowUp")) {
      this.choose(this.at + (key === "ArrowDown" ? 1 : -1));
    } else if (isOffered && key === "Escape") {
      this.offer([]);
      event.stopPropagation();
    } else if (key === "Escape" && this.chat.current.replyTo) {
      this.answer(null);
      event.stopPropagation();
    } else if (key === "ArrowUp" && (this.back || !this.field.value)) isDone = this.recall(1);
    else if (key === "ArrowDown" && this.back) isDone = this.recall(-1);
    else isDone = false;
    if (isDone) event.preventDefault();
  }

  // Show what was typed before, or after.
  recall(by) {
    const back = this.back + by;
    if (back < 0 || back > this.typed.length) return true;
    this.set(this.typed.at(-back) && back ? this.typed.at(-back) : "");
    this.back = back;
    return true;
  }

  // Offer completions; returns whether there are any. A single one that was asked for is taken.
  complete(isAsked) {
    const { chat, field } = this;
    const before = field.value.slice(0, field.selectionStart);
    if (before[0] === "/") this.learn();
    const known = {
      commands: chat.commands,
      names: isAsked || before.includes("@") ? namesIn(chat.current) : [],
      rooms: chat.rooms.map(({ name }) => name),
    };
    this.found = completions(before, known, isAsked);
    const { items } = this.found;
    if (isAsked && items.length === 1) this.take(0);
    else this.offer(items);
    if (isAsked && items[1]) this.say(items.map(({ label }) => label).join(", ")); // none is chosen
    return items.length > 0;
  }

  offer(items) {
    this.found.items = items;
    this.choices.hidden = !items.length;
    // Each has an id of its own: another element with the same one is not heard in Firefox.
    fill(this.choices, items, ({ label }) => label, ({ label, hint }) =>
      make("li", { id: `choice${encodeURI(label)}`, role: "option" }, isolated(label), " ", make("small", {}, hint)));
    // Enter takes the first, unless there is no sign that one is meant, or it is all there.
    const word = this.field.value.slice(this.found.start, this.field.selectionStart);
    const isWhole = ({ label }) => folded(label) === folded(word.replace("@", ""));
    const isMeant = "/@#:".includes(word[0]) && !items.some(isWhole);
    this.choose(isMeant ? 0 : -1);
  }

  choose(at) {
    const all = [...this.choices.children];
    const { length } = all;
    this.at = length && at >= -1 ? (at < 0 ? -1 : at % length) : length - 1;
    const chosen = all[this.at];
    for (const each of all) each.setAttribute("aria-selected", each === chosen);
    this.field.setAttribute("aria-activedescendant", chosen?.id ?? "");
  }

  take(at) {
    const { start, items } = this.found;
    this.field.setRangeText(items[at].text, start, this.field.selectionStart, "end");
    this.offer([]);
    this.grow();
  }
}
