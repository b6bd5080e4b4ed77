// The page: everything is made and wired here.

import { Address } from "./address.js";
import { Asking } from "./chat/asking.js";
import { Chat } from "./chat/chat.js";
import { Commands } from "./chat/commands.js";
import { Hearing } from "./chat/hearing.js";
import { History } from "./chat/history.js";
import { isGiven } from "./chat/names.js";
import { Saying } from "./chat/saying.js";
import { Frames } from "./frames.js";
import { Markers } from "./markers.js";
import { Alerts } from "./view/alerts.js";
import { Composer } from "./view/composer.js";
import { Dialogs } from "./view/dialogs.js";
import { button, find, on, write } from "./view/dom.js";
import { listen } from "./view/keys.js";
import { Log } from "./view/log.js";
import { Search } from "./view/search.js";
import { applyLook, tabStorage } from "./view/settings.js";
import { Side, toggle } from "./view/side.js";
import { Link } from "./wire/link.js";
import { Place } from "./wire/place.js";
import { SUBPROTOCOL } from "./wire/socket.js";

const LATELY = 60_000; // milliseconds; places are kept for longer
const MOST_ANNOUNCED = 3; // messages at once, for screen readers

const chat = new Chat();
const asking = new Asking();
const past = new History(chat, asking);
const alerts = new Alerts();
const log = new Log(chat, past);
const place = new Place(tabStorage());
let isUp = false;
let oldName = ""; // to ask for at a new place
let invitation = "";

const announced = [];
function say(text) {
  if (announced.push(text) > 1) return;
  const region = find("announcer");
  const front = document.querySelector("dialog[open]") ?? document.body; // what is behind a dialog is not heard
  write(region, ""); // so that the same is heard once more
  if (region.parentNode !== front) front.append(region);
  setTimeout(() => {
    const all = announced.splice(0);
    const last = all.slice(-MOST_ANNOUNCED).join("\n");
    write(region, all.length > MOST_ANNOUNCED ? `${all.length} lines. The last:\n${last}` : last);
  }, 300);
}

const markers = new Markers(chat, asking, (talk) => talk !== chat.current && look(talk, true));
const hearing = new Hearing({
  chat, asking, say, entered,
  alert: (talk, row) => alerts.alert(talk, row),
  marked: (name, until) => markers.note(name, until),
});

const link = new Link({
  connect: () => new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws")), SUBPROTOCOL),
  place, hear, status, begin,
});
asking.link = link;

function hear(received) {
  const { event } = received;
  const isNew = event === "welcome";
  let rooms = []; // in which one wants to be
  if (isNew || event === "resumed") {
    markers.followed = "";
    if (link.hasBegun) oldName = chat.account || isGiven(chat.name) ? "" : chat.name;
    chat.account = isNew ? "" : chat.account || place.account;
    // A server that was killed may not have stored the last of them.
    const since = isNew ? 0 : received.restarted ? Date.now() - LATELY : Infinity;
    rooms = chat.rooms.filter((each) => !each.isLeft && each.joinedAt >= since).concat(link.unsaid);
    for (const each of isNew ? chat.talks.values() : []) {
      each.hasGap = each.rows.length > 0;
      if (!each.isRoom) each.isLive = !each.hasGap; // history may have more
    }
  }
  if (event === "logged-in") {
    chat.account = received.name;
    markers.read();
  }
  hearing.hear(received);
  for (const { name, room = name } of chat.isOutside ? [] : rooms) {
    if (room && !received.left?.includes(room)) chat.approach(room);
  }
}

// Ask for the name, and for the rooms in which one wants to be or has written something.
function begin(ask) {
  markers.read();
  const first = (request, question) => asking.note(ask(request), question);
  if (!chat.isOutside) {
    if (oldName && isGiven(chat.name)) first({ do: "nick", name: oldName }, { hushes: true });
    for (const each of chat.rooms) if (each.isAwaited && !saying.isAsked(each)) saying.join(each, "", first);
  }
  find("register").elements.code.value = invitation;
  setTimeout(() => {
    const isAsked = (invitation || chat.isOutside) && !chat.account; // a cookie is told of later
    if (isAsked && !document.querySelector("dialog[open]")) {
      dialogs.open(invitation ? "register-dialog" : "sign-in-dialog");
    }
  }, 400);
}

// One is in a room, perhaps again, or still.
function entered(talk) {
  talk.isListed = talk.isAtStart = false;
  if (talk.hasGap) {
    talk.hasGap = false;
    talk.isLive = false;
    past.newer(talk);
  } else if (talk !== chat.current && talk.read !== null) look(talk, true);
}

// Ask for what is not known of a conversation.
function look(talk, isLast = false) {
  if (!(isUp || isLast) || chat.isOutside || talk.isLeft) return;
  if (!talk.isFilled) {
    talk.isFilled = true;
    past.older(talk, isLast);
  }
  if (!talk.isRoom || isLast || talk.isListed) return;
  talk.isListed = true;
  hearing.list(talk);
}

function status(state, about) {
  isUp = state === "up";
  document.body.dataset.state = state;
  const bar = find("status");
  const tell = (text, label) => {
    if (bar.textContent === text + label) return; // it is heard once
    bar.replaceChildren(text, button(label, { onclick: () => link.hurry(true) }));
  };
  if (state === "over") tell(`${about || "You have left."} `, "Come back");
  else if (state === "waiting") {
    const why = navigator.onLine ? "The server cannot be reached." : "You are offline.";
    tell(`${about ?? why} What you write waits. `, "Try now");
  } else if (state === "up" && bar.firstChild) {
    bar.replaceChildren();
    say("Connected.");
  }
  chat.changed();
}

const saying = new Saying(chat, asking, () => link.stop());
const commands = new Commands(chat, asking);
const composer = new Composer({
  chat, saying, say,
  outside: () => dialogs.open("sign-in-dialog"),
  learn: () => isUp && commands.learn(() => composer.complete(false)),
  sent: () => log.follow(),
});

for (const each of place.unsaid) saying.restore(each);

function restart() {
  chat.clear();
  asking.questions.clear();
  address.follow(true); // to where one is now
  link.restart();
}

// Leave to a new page, on which nothing is left of what was found, written and read on this one.
function leave() {
  link.stop();
  location.assign("/");
}

function keepAll() {
  markers.keep();
  place.keep(link.unsaid, chat.account);
}

const dialogs = new Dialogs({ chat, asking, saying, composer, restart, leave });
const side = new Side(chat, saying);
const search = new Search(chat, asking);

const address = new Address({ chat, log, saying, history: past });

const frames = new Frames(() => {
  address.reach(isUp && !chat.isOutside);
  const { current } = chat;
  if (isUp) markers.follow();
  look(current);
  if (log.shown && log.shown !== current) {
    say(current.name);
    find("topic").className = "";
  }
  composer.draw();
  log.draw();
  if (chat.isAttended()) {
    current.markRead();
    markers.tell(current);
  }
  side.draw();
  find("newest").hidden = log.isAtEnd;
  write(find("newest").lastChild, current.unread ? `${current.unread} new` : "To the newest");
  address.show();
  return log.isFlood;
});

chat.changed = () => frames.want();
chat.isAtEnd = () => log.isAtEnd && chat.current.isLive;
chat.isAttended = () => chat.isAtEnd() && document.hasFocus();

const panel = (id, isShown) => {
  toggle(id, isShown);
  if (!find(id).hidden) {
    toggle(id === "search" ? "people" : "search", false);
    if (id === "search") {
      find("words").focus();
      find("words").select();
    } else chat.current.isListed = false;
  }
  chat.changed();
};
const menu = (isShown) => {
  const isOpen = document.body.classList.toggle("menu", isShown);
  find("menu").setAttribute("aria-expanded", isOpen);
  if (isOpen) document.querySelector("[aria-current]")?.focus();
};

on(composer.field, "input", () => frames.giveWay());
on(find("menu"), "click", () => menu());
on(find("places"), "click", ({ target }) => target.closest("a") && menu(false));
// What covers the messages gives way when one turns to them.
for (const kind of ["pointerdown", "focusin"]) {
  on(find("main"), kind, ({ target }) => {
    if (target.closest("#top")) return;
    menu(false);
    if (innerWidth < 1100) ["search", "people"].forEach((id) => toggle(id, false));
  });
}
on(find("find"), "click", () => panel("search"));
on(find("who"), "click", () => panel("people"));
on(find("newest"), "click", () => log.follow());
on(find("topic"), "click", ({ target }) => target.classList.toggle("whole"));
on(find("skip"), "click", (event) => {
  event.preventDefault();
  composer.field.focus();
});
on(log.list, "click", ({ target }) => {
  const { name, value, ariaPressed } = target.closest("button") ?? {};
  if (name === "join") saying.goTo(value);
  if (name === "draft") composer.set(value);
  const row = log.rowOf(target.closest(".row"));
  if (name === "answer") composer.answer(row);
  if (name === "choose") dialogs.react(row.id);
  if (name === "react") saying.react(row.id, value, ariaPressed === "true");
});

// Another page of this browser has signed out, which ends the sign-in of all.
on(window, "storage", ({ key }) => key === "chatsvc.signed-out" && chat.account && leave());
on(window, "popstate", () => address.follow()); // a link inside the page was followed, too
on(window, "online", () => link.hurry());
on(window, "focus", () => chat.changed());
on(window, "pagehide", keepAll);
on(window, "pageshow", () => place.hide());
on(document, "visibilitychange", () => {
  if (document.hidden) keepAll();
  else {
    place.hide();
    link.hurry();
    chat.changed();
  }
});
// The keyboard on a screen takes a part of the page away; whoever zooms in moves the page.
on(visualViewport, "resize", () => {
  if (visualViewport.scale > 1.01) return;
  document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
  scrollTo(0, 0);
});

if (location.pathname.startsWith("/join/")) {
  invitation = location.pathname.slice(6);
  history.replaceState(null, "", `/${location.hash}`);
}
applyLook();
listen({ chat, log, composer, dialogs, panel });
if (innerWidth >= 1100) panel("people", true);
address.follow(true);
link.start();
if (isSecureContext) navigator.serviceWorker?.register("/sw.js");
