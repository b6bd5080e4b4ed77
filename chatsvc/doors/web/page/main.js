// The page: everything is made and wired here.

import { Asking } from "./chat/asking.js";
import { Chat } from "./chat/chat.js";
import { Hearing } from "./chat/hearing.js";
import { History } from "./chat/history.js";
import { folded } from "./chat/names.js";
import { Saying } from "./chat/saying.js";
import { Alerts } from "./view/alerts.js";
import { Composer } from "./view/composer.js";
import { Dialogs } from "./view/dialogs.js";
import { button, find, hashOf, on, write } from "./view/dom.js";
import { Frames } from "./frames.js";
import { listen } from "./view/keys.js";
import { Log } from "./view/log.js";
import { Search } from "./view/search.js";
import { applyLook, keep, kept } from "./view/settings.js";
import { Side, toggle } from "./view/side.js";
import { Link } from "./wire/link.js";
import { Place } from "./wire/place.js";
import { SUBPROTOCOL } from "./wire/socket.js";

const MOST_ANNOUNCED = 3; // messages at once, for screen readers
const GIVEN_NAME = /^client\d+$/;

const chat = new Chat();
const asking = new Asking();
const history_ = new History(chat, asking);
const alerts = new Alerts();
const log = new Log(chat, history_);
const place = new Place(window.sessionStorage);
let isUp = false;
let goal = null; // where an address leads: a conversation's name, and perhaps a message's id
let again = { rooms: [], name: "" }; // what to ask for at a new place
let invitation = "";

const announced = [];
function say(text) {
  if (announced.push(text) > 1) return;
  setTimeout(() => {
    write(find("announcer"), announced.splice(0).slice(-MOST_ANNOUNCED).join("\n"));
  }, 300);
}

const hearing = new Hearing({
  chat, asking, say, entered,
  alert: (talk, row) => alerts.alert(talk, row),
});

const link = new Link({
  connect: () => new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws")), SUBPROTOCOL),
  place, hear, status, begin,
});
asking.link = link;

function hear(received) {
  if (received.event === "resumed") chat.account ||= place.account;
  if (received.event === "welcome") {
    const wasGuest = !chat.account;
    chat.account = "";
    const rooms = chat.rooms.filter((each) => !each.isLeft && each !== chat.lobby);
    again = { rooms: rooms.map(({ name }) => name), name: wasGuest ? chat.name : "" };
    for (const each of chat.talks.values()) each.hasGap = each.rows.length > 0;
  }
  hearing.hear(received);
  if (received.event === "logged-in") readMarkers();
}

// At a new place, ask for the name, and the rooms that one was in.
function begin(ask, event) {
  readMarkers();
  const request = (wanted) => asking.note(ask(wanted), { hushes: true });
  if (event.event === "welcome" && !chat.isOutside) {
    if (again.name && !GIVEN_NAME.test(again.name)) request({ do: "nick", name: again.name });
    for (const room of again.rooms) request({ do: "join", room });
  }
  const dialog = invitation ? "register-dialog" : chat.isOutside ? "sign-in-dialog" : "";
  if (dialog && !document.querySelector("dialog[open]")) dialogs.open(dialog);
  find("register").elements.code.value = invitation;
}

// One is in a room, perhaps again, or still.
function entered(talk) {
  talk.isListed = talk.isTold = false;
  if (talk.hasGap) {
    talk.hasGap = false;
    talk.isLive = false;
    history_.newer(talk);
  } else if (talk !== chat.current && talk.read !== null) look(talk, true);
}

// Ask for what is not known of a conversation.
function look(talk, isLast = false) {
  if (!isUp || chat.isOutside || talk.isLeft) return;
  if (!talk.isFilled) {
    talk.isFilled = true;
    history_.latest(talk, isLast);
  }
  if (!talk.isRoom || isLast) return;
  if (!talk.isTold) {
    talk.isTold = true;
    asking.ask({ do: "topic", room: talk.name }, {
      take({ text = "" }) {
        const topic = text.slice(talk.name.length + 2);
        talk.topic = topic === "there is no topic." ? "" : topic;
        return true;
      },
    });
  }
  if (!talk.isListed) {
    talk.isListed = true;
    hearing.list(talk);
  }
}

function status(state, about) {
  isUp = state === "up";
  document.body.dataset.state = state;
  const bar = find("status");
  const hurry = (text) => button(text, { onclick: () => link.hurry(true) });
  if (state === "over") bar.replaceChildren(about || "You have left.", " ", hurry("Come back"));
  else if (state === "waiting") {
    const why = navigator.onLine ? "The server cannot be reached." : "You are offline.";
    bar.replaceChildren(`${why} What you write waits. `, hurry("Try now"));
  } else if (state === "up") bar.replaceChildren();
  chat.changed();
}

// The addresses of conversations and messages: #ops, #ops/812, #@ann.
function follow() {
  const [name, id] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (!name || find(name)) return;
  goal = { name: name[0] === "@" ? name : `#${name}`, id: Number(id) || 0, isAsked: false };
  chat.changed();
}

function reach() {
  if (!isUp || chat.isOutside || !goal) return;
  const talk = chat.find(goal.name);
  if (talk && !talk.isLeft) {
    const { id } = goal;
    goal = null;
    chat.look(talk);
    if (id) jump(talk, id);
  } else if (!goal.isAsked) {
    goal.isAsked = true;
    saying.goTo(goal.name);
  }
}

function jump(talk, id) {
  log.draw();
  log.wanted = id;
  if (talk.rows.some((row) => row.id === id)) return;
  talk.isFilled = true;
  history_.around(talk, id, (isThere) => {
    if (isThere) return;
    log.wanted = 0;
    write(find("status"), "That message is not there, or no longer.");
  });
}

const saying = new Saying(chat, asking, () => link.stop());
const composer = new Composer(chat, saying, learn);
composer.onSent = () => log.follow();

function restart() {
  chat.clear();
  link.restart();
}

const dialogs = new Dialogs({ chat, asking, saying, composer, restart });
const side = new Side(chat, saying);
const search = new Search(chat, asking);

const frames = new Frames(() => {
  reach();
  const { current } = chat;
  look(current);
  composer.draw();
  log.draw();
  if (chat.isAttended()) current.markRead();
  side.draw();
  find("newest").hidden = log.isAtEnd;
  write(find("newest").lastChild, current.unread ? `${current.unread} new` : "To the newest");
  const address = hashOf(current.name);
  const here = location.hash;
  if (goal || log.wanted || here === address || (!here && current === chat.lobby)) return;
  // The address of a message stays while one looks there.
  if (!here.startsWith(`${address}/`)) history.pushState(null, "", `/${address}`);
  else if (chat.isAtEnd()) history.replaceState(null, "", `/${address}`);
});

chat.changed = () => frames.want();
chat.isAtEnd = () => log.isAtEnd && chat.current.isLive;
chat.isAttended = () => chat.isAtEnd() && !document.hidden;

// What commands there are, from the server's help, once somebody types a slash.
let isLearning = false;
function learn() {
  if (isLearning || !isUp) return;
  isLearning = true;
  const subjects = new Set();
  asking.ask({ do: "help" }, {
    take({ text = "" }) {
      const [, subject] = /^ {2}(\w+) +\//.exec(text) ?? [];
      if (subject) subjects.add(subject);
      return true;
    },
    end() {
      for (const command of subjects) {
        asking.ask({ do: "help", command }, {
              take({ text = "" }) {
            const [, name, rest, help] = /^ {2}(\/\S+)(.*?) {2,}(\S.*)$/.exec(text) ?? [];
            if (name) chat.commands.set(name, `${rest.trim()} ${help}`.trim());
            return true;
          },
        });
      }
    },
  });
}

// How far everything was read, from one page to the next.
function readMarkers() {
  try {
    const { who, markers } = JSON.parse(kept("read"));
    if (who === (chat.account || chat.name)) chat.markers = new Map(Object.entries(markers));
  } catch {
    // There are none.
  }
  for (const each of chat.talks.values()) {
    each.read ??= chat.markers.get(folded(each.name)) ?? null;
  }
}

function keepAll() {
  const read = [...chat.talks.values()].filter((each) => each.read !== null);
  const markers = Object.fromEntries(read.map((each) => [folded(each.name), each.read]));
  if (chat.name) keep("read", JSON.stringify({ who: chat.account || chat.name, markers }));
  place.keep(link.unsaid, chat.account);
}

const panel = (id, isShown) => {
  toggle(id, isShown);
  if (!find(id).hidden) {
    toggle(id === "search" ? "people" : "search", false);
    if (id === "search") find("words").focus();
  }
  chat.changed();
};
const menu = (isShown) => {
  document.body.classList.toggle("menu", isShown);
  find("menu").setAttribute("aria-expanded", document.body.classList.contains("menu"));
};

on(find("menu"), "click", () => menu());
on(find("places"), "click", ({ target }) => target.closest("a") && menu(false));
on(find("main"), "pointerdown", ({ target }) => target.closest("#menu") || menu(false));
on(find("find"), "click", () => panel("search"));
on(find("who"), "click", () => panel("people"));
on(find("newest"), "click", () => log.follow());
on(find("skip"), "click", (event) => {
  event.preventDefault();
  composer.field.focus();
});
on(find("found"), "click", ({ target }) => {
  if (target.closest("a") && innerWidth < 1000) panel("search", false);
});
on(log.list, "click", ({ target }) => {
  if (target.name === "join") saying.goTo(target.value);
  if (target.name === "draft") composer.set(target.value);
});

on(window, "hashchange", follow);
on(window, "popstate", follow);
on(window, "online", () => link.hurry());
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
// The keyboard on a screen takes a part of the page away.
on(visualViewport, "resize", () => {
  document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
  scrollTo(0, 0);
});

if (location.pathname.startsWith("/join/")) {
  invitation = decodeURIComponent(location.pathname.slice(6));
  history.replaceState(null, "", `/${location.hash}`);
}
applyLook();
listen({ chat, log, composer, dialogs, panel });
if (innerWidth >= 1100) panel("people", true);
follow();
link.start();
if (isSecureContext) navigator.serviceWorker?.register("/sw.js");
