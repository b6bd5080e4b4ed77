// Elements. Whatever is shown of people goes in as text.

export const find = (id) => document.getElementById(id);

// Have something called with each event of a kind.
export const on = (target, kind, call, options) => target.addEventListener(kind, call, options);

// An element with some properties (those with a "-", and role, are attributes) and children.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

// A name or a text of somebody, whose direction does not spill over.
export const isolated = (text) => make("bdi", {}, text);

// A sign that says nothing to a screen reader: the title around it does.
export const hidden = (sign) => make("span", { "aria-hidden": "true" }, sign);

export const button = (content, properties) =>
  make("button", { type: "button", ...properties }, content);

// The address of a room or person inside the page.
export const hashOf = (name) => `#${encodeURI(name.replace("#", ""))}`;

// Set a text, unless it is there.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Show some items in a list, with the elements that it has as far as they stand for the same key.
// `draw` makes the element of an item, `update` brings it up to date.
export function fill(list, items, keyOf, draw, update) {
  const there = new Map([...list.children].map((each) => [each.dataset.key, each]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const element = there.get(key) ?? draw(item);
    element.dataset.key = key;
    update?.(element, item);
    return element;
  });
  const isSame = (element, at) => element === list.children[at];
  if (wanted.length === list.children.length && wanted.every(isSame)) return;
  const focused = document.activeElement;
  list.replaceChildren(...wanted);
  if (list.contains(focused)) focused.focus();
}
