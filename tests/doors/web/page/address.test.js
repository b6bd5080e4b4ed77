import assert from "node:assert/strict";
import test from "node:test";
import { Address } from "#page/address.js";
import { Chat } from "#page/chat/chat.js";

// Where an address inside the page leads.
function goalOf(hash) {
  const address = new Address({ chat: { changed() {} } });
  globalThis.location = { hash };
  address.follow();
  delete globalThis.location;
  return address.goal;
}

test("an address leads to rooms, messages and people", () => {
  assert.deepEqual(goalOf("#ops"), { name: "#ops", id: 0, isFirst: false });
  assert.deepEqual(goalOf("#ops/812"), { name: "#ops", id: 812, isFirst: false });
  assert.deepEqual(goalOf("#@ann"), { name: "@ann", id: 0, isFirst: false });
  assert.deepEqual(goalOf("#caf%C3%A9"), { name: "#café", id: 0, isFirst: false });
});

test("a room that one turns from before it can be asked for is awaited no longer", () => {
  const chat = new Chat();
  const asked = [];
  const saying = { join: ({ name }) => asked.push(name), isAsked: () => false };
  const address = new Address({ chat, saying });
  for (const hash of ["#ops", "#tea", "#ops"]) {
    globalThis.location = { hash };
    address.follow();
    address.reach(false); // the server is not there
  }
  delete globalThis.location;
  assert.deepEqual([chat.find("#tea").isAwaited, chat.find("#ops").isAwaited], [false, true]);
  address.reach(true);
  assert.deepEqual(asked, ["#ops"]);
});

test("a room may be called like a part of the page", () => {
  assert.deepEqual(goalOf("#search/812"), { name: "#search", id: 812, isFirst: false });
});

test("other addresses lead nowhere", () => {
  for (const hash of ["", "#", "#@", "#/812", "#%zz"]) assert.equal(goalOf(hash), null);
});
