import assert from "node:assert/strict";
import test from "node:test";
import { MOST_WAITING, Queue, WINDOW } from "#page/wire/queue.js";
import { Clock } from "./clock.js";

class Line {
  constructor(most = 8192) {
    this.most = most;
    this.sent = [];
  }

  send(text) {
    if (text.length > this.most) return false;
    this.sent.push(JSON.parse(text));
    return true;
  }

  get texts() {
    return this.sent.map(({ text }) => text);
  }
}

const say = (text) => ({ do: "say", room: "#ops", text });

function start(refused = () => {}) {
  const clock = new Clock();
  const queue = new Queue(clock, refused, "n");
  const line = new Line();
  queue.resume(line, [], "");
  return { clock, queue, line };
}

test("each request has its own nonce, and an answer counts once", () => {
  const { queue, line } = start();
  const nonces = [queue.add(say("a")), queue.add(say("b"))];
  assert.deepEqual(line.sent.map(({ nonce }) => nonce), nonces);
  assert.notEqual(...nonces);
  assert.ok(queue.answer(nonces[0]));
  assert.ok(!queue.answer(nonces[0]));
  assert.equal(queue.length, 1);
});

test("what was not answered is sent again, in order, with the same nonces", () => {
  const { queue, line } = start();
  const nonces = ["a", "b", "c"].map((text) => queue.add(say(text)));
  queue.answer(nonces[0]);
  queue.lose();
  queue.add(say("d"));
  const next = new Line();
  assert.deepEqual(queue.resume(next, [], ""), []);
  queue.send();
  assert.deepEqual(next.texts, ["b", "c", "d"]);
  assert.deepEqual(next.sent.slice(0, 2), line.sent.slice(1));
});

test("what cannot be done twice is not sent again", () => {
  const { queue } = start();
  const ban = queue.add({ do: "type", line: "/ban bob" });
  queue.add({ do: "type", line: "hello" });
  queue.add({ do: "type", line: "/me waves" });
  queue.lose();
  const next = new Line();
  assert.deepEqual(queue.resume(next, [], ""), [ban]);
  queue.send();
  assert.deepEqual(next.sent.map(({ line }) => line), ["hello", "/me waves"]);
});

test("the window and the queue have a bound", () => {
  const { queue, line } = start();
  for (let count = 0; count < MOST_WAITING; count += 1) assert.ok(queue.add(say("x")));
  assert.equal(queue.add(say("one more")), "");
  assert.equal(line.sent.length, WINDOW);
  queue.answer(line.sent[0].nonce);
  queue.send();
  assert.equal(line.sent.length, WINDOW + 1);
});

test("it keeps within the server's pace", () => {
  const { clock, queue, line } = start();
  queue.pace(15, 10); // of which a burst of 10, then 9 a second, are taken
  for (let count = 0; count < 30; count += 1) queue.add(say("x"));
  assert.equal(line.sent.length, 10);
  clock.advance(1);
  assert.equal(line.sent.length, 19);
  clock.advance(60);
  assert.equal(line.sent.length, 30);
});

test("costly requests count as several", () => {
  const { queue, line } = start();
  queue.pace(15, 10);
  for (let count = 0; count < 5; count += 1) queue.add({ do: "history", room: "#ops", what: "1" });
  assert.equal(line.sent.length, 2);
});

test("later requests go first, and are dropped with the connection", () => {
  const { clock, queue, line } = start();
  queue.pace(15, 10);
  for (let count = 0; count < 12; count += 1) queue.add(say("x"));
  const last = queue.addLast({ do: "who", room: "#ops" });
  queue.add(say("y"));
  clock.advance(0.5);
  assert.equal(line.sent.at(-1).text, "y");
  assert.deepEqual(queue.lose(), [last]);
});

test("a request that is too long is refused", () => {
  const refused = [];
  const { clock, queue } = start((nonce) => refused.push(nonce));
  const nonce = queue.add(say("x".repeat(9000)));
  clock.advance(1);
  assert.deepEqual(refused, [nonce]);
});

test("requests wait for the answer of one that goes before them", () => {
  const { queue } = start();
  queue.lose();
  queue.add(say("a"));
  const next = new Line();
  const ping = queue.note({ do: "ping" });
  queue.resume(next, [ping], ping);
  queue.send();
  assert.deepEqual(next.sent.map((each) => each.do), ["ping"]);
  queue.answer(ping);
  queue.send();
  assert.deepEqual(next.sent.map((each) => each.do), ["ping", "say"]);
});

test("messages follow somebody who changes names", () => {
  const { queue } = start();
  queue.lose();
  queue.add({ do: "dm", username: "Ann", text: "hi" });
  queue.readdress("ann", "anna");
  assert.ok(queue.isToSomebody);
  assert.equal([...queue.open.values()][0].username, "anna");
});
