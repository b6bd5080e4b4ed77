import assert from "node:assert/strict";
import test from "node:test";
import { MOST_FOLLOWED, MOST_ROWS, Talk } from "#page/chat/talk.js";

const row = (id, more = {}) => ({ id, at: id * 1000, kind: "said", from: "bob", text: `${id}`, ...more });
const ids = ({ rows }) => rows.map(({ id }) => id);
const talk = (...given) => {
  const made = new Talk("#ops");
  for (const id of given) made.insert(row(id));
  return made;
};

test("rows stand in the order of their ids, each once, in whatever order they come", () => {
  assert.deepEqual(ids(talk(5, 3, 4, 9, 1, 3, 9, 7)), [1, 3, 4, 5, 7, 9]);
});

test("what has no id stays where it came", () => {
  const { rows } = (() => {
    const made = talk(3);
    made.add(row(0, { kind: "answer" }));
    made.add(row(5));
    made.insert(row(2));
    return made;
  })();
  assert.deepEqual(rows.map(({ id, kind }) => id || kind), [2, 3, "answer", 5]);
});

test("comings and goings in a row share one, and are not doubled", () => {
  const made = talk(1);
  const joined = (id, name, at = id) => row(id, { at, kind: "presence", from: undefined, moves: [{ kind: "joined", name }] });
  for (const [id, name] of [[2, "ann"], [3, "cat"]]) made.add(joined(id, name));
  assert.equal(made.rows.length, 2);
  assert.deepEqual(made.rows[1].moves.map(({ name }) => name), ["ann", "cat"]);
  assert.equal(made.newest, 3);
  made.insert(row(3));
  assert.equal(made.rows.length, 2, "3 is in it already");
  made.add(joined(4, "eve", 3_600_000));
  assert.equal(made.rows.length, 3, "an hour later is another row");
});

test("the window is bounded at either end, and knows what it does not reach", () => {
  const made = talk(...Array(600).keys());
  made.isAtStart = true;
  made.trimOldest(MOST_ROWS);
  assert.deepEqual([made.rows.length, made.isAtStart, made.isLive], [MOST_ROWS, false, true]);
  made.trimNewest(MOST_FOLLOWED);
  assert.deepEqual([made.rows.length, made.isLive], [MOST_FOLLOWED, false]);
  assert.equal(made.add(row(1000)), false, "history has it");
  assert.equal(made.rows.length, MOST_FOLLOWED);
});

test("what comes while history is loaded waits, up to a bound", () => {
  const made = talk(1);
  made.isLive = false;
  made.loading = "newer";
  for (let id = 10; id < 1000; id += 1) made.add(row(id));
  assert.ok(made.waiting.length <= 200);
  made.goLive();
  assert.equal(made.rows[1].id, 10);
  assert.equal(made.waiting.length, 0);
});

test("what comes before one has looked is new", () => {
  const made = talk(1);
  made.insert(row(2));
  made.markUnread(false);
  made.insert(row(3));
  made.markUnread(false);
  assert.deepEqual([made.unread, made.newAfter], [2, 1999]);
});

test("what is new is counted from the first that was not read", () => {
  const made = talk(1, 2);
  made.markRead();
  made.insert(row(3));
  made.markUnread(false);
  made.insert(row(4));
  made.markUnread(true);
  assert.deepEqual([made.unread, made.mentions, made.newAfter], [2, 1, 2000]);
  made.markRead();
  assert.deepEqual([made.unread, made.mentions, made.read], [0, 0, 4000]);
});

test("a removed message is replaced where it stands", () => {
  const made = talk(1, 2, 3);
  made.remove(2, "removed");
  made.remove(99, "removed");
  assert.deepEqual(made.rows.map(({ text }) => text), ["1", "removed", "3"]);
});

test("people are listed with who is away, and with the topic", () => {
  const made = talk();
  made.list({ names: ["ann", "Bob"], more: 7, away: ["Bob"], topic: "tea" });
  assert.deepEqual([...made.people.values()], ["ann", "Bob"]);
  assert.deepEqual([made.more, made.topic], [7, "tea"]);
  assert.deepEqual([...made.away], ["bob"]);
  made.enter("BOB");
  assert.equal(made.away.size, 0);
  assert.ok(made.leave("ANN"));
  assert.ok(!made.leave("ann"));
});

test("a direct message that waited is not shown again from history", () => {
  const made = new Talk("@bob");
  made.insert(row(50, { at: 7, text: "psst" }));
  made.insert(row(7, { text: "psst", at: 7 }));
  made.insert(row(8, { text: "psst" }));
  assert.deepEqual(ids(made), [8, 50]);
});
