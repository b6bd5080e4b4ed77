import assert from "node:assert/strict";
import test from "node:test";
import { Backoff, FIRST_WAIT, LONGEST_WAIT } from "#page/wire/backoff.js";
import { Link } from "#page/wire/link.js";
import { Place } from "#page/wire/place.js";
import { Clock } from "./clock.js";

class Storage {
  constructor() {
    this.kept = new Map();
  }

  getItem(key) {
    return this.kept.get(key) ?? null;
  }

  setItem(key, value) {
    this.kept.set(key, value);
  }

  removeItem(key) {
    this.kept.delete(key);
  }
}

// A WebSocket whose server is the test.
class Web {
  constructor() {
    this.readyState = 0;
    this.sent = [];
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  lose() {
    this.readyState = 3;
    this.onclose?.();
  }

  tell(...objects) {
    for (const each of objects) this.onmessage?.({ data: JSON.stringify(each) });
  }
}

const at = "2026-11-23T05:20:11.482Z";
const welcome = (name = "client5") => ({ event: "welcome", at, name, rooms: ["#lobby"], version: 1 });
const said = (id, more = {}) => ({ event: "said", id, at, room: "#lobby", from: "bob", text: `${id}`, ...more });

function start(storage = new Storage()) {
  const world = { clock: new Clock(), webs: [], heard: [], states: [], begun: [], place: new Place(storage) };
  world.link = new Link({
    clock: world.clock,
    random: () => 0.5,
    place: world.place,
    connect: () => world.webs[world.webs.push(new Web()) - 1],
    hear: (each) => world.heard.push(each),
    status: (state, about) => {
      world.states.push(state);
      world.about = about;
    },
    begin: (ask, event) => world.begun.push(event.event),
  });
  world.web = () => world.webs.at(-1);
  world.come = () => {
    world.link.start();
    world.web().open();
    world.web().tell(welcome(), { event: "resumable", at, token: world.place.token, seen: 10 });
  };
  // Lose the connection, and be there again.
  world.comeBack = (...objects) => {
    world.web().lose();
    world.clock.advance(FIRST_WAIT);
    world.web().open();
    world.web().tell(...objects);
  };
  return world;
}

const resumed = (world, seen) => ({
  event: "resumed", at, token: world.place.token, seen, name: "client5", rooms: ["#lobby"], missing: 0,
});

test("it asks for its place first", () => {
  const world = start();
  world.come();
  const [first] = world.web().sent;
  assert.equal(first.do, "resume");
  assert.match(first.token, /^[\w-]{32,128}$/);
  assert.equal(first.seen, undefined);
  assert.deepEqual(world.begun, ["welcome"]);
  assert.deepEqual(world.states, ["connecting", "up"]);
});

test("it comes back behind what was read, and hears nothing twice", () => {
  const world = start();
  world.come();
  world.web().tell(said(11), said(12));
  world.comeBack(welcome("client9"), said(99, { from: "newcomer's" }), resumed(world, 12), said(12), said(13));
  assert.deepEqual(world.web().sent[0].seen, 12);
  const ids = world.heard.filter((each) => each.event === "said").map(({ id }) => id);
  assert.deepEqual(ids, [11, 12, 13], "what came before `resumed` was for a newcomer");
  assert.deepEqual(world.begun, ["welcome"], "the place is the same");
});

test("what goes first is asked again if the place is heard of over the next connection", () => {
  const world = start();
  world.come();
  world.comeBack(welcome(), { error: { code: "no-such-token", text: "Gone.", nonce: "resume" } });
  world.web().lose();
  world.clock.advance(4 * FIRST_WAIT);
  world.web().open();
  world.web().tell(resumed(world, 10));
  assert.deepEqual(world.begun, ["welcome", "welcome", "resumed"]);
});

test("a server that was restarted is asked anew for what it may not have stored", () => {
  const world = start();
  world.come();
  world.comeBack({ ...resumed(world, 10), restarted: true });
  assert.deepEqual(world.begun, ["welcome", "resumed"]);
});

test("what was said without an answer is said again with its nonce, and heard once", () => {
  const world = start();
  world.come();
  const nonce = world.link.queue.add({ do: "say", room: "#lobby", text: "hi" });
  const again = () => world.web().sent.filter((each) => each.do === "say").map((each) => each.nonce);
  assert.deepEqual(again(), [nonce]);
  world.comeBack(welcome(), resumed(world, 10), said(11, { nonce, text: "hi" }));
  assert.deepEqual(again(), [nonce]);
  world.web().tell(said(11, { nonce, text: "hi", recalled: true }));
  assert.equal(world.heard.filter((each) => each.nonce === nonce).length, 1);
  assert.equal(world.link.queue.length, 0);
});

test("a place that is no more is told, and a new one begins", () => {
  const world = start();
  world.come();
  world.comeBack(welcome("client7"), { error: { code: "no-such-token", text: "no", nonce: "resume" } },
    { event: "resumable", at, token: world.place.token, seen: 20 });
  assert.deepEqual(world.begun, ["welcome", "welcome"]);
  assert.equal(world.states.at(-1), "up");
  assert.equal(world.heard.filter(({ error }) => error).length, 1);
  // A page that is opened has shown nothing of the place that it looks for.
  const storage = new Storage();
  storage.setItem("chatsvc.place", JSON.stringify({ token: "t", seen: 5, unsaid: [] }));
  const next = start(storage);
  next.link.start();
  next.web().open();
  next.web().tell(welcome(), { error: { code: "no-such-token", text: "no", nonce: "resume" } },
    { event: "resumable", at, token: "t", seen: 9 });
  assert.deepEqual([next.heard.filter(({ error }) => error), next.states.at(-1)], [[], "up"]);
});

test("a silent server is asked, and given up", () => {
  const world = start();
  world.come();
  world.clock.advance(32);
  assert.deepEqual(world.web().sent.at(-1), { do: "ping", nonce: "ping", seen: 10 });
  world.web().tell({ event: "done", at, nonce: "ping" });
  assert.equal(world.webs.length, 1);
  world.clock.advance(60);
  assert.ok(world.states.includes("waiting"));
  assert.ok(world.webs.length > 1);
});

test("whoever is put off does not come back", () => {
  const world = start();
  world.come();
  world.comeBack(welcome(), { error: { code: "put-off", text: "kicked", nonce: "resume" } });
  world.clock.advance(100);
  assert.equal(world.states.at(-1), "over");
  assert.equal(world.webs.length, 2);
  world.link.hurry();
  assert.equal(world.webs.length, 2);
  world.link.hurry(true);
  assert.equal(world.webs.length, 3);
});

test("two pages that take each other's place do so ever more slowly", () => {
  const world = start();
  world.come();
  const waits = [];
  for (let count = 0; count < 12; count += 1) {
    world.web().lose();
    const [before, lost] = [world.webs.length, world.clock.now()];
    while (world.webs.length === before) world.clock.advance(0.05);
    waits.push(world.clock.now() - lost);
    world.web().open();
    world.web().tell(resumed(world, 10));
  }
  assert.ok(waits.at(-1) > 20 && waits[0] < FIRST_WAIT, waits.join());
  world.clock.advance(15); // it lasts
  world.web().lose();
  const before = world.webs.length;
  world.clock.advance(FIRST_WAIT);
  assert.equal(world.webs.length, before + 1);
});

test("what keeps one out is told, and one tries again", () => {
  const world = start();
  world.link.start();
  world.web().open();
  world.web().tell({ error: { code: "full", text: "The server is full." } });
  world.web().lose();
  assert.deepEqual([world.states.at(-1), world.about], ["waiting", "The server is full."]);
  assert.deepEqual(world.heard, []);
  world.clock.advance(FIRST_WAIT);
  assert.equal(world.webs.length, 2);
});

test("what is no JSON ends the connection", () => {
  const world = start();
  world.come();
  world.web().onmessage({ data: "{" });
  assert.equal(world.states.at(-1), "waiting");
});

test("the next page takes the place, with what was not said", () => {
  const storage = new Storage();
  const world = start(storage);
  world.come();
  world.web().lose();
  world.link.queue.add({ do: "say", room: "#lobby", text: "hi" });
  world.link.queue.add({ do: "answer", number: 7, text: "yes" });
  world.link.queue.add({ do: "type", room: "#lobby", line: "/topic tea" });
  world.link.queue.add({ do: "type", room: "#lobby", line: "/msg bob hi" });
  assert.equal(storage.kept.size, 0, "a copy of the tab has no place yet");
  world.place.keep(world.link.unsaid, "");
  const next = start(storage);
  assert.equal(next.place.token, world.place.token);
  assert.equal(storage.kept.size, 0);
  next.link.start();
  next.web().open();
  next.web().tell(resumed(next, 10));
  assert.deepEqual(next.begun, ["resumed"]);
  const said = next.web().sent.filter((each) => ["say", "answer", "type"].includes(each.do));
  assert.deepEqual(said.map(({ text, line }) => text ?? line), ["hi", "yes", "/msg bob hi"], "no commands");
});

test("the back-off grows, with jitter, up to a bound", () => {
  const [least, most] = [new Backoff(() => 0), new Backoff(() => 0.999)];
  assert.equal(least.next(), FIRST_WAIT / 2);
  assert.ok(most.next() < FIRST_WAIT);
  let wait = 0;
  for (let count = 0; count < 50; count += 1) {
    const next = most.next();
    assert.ok(next >= wait && next <= LONGEST_WAIT);
    wait = next;
  }
  most.reset();
  assert.ok(most.next() < FIRST_WAIT);
});
