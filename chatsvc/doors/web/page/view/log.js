// The log: the messages of the current conversation, as far as the window reaches.

import { MOST_ROWS } from "../chat/talk.js";
import { reactionsIn } from "../chat/rows.js";
import { dayInWords, dayOf } from "../text/dates.js";
import { button, find, hidden, make, on, write } from "./dom.js";
import { OUTSIDE, elementOf } from "./message.js";

const LOAD_WITHIN = 800; // pixels from an end at which more is loaded
const AT_END = 40; // pixels from the end that still count as the end
const LEAST_HEIGHT = 20; // pixels of a row
const AT_ONCE = 50; // rows of history: a whole page of it takes longer to draw than a frame has
const SAME_HEAD = 300_000; // milliseconds within which messages of one speaker share a head

export class Log {
  constructor(chat, history) {
    this.chat = chat;
    this.history = history;
    this.box = find("log");
    this.list = find("rows");
    this.shown = null; // the conversation that is drawn
    this.isAtEnd = true;
    this.places = new WeakMap(); // where each conversation was left: an element's row and its offset
    this.elements = new WeakMap(); // by row
    this.days = new Map();
    this.fresh = make("li", { className: "new" }, "New");
    this.first = make("li", { className: "day" });
    this.wanted = 0; // the id of the message to be shown
    const tool = (name, title, sign) => button(hidden(sign), { name, title, ...OUTSIDE });
    // What can be done with the message that the mouse or the focus is on.
    this.tools = make("span", { className: "tools" }, tool("answer", "Answer", "↩"), tool("choose", "React", "☺"));
    for (const kind of ["mouseover", "focusin"]) {
      on(this.list, kind, ({ target }) => {
        const element = target.closest(".row");
        if (!element?.contains(this.tools) && this.rowOf(element)) element.append(this.tools);
      });
    }
    on(this.box, "scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.box);
  }

  draw() {
    const { chat, box } = this;
    const talk = chat.current;
    if (this.shown !== talk) this.turnTo(talk);
    const anchor = this.isAtEnd ? null : this.anchor();
    this.reconcile(this.children(talk));
    if (this.wanted) this.show(this.wanted);
    else if (this.toFresh && this.fresh.isConnected) {
      box.scrollTop = this.fresh.offsetTop - box.clientHeight / 4;
      this.isAtEnd = this.isNearEnd(AT_END); // another frame may come before the scrolling is told
    } else if (anchor?.element.isConnected) box.scrollTop = anchor.element.offsetTop - anchor.top;
    else this.toEnd();
    this.toFresh = false;
    // Where nothing can be scrolled, no scrolling tells that the end is shown.
    if (!this.isAtEnd && !this.wanted && box.scrollHeight <= box.clientHeight) this.scrolled();
    else this.load();
  }

  turnTo(talk) {
    if (this.shown) this.places.set(this.shown, this.isAtEnd ? null : this.anchor());
    this.shown = talk;
    this.wanted = 0;
    this.list.replaceChildren();
    this.days.clear();
    this.left = this.places.get(talk) ?? null; // where it was left; null for the end
    this.isAtEnd = !this.left;
    this.toFresh = this.isAtEnd && talk.unread > 0;
  }

  // The row of an element that can be answered; undefined if it cannot be.
  rowOf(element) {
    const { rows } = this.chat.current;
    const id = Number(element?.dataset.id);
    return id ? rows.find((row) => row.id === id && row.from && row.kind !== "redacted") : undefined;
  }

  // The first message that is seen, and where it stands, to keep the place.
  anchor() {
    if (this.left) {
      const { left } = this;
      this.left = null;
      return left;
    }
    const top = this.box.scrollTop;
    const rows = [...this.list.querySelectorAll(".row")]; // separators may stay where they are
    const element = rows.find((each) => each.offsetTop + each.offsetHeight > top);
    return element && { element, top: element.offsetTop - top };
  }

  // The elements that shall stand in the list: separators and rows.
  children(talk) {
    const found = [];
    let before = null;
    let day = 0;
    let isNew = talk.newAfter === null;
    const reactions = reactionsIn(talk.reactions);
    const rows = talk.rows.filter(({ kind }) => kind !== "reaction");
    const drawn = this.drawn(rows);
    if (talk.isAtStart && drawn[0] === rows[0]) found.push(this.first);
    const isEmpty = !rows.length && !talk.pending.length;
    write(this.first, isEmpty ? "Nothing was said here yet" : "No earlier messages");
    for (const row of [...drawn, ...talk.pending]) {
      const today = dayOf(row.at);
      const isNewDay = today !== day;
      if (isNewDay) found.push(this.dayElement(today, row.at));
      day = today;
      const isFirstNew = !isNew && row.at > talk.newAfter && row.from && !row.isOwn;
      if (isFirstNew) {
        found.push(this.fresh);
        isNew = true;
      }
      const element = this.elementOf(row, talk, reactions.get(row.id));
      const isSame = before?.from && before.from === row.from && row.at - before.at < SAME_HEAD;
      const isHead = isNewDay || isFirstNew || !isSame || before.kind !== row.kind;
      element.classList.toggle("head", isHead);
      found.push(element);
      before = row;
    }
    return found;
  }

  // The rows that are drawn: all; but if more came at the end than can be seen, only those, and of a page
  // of history a few more in each frame.
  drawn(rows) {
    const isDrawn = (row) => this.elements.get(row)?.parentNode;
    const [first, last] = [rows.findIndex(isDrawn), rows.findLastIndex(isDrawn)];
    const seen = rows.length - 1 - Math.floor(this.box.clientHeight / LEAST_HEIGHT);
    this.isFlood = this.isAtEnd && this.shown.isLive && this.list.firstChild && last < seen;
    const start = this.isFlood ? seen : Math.max(first - AT_ONCE, 0);
    const found = rows.slice(start, this.isAtEnd || first < 0 ? rows.length : last + 1 + AT_ONCE);
    this.isPart = found.length < rows.length;
    if (this.isPart) this.chat.changed();
    return found;
  }

  elementOf(row, talk, reactions) {
    const there = this.elements.get(row);
    const shown = reactions && [...reactions].map(([text, names]) => [text, ...names.keys()]);
    const version = shown ? `${row.version} ${shown}` : row.version;
    if (there && there.version === version) return there;
    if (row.replyTo) this.history.quote(talk, row.replyTo);
    const made = elementOf(row, talk, this.chat, row.kind === "redacted" ? null : reactions);
    const element = there ?? made;
    if (there) { // it may have the focus, or be marked
      if (there.contains(this.tools)) made.append(this.tools);
      there.replaceChildren(...made.childNodes);
      made.classList.toggle("found", there.matches(".found"));
      there.className = made.className;
    }
    element.version = version;
    this.elements.set(row, element);
    return element;
  }

  dayElement(day, at) {
    const there = this.days.get(day);
    if (there) return there;
    const element = make("li", { className: "day" }, make("span", {}, dayInWords(at)));
    this.days.set(day, element);
    return element;
  }

  reconcile(wanted) {
    const keep = new Set(wanted);
    for (const each of [...this.list.children]) if (!keep.has(each)) each.remove();
    let next = this.list.firstChild;
    let added = null; // a run of new elements goes in at once
    for (const each of wanted) {
      if (each === next) {
        if (added) this.list.insertBefore(added, next);
        added = null;
        next = next.nextSibling;
      } else (added ??= document.createDocumentFragment()).append(each);
    }
    if (added) this.list.insertBefore(added, next);
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  // Show a message, and mark it for a while.
  show(id) {
    const element = this.list.querySelector(`[data-id="${id}"]`);
    if (!element) {
      const isThere = this.shown.rows.some((row) => row.id === id);
      if (isThere && !this.isPart) this.wanted = 0; // it is a reaction
      return;
    }
    this.wanted = 0;
    this.isAtEnd = false;
    this.box.scrollTop = element.offsetTop - this.box.clientHeight / 3;
    element.classList.add("found");
    element.focus({ preventScroll: true });
    setTimeout(() => element.classList.remove("found"), 4000);
  }

  // Go to the newest message.
  follow() {
    this.history.latestAgain(this.chat.current);
    this.isAtEnd = true;
    this.toEnd(); // at once, as an earlier scrolling may be told before the next frame
    this.chat.changed();
  }

  isNearEnd(pixels) {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    return scrollHeight - scrollTop - clientHeight < pixels;
  }

  scrolled() {
    const wasAtEnd = this.isAtEnd;
    this.isAtEnd = this.chat.current.isLive && this.isNearEnd(AT_END);
    if (wasAtEnd !== this.isAtEnd) this.chat.changed();
    this.load();
  }

  // Load more where somebody is near the end of what is there.
  load() {
    const { box, chat, history } = this;
    const { current } = chat;
    if (chat.isOutside || current.loading || this.wanted || this.isPart) return;
    if (!current.isLive && this.isNearEnd(LOAD_WITHIN)) {
      history.newer(current);
    } else if (!current.isAtStart && current.isFilled && box.scrollTop < LOAD_WITHIN) {
      if (current.rows.length < MOST_ROWS || !this.isAtEnd) history.older(current);
    }
  }

  // From message to message by keys.
  move(by) {
    const rows = [...this.list.querySelectorAll(".row")];
    const at = rows.indexOf(document.activeElement.closest(".row"));
    const next = at < 0 ? rows.at(-1) : rows[at + by];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }
}
