// Keys: everything can be done without a mouse.

import { find, on } from "./dom.js";
import { toggle } from "./side.js";

// Look at the conversation before or after the current one.
function step(chat, by, isUnread) {
  const all = [...chat.rooms, ...chat.persons];
  const at = all.indexOf(chat.current);
  for (let count = 1; count <= all.length; count += 1) {
    const next = all.at((at + by * count) % all.length);
    if (!isUnread || next.unread) return chat.look(next);
  }
}

export function listen({ chat, log, composer, dialogs, panel }) {
  const escape = () => {
    // Where there is room for it, who is here stays.
    const panels = innerWidth < 1100 ? ["search", "people"] : ["search"];
    const open = panels.find((id) => !find(id).hidden);
    if (document.body.classList.contains("menu")) find("menu").click();
    else if (open) toggle(open, false);
    else log.follow();
    composer.field.focus();
  };
  const keys = {
    "alt ArrowUp": () => step(chat, -1),
    "alt ArrowDown": () => step(chat, 1),
    "alt shift ArrowUp": () => step(chat, -1, true),
    "alt shift ArrowDown": () => step(chat, 1, true),
    "ctrl k": () => dialogs.open("join-dialog"),
    "ctrl shift f": () => panel("search", true),
    "alt p": () => panel("people"),
    "ctrl /": () => dialogs.open("keys-dialog"),
    Escape: escape,
    PageUp: () => log.box.scrollBy(0, -log.box.clientHeight * 0.9),
    PageDown: () => log.box.scrollBy(0, log.box.clientHeight * 0.9),
  };
  on(document, "keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    // Alt makes other signs of letters on a Mac, and some keyboards have no Latin ones.
    const { code } = event;
    const typed = event.key > "~" && code.startsWith("Key") ? code[3] : event.key;
    const key = typed.length === 1 ? typed.toLowerCase() : typed;
    const held = [
      (event.ctrlKey || event.metaKey) && "ctrl", event.altKey && "alt", event.shiftKey && "shift", key,
    ];
    const call = keys[held.filter(Boolean).join(" ")];
    // Whoever begins to type means the field.
    if (key === held.find(Boolean) && key.length === 1 && document.activeElement === document.body) {
      composer.field.focus();
    }
    if (!call) return;
    event.preventDefault();
    call();
  });
  on(log.box, "keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const row = document.activeElement.closest(".row");
    if (event.key === "ArrowUp") log.move(-1);
    else if (event.key === "ArrowDown") log.move(1);
    else if (event.key === "Enter" && document.activeElement === row && log.rowOf(row)) {
      composer.answer(log.rowOf(row));
    } else if (event.key === "r" && log.rowOf(row)) {
      dialogs.react(log.rowOf(row).id);
    } else if (row?.dataset.id && event.key === "l") {
      navigator.clipboard?.writeText(row.querySelector("a.when").href);
    } else return;
    event.preventDefault();
  });
}
