// What stands around the messages: rooms and people at the side, the title, who is here.

import { folded } from "../chat/names.js";
import { button, fill, find, hashOf, isolated, make, on, write } from "./dom.js";

const MOST_PEOPLE = 300; // shown

export class Side {
  constructor(chat, saying) {
    this.chat = chat;
    for (const list of [find("rooms"), find("persons")]) {
      on(list, "click", (event) => {
        const close = event.target.closest("button");
        const talk = close && chat.find(close.closest("li").dataset.key);
        if (talk) saying.close(talk);
      });
    }
  }

  draw() {
    const { chat } = this;
    const { current } = chat;
    write(find("your-name"), chat.name || "…");
    write(find("your-account"), chat.account ? "signed in" : chat.name ? "guest" : "connecting");
    const keyOf = ({ name }) => folded(name);
    const update = (element, each) => this.update(element, each);
    const { persons } = chat;
    fill(find("rooms"), chat.rooms, keyOf, this.place, update);
    fill(find("persons"), persons, keyOf, this.place, update);
    find("persons-title").hidden = !persons.length;
    write(find("title").firstChild, current.title);
    write(find("topic"), current.isRoom ? current.topic : this.presence(current));
    write(find("here"), current.title);
    const number = current.people.size + current.more;
    write(find("who-count"), current.isRoom && number ? String(number) : "");
    find("who").hidden = !current.isRoom;
    find("app").classList.toggle("alone", !current.isRoom);
    this.counts();
    const shownPeople = `${current.name} ${current.moves}`;
    if (find("people").hidden || shownPeople === this.shownPeople) return;
    this.shownPeople = shownPeople;
    this.people(current);
  }

  // Whether somebody is here, as far as one knows.
  presence({ title }) {
    const { people, away, more } = this.chat.lobby;
    const who = folded(title);
    if (people.has(who)) return away.has(who) ? "away" : "here";
    return more || !people.size ? "" : "not here";
  }

  place() {
    const link = make("a", {}, isolated(""), make("b", { className: "count" }));
    return make("li", {}, link, button("✕", { className: "icon close" }));
  }

  update(element, talk) {
    const [link, close] = element.children;
    const [name, count] = link.children;
    const { unread, mentions } = talk;
    const isLeft = talk.isLeft && !talk.isAwaited;
    const isCurrent = talk === this.chat.current;
    link.href = hashOf(talk.name);
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    write(name, talk.title);
    write(count, mentions ? `@${mentions}` : unread ? String(unread) : "");
    link.ariaLabel = unread ? `${talk.title}, ${unread} unread, ${mentions} for you` : null;
    element.className = `${unread ? "unread" : ""} ${mentions ? "mentioned" : ""} ${isLeft ? "left" : ""}`;
    close.hidden = talk === this.chat.lobby;
    close.setAttribute("aria-label", `${talk.isRoom ? "Leave" : "Close"} ${talk.title}`);
  }

  people(current) {
    const names = [...current.people.values()].sort((a, b) => (folded(a) < folded(b) ? -1 : 1));
    const items = names.slice(0, MOST_PEOPLE);
    fill(find("people-list"), items, (name) => name, (name) => {
      const who = button(isolated(name));
      who.dataset.person = name;
      return make("li", {}, who);
    }, (element, name) => {
      const isAway = current.away.has(folded(name));
      element.className = isAway ? "away" : "";
      element.firstChild.title = isAway ? "away" : "here";
    });
    const more = names.length - items.length + current.more;
    write(find("people-title"), more ? `People here, and ${more} more` : "People here");
  }

  // How much is unread, where one sees it.
  counts() {
    const { unread, mentions } = this.chat.unread;
    const { current } = this.chat;
    const elsewhere = unread - current.unread;
    const more = elsewhere ? `, ${elsewhere} unread` : "";
    find("menu").ariaLabel = `Rooms and people${more}`;
    find("menu-count").hidden = !elsewhere;
    find("menu-count").className = mentions - current.mentions ? "mentioned" : "";
    write(find("menu-count"), String(mentions - current.mentions || elsewhere));
    const count = mentions ? `(${mentions}) ` : unread ? "• " : "";
    const title = `${count}${current.title} – Chat`;
    if (document.title !== title) document.title = title;
    if (this.badge !== mentions) navigator.setAppBadge?.(mentions).catch(() => {});
    this.badge = mentions;
  }
}

// Show or hide a panel, with the button that does it.
export function toggle(id, isShown = find(id).hidden) {
  const control = document.querySelector(`[aria-controls=${id}]`);
  if (!isShown && find(id).contains(document.activeElement)) control.focus();
  find(id).hidden = !isShown;
  control.setAttribute("aria-expanded", isShown);
}
