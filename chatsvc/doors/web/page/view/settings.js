// Settings that this browser keeps, and the look.

import { find, on } from "./dom.js";

export function kept(name) {
  try {
    return localStorage.getItem(`chatsvc.${name}`) ?? "";
  } catch {
    return ""; // storage is refused
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`chatsvc.${name}`, value);
  } catch {
    // It lasts as long as the page, then.
  }
}

// The storage of the tab; null if it is refused.
export function tabStorage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

// Light, dark, or like the system.
export function applyLook() {
  const choice = find("look");
  const apply = () => (document.documentElement.style.colorScheme = choice.value);
  choice.value = kept("look");
  apply();
  on(choice, "change", () => {
    keep("look", choice.value);
    apply();
  });
}
