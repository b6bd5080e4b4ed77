// Dialogs: signing in and out, accounts, names, rooms, people.

import { folded, isGiven } from "../chat/names.js";
import { EMOJI } from "../text/emoji.js";
import { button, fill, find, hidden, isolated, make, on, write } from "./dom.js";
import { keep } from "./settings.js";
import { toggle } from "./side.js";

const ROOM = /^(#\S+) \((\d+) \w+(.*?)\)(?:: (.*))?$/; // a line of /rooms

// Post something; returns the reason why it was refused, or "".
async function post(path, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.ok) return "";
    return (await answer.json()).error.text;
  } catch {
    return "The server cannot be reached.";
  }
}

export class Dialogs {
  constructor(parts) {
    Object.assign(this, parts); // chat, asking, saying, composer, restart and leave
    const { saying, composer } = parts;
    on(document, "click", (event) => this.clicked(event));
    for (const form of document.querySelectorAll("dialog>form")) {
      const title = form.querySelector("h2");
      title.id ||= `${form.parentNode.id}-title`;
      form.parentNode.setAttribute("aria-labelledby", title.id);
      form.method = "dialog";
      title.after(make("p", { className: "error", role: "alert" }));
      const close = { className: "icon", value: "", formNoValidate: true, "aria-label": "Close" };
      form.append(make("button", close, "✕"));
    }
    const forms = {
      "sign-in": (fields) => this.signIn(fields),
      register: (fields) => this.register(fields),
      name: ({ name }) => this.done({ do: "nick", name }),
      password: (fields) => this.changePassword(fields),
      "join-form": (fields) => this.join(fields),
    };
    for (const [id, submit] of Object.entries(forms)) {
      on(find(id), "submit", async (event) => {
        if (!event.submitter?.value) return; // it is closed
        event.preventDefault();
        const form = event.target;
        const fields = Object.fromEntries(new FormData(form));
        const error = form.querySelector(".error");
        event.submitter.disabled = true;
        const why = await submit(fields);
        event.submitter.disabled = false;
        write(error, why);
        if (why) {
          event.submitter.focus({ preventScroll: true }); // which it has lost
          error.scrollIntoView();
        } else {
          form.reset();
          form.closest("dialog").close();
          composer.field.focus(); // what covers the messages gives way
        }
      });
    }
    on(find("join-name"), "input", () => this.list());
    on(find("person-dialog"), "close", (event) => this.personDone(event.target));
    find("reactions").append(...[...EMOJI].map(([name, value]) =>
      make("button", { className: "icon", value, title: name.replace("_", " ") }, hidden(value))));
    on(find("react-dialog"), "close", ({ target }) => {
      if (target.returnValue) saying.react(this.reactedTo, target.returnValue);
    });
    on(find("sign-out"), "click", () => this.signOut());
    on(find("sessions"), "click", () => this.sessions());
  }

  clicked({ target }) {
    const asked = target.closest("[data-open], [data-person], [data-close], #you, #join");
    if (!asked) return;
    const { open, person, close } = asked.dataset;
    if (person) this.person(person);
    else if (close) toggle(close, false);
    else this.open(open ?? (asked.id === "you" ? "you-dialog" : "join-dialog"));
  }

  open(id) {
    const { chat } = this;
    document.querySelector("dialog[open]")?.close();
    const kind = chat.account ? "account" : "guest";
    for (const each of document.querySelectorAll("[data-for]")) each.hidden = each.dataset.for !== kind;
    find("session-list").replaceChildren();
    const as = chat.account ? "You are signed in as" : "You are here as a guest, under the name";
    find("you-are").replaceChildren(`${as} `, isolated(chat.name), ".");
    const dialog = find(id);
    write(dialog.querySelector(".error"), "");
    const { name } = dialog.firstChild.elements;
    if (id !== "join-dialog" && name && !isGiven(chat.name)) name.value = chat.name;
    dialog.returnValue = "";
    write(find("announcer"), ""); // or it is heard again when the page comes back from behind the dialog
    dialog.showModal();
    if (id === "join-dialog") this.rooms();
  }

  // Choose a reaction to the message with an id.
  react(id) {
    this.reactedTo = id;
    this.open("react-dialog");
  }

  // Ask for something, and wait for its end; returns the reason why it was refused.
  done(request, take = () => true) {
    return new Promise((resolve) => {
      const end = (error) => resolve(error?.text ?? "");
      if (!this.asking.ask(request, { take, end })) resolve("Too much waits already.");
    });
  }

  async signIn({ name, password, stay }) {
    const why = await post("/sign-in", { name, password, stay: stay === "on" });
    if (!why) this.restart();
    return why;
  }

  async register({ name, password, code, stay }) {
    const { chat } = this;
    if (folded(name) !== folded(chat.name)) {
      const why = await this.done({ do: "nick", name });
      if (why) return why;
    }
    const why = await this.done({ do: "register", password, ...(code && { code }) });
    if (why) return why;
    chat.account = name;
    chat.isOutside = false;
    await post("/sign-in", { name, password, stay: stay === "on" });
    chat.changed();
    return "";
  }

  // It ends what this browser was signed in by, too.
  async changePassword({ password, new: next, stay }) {
    const why = await this.done({ do: "passwd", password, new: next });
    if (!why) await post("/sign-in", { name: this.chat.account, password: next, stay: stay === "on" });
    return why;
  }

  async signOut() {
    const why = await post("/sign-out", {});
    write(find("you-dialog").querySelector(".error"), why);
    if (why) return;
    keep("signed-out", String(Date.now())); // tells the other pages of this browser
    this.leave();
  }

  // One's connections and tokens, each with a button that ends it; what: "end" and the key of one.
  async sessions(what = "") {
    const found = [];
    if (what) await this.done({ do: "sessions", what });
    await this.done({ do: "sessions" }, (event) => event.key && found.push(event));
    const end = (key, text) => button(text, { onclick: () => this.sessions(`end ${key}`) });
    const items = found.map((each) => {
      const about = each.text.replace(/^\[.*?\] /, "");
      return make("li", {}, about, each.is_this ? "" : end(each.key, "End"));
    });
    find("session-list").replaceChildren(...items, make("li", {}, end("others", "End all others")));
  }

  // The rooms that may be joined, and the people that may be written to.
  async rooms() {
    this.known = [];
    this.list();
    await this.done({ do: "rooms" }, ({ text }) => {
      const [, name, number, notes, topic = ""] = ROOM.exec(text ?? "") ?? [];
      if (name) this.known.push({ name, about: `${number} here${notes}`, topic });
      return true;
    });
    this.list();
  }

  list() {
    const begun = folded(find("join-name").value);
    const found = this.known.filter(({ name }) => folded(name).includes(begun));
    fill(find("join-list"), found, ({ name }) => name, ({ name, about, topic }) => {
      const go = button(isolated(name));
      go.append(make("small", {}, ` ${about}`), make("span", { dir: "auto" }, topic));
      on(go, "click", () => {
        find("join-dialog").close();
        this.join({ name });
      });
      return make("li", {}, go);
    });
  }

  join({ name, key = "" }) {
    const { chat } = this;
    const wanted = name.trim();
    const isPerson = wanted[0] === "@" || (wanted[0] !== "#" && chat.lobby.people.has(folded(wanted)));
    this.saying.goTo(isPerson ? `@${wanted.replace("@", "")}` : `#${wanted.replace("#", "")}`, key);
    find("join-form").reset();
    this.composer.field.focus();
    return "";
  }

  async person(name) {
    write(find("person-title").firstChild, name);
    write(find("person-about"), "…");
    this.open("person-dialog");
    const lines = [];
    const why = await this.done({ do: "whois", username: name }, ({ text }) => lines.push(text.trim()));
    write(find("person-about"), why || lines.join("\n"));
  }

  personDone({ returnValue }) {
    const name = find("person-title").textContent;
    const { chat, composer } = this;
    if (returnValue === "write") chat.look(chat.open(`@${name}`));
    if (returnValue === "mention") composer.insert(composer.field.value ? `${name} ` : `${name}: `);
    if (returnValue === "ignore") {
      this.asking.ask({ do: "ignore", username: name }, { talk: chat.current, title: `/ignore ${name}` });
    }
    if (returnValue) composer.field.focus();
  }
}
