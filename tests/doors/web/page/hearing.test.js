import assert from "node:assert/strict";
import test from "node:test";
import { Asking } from "#page/chat/asking.js";
import { Chat } from "#page/chat/chat.js";
import { Hearing } from "#page/chat/hearing.js";
import { History, PAGE } from "#page/chat/history.js";
import { Saying } from "#page/chat/saying.js";
import { reactionsIn, textOf } from "#page/chat/rows.js";

const at = "2026-11-23T05:20:11.482Z";

// The chat behind a server that is the test.
function start() {
  const chat = new Chat();
  const asking = new Asking();
  const sent = [];
  const queue = {
    add: (request) => `n${sent.push(request)}`,
    addLast: (request) => `n${sent.push(request)}`,
    open: new Set(),
    readdress: (name, now) => sent.push({ readdressed: [name, now] }),
  };
  asking.link = { queue };
  const world = { chat, asking, sent, alerts: [], said: [], entered: [], marks: [], left: 0 };
  world.hearing = new Hearing({
    chat, asking,
    alert: (talk, row) => world.alerts.push([talk.name, row.text]),
    say: (text) => world.said.push(text),
    entered: (talk) => world.entered.push(talk.name),
    marked: (...mark) => world.marks.push(mark),
  });
  world.saying = new Saying(chat, asking, () => (world.left += 1));
  world.history = new History(chat, asking);
  world.hears = (...events) => {
    for (const each of events) world.hearing.hear(each.error ? each : { at, ...each });
  };
  world.shown = (name) => chat.find(name).rows.map((row) => `${row.from ?? ""}:${textOf(row)}`);
  world.hears({ event: "welcome", name: "ann", rooms: ["#lobby", "#ops"] });
  return world;
}

const said = (id, text, more = {}) => ({ event: "said", id, room: "#ops", from: "bob", text, ...more });

test("rooms stand in the order in which people count, the lobby first", () => {
  const { chat, hears } = start();
  hears(...["#room-10", "#Room-9", "#abc"].map((room) => ({ event: "admitted", room })));
  assert.deepEqual(chat.rooms.map(({ name }) => name), ["#lobby", "#abc", "#ops", "#Room-9", "#room-10"]);
});

test("messages go to their rooms, and count where nobody looks", () => {
  const { chat, hears, shown, alerts } = start();
  hears(said(1, "hi"), said(2, "Ann: look"), said(3, "here", { room: "#lobby" }));
  assert.deepEqual(shown("#ops"), ["bob:hi", "bob:Ann: look"]);
  assert.deepEqual([chat.find("#ops").unread, chat.find("#ops").mentions], [2, 1]);
  assert.deepEqual(alerts, [["#ops", "Ann: look"]]);
  chat.isAttended = () => true;
  hears(said(4, "ann?", { room: "#lobby" }));
  assert.equal(chat.lobby.unread, 0, "somebody looks");
});

test("one's own message replaces what was pending, and is read", () => {
  const { chat, hears, saying, sent, shown } = start();
  chat.look(chat.find("#ops"));
  saying.send("hello there");
  assert.deepEqual(sent, [{ do: "type", room: "#ops", line: "hello there" }]);
  assert.equal(chat.current.pending[0].text, "hello there");
  hears(said(7, "hello there", { from: "ann", nonce: "n1" }));
  assert.deepEqual([chat.current.pending.length, chat.current.unread], [0, 0]);
  assert.deepEqual(shown("#ops"), ["ann:hello there"]);
});

test("one asks to be let in before what is written is sent, unless that is asked first of all", () => {
  const { asking, chat, saying, sent } = start();
  chat.look(chat.approach("#tea"));
  const said = (line) => ({ do: "type", room: "#tea", line });
  const join = { do: "join", room: "#tea" };
  saying.send("one");
  assert.deepEqual(sent, [said("one")]);
  asking.link.hasBegun = true;
  saying.send("two");
  assert.deepEqual(sent, [said("one"), join, said("two")]);
  asking.link.queue.open.add("n2");
  saying.send("three");
  assert.deepEqual(sent, [said("one"), join, said("two"), said("three")]);
});

test("what waits since the last page is shown until it is said", () => {
  const { chat, hears, saying, shown } = start();
  saying.restore({ do: "type", room: "#ops", line: "hello", nonce: "x1" });
  saying.restore({ do: "dm", username: "bob", text: "a\nb", nonce: "x2" });
  saying.restore({ do: "answer", number: 7, text: "yes", nonce: "x4" });
  const pending = (name) => chat.find(name).pending.map(({ text }) => text);
  assert.deepEqual([pending("#ops"), pending("@bob")], [["hello"], ["a\nb"]]);
  hears(said(7, "hello", { from: "ann", nonce: "x1" }));
  assert.deepEqual([pending("#ops"), shown("#ops")], [[], ["ann:hello"]]);
});

test("to join a room where one is leads there", () => {
  const { chat, saying, sent } = start();
  saying.send("/join #OPS");
  assert.deepEqual([chat.current.name, sent], ["#ops", []]);
  chat.open("@bob");
  saying.send("/join @bob");
  assert.deepEqual([chat.current.name, sent.at(-1).line], ["#ops", "/join @bob"]);
});

test("what is refused says why, and can be edited", () => {
  const { chat, hears, saying } = start();
  saying.send("hello");
  hears({ error: { code: "refused", text: "You are muted.", nonce: "n1" } });
  const [row] = chat.current.rows;
  assert.deepEqual([row.kind, row.text, row.draft], ["error", "You are muted.", "hello"]);
  assert.equal(chat.current.pending.length, 0);
});

test("direct messages have a talk for each person, whoever writes", () => {
  const { chat, hears, shown, alerts } = start();
  hears({ event: "direct", id: 1, from: "bob", to: "ann", text: "psst" });
  hears({ event: "queued", id: 2, from: "ann", to: "Bob", text: "yes?" });
  assert.deepEqual(shown("@bob"), ["bob:psst", "ann:yes?"]);
  assert.deepEqual(alerts, [["@bob", "psst"]]);
  hears({ event: "renamed", id: 3, name: "bob", new: "rob" });
  assert.ok(chat.find("@rob") && !chat.find("@bob"));
});

test("several lines are said as one message", () => {
  const { saying, sent, chat } = start();
  saying.send("one\n/login is not done");
  chat.look(chat.open("@bob"));
  saying.send("a\nb");
  saying.send("/me waves");
  assert.deepEqual(sent, [
    { do: "say", room: "#lobby", text: "one\n/login is not done" },
    { do: "dm", username: "bob", text: "a\nb" },
    { do: "type", username: "bob", line: "/me waves" },
  ]);
});

test("the answer of a command stands in one block, without what was secret", () => {
  const { chat, hears, saying } = start();
  saying.send("/whois bob");
  hears({ event: "notice", text: "bob is here.", answers: "n1" }, { event: "notice", text: "  In: #ops", answers: "n1" });
  saying.send("/login ann correct-horse");
  hears({ event: "done", nonce: "n1" }, { error: { code: "refused", text: "No.", nonce: "n2" } });
  const [answer, error] = chat.current.rows;
  assert.deepEqual([answer.kind, answer.title, answer.text], ["answer", "/whois bob", "bob is here.\n  In: #ops"]);
  assert.ok(!JSON.stringify([answer, error]).includes("horse"));
});

test("quit leaves, and two slashes are a message", () => {
  const world = start();
  world.saying.send("/quit now");
  assert.deepEqual([world.left, world.sent.length], [1, 0]);
  world.saying.send("//quit");
  assert.equal(world.chat.current.pending[0].text, "/quit");
});

test("joining a room leads there, with its backlog", () => {
  const { chat, hears, saying, shown } = start();
  saying.goTo("#new");
  hears(
    { event: "admitted", room: "#New", text: "You are in #New.", answers: "n1" },
    { event: "notice", room: "#New", text: "Said last in #New:", answers: "n1" },
    said(3, "old", { room: "#New", recalled: true, answers: "n1" }),
    { event: "done", nonce: "n1" },
  );
  assert.equal(chat.current.name, "#New");
  assert.deepEqual(shown("#new"), ["bob:old"]);
  assert.equal(chat.current.unread, 0);
});

test("screen readers hear what is said here, what is for them elsewhere, and what was sent", () => {
  const { hears, said: heard, saying } = start();
  const here = { room: "#lobby" };
  hears(said(1, "hi", here), said(2, "not for her"), said(3, "ann!"), said(4, "waves", { ...here, event: "acted" }));
  hears({ event: "direct", id: 5, from: "bob", to: "ann", text: "psst" });
  hears(said(6, "👍", { ...here, event: "reacted", reply_to: 1 }), said(7, "👍", { ...here, event: "unreacted", reply_to: 1 }));
  saying.send("yes");
  hears(said(8, "yes", { ...here, from: "ann", nonce: "n1" }), said(9, "of another device", { ...here, from: "ann", nonce: "x1" }));
  assert.deepEqual(heard, [
    "bob: hi", "bob in #ops: ann!", "bob waves", "bob to you: psst", "bob reacts 👍", "bob takes back 👍", "Sent.",
  ]);
});

test("a room that one joins is shown at once, as one that is awaited", () => {
  const { chat, hears, saying, sent } = start();
  saying.send("/join #tea earl-grey");
  assert.deepEqual(sent.at(-1), { do: "join", room: "#tea", key: "earl-grey" });
  const tea = chat.current;
  assert.deepEqual([tea.name, tea.isLeft, tea.isAwaited], ["#tea", true, true]);
  chat.look(chat.lobby);
  hears({ event: "admitted", room: "#Tea", text: "You are in #Tea.", answers: "n1" });
  assert.deepEqual([tea.name, tea.isLeft, tea.isAwaited], ["#Tea", false, false]);
  assert.equal(chat.current, chat.lobby, "one has gone elsewhere meanwhile");
});

test("a room that cannot be asked for, as too much waits, is not awaited", () => {
  const { chat, asking, saying } = start();
  asking.link.queue.add = () => "";
  saying.goTo("#tea");
  assert.ok(!chat.find("#tea").isAwaited);
});

test("a room whose name was written otherwise opens under its own", () => {
  const { chat, hears, saying } = start();
  saying.goTo("#0range");
  hears({ event: "admitted", room: "#orange", text: "You are in #orange.", answers: "n1" });
  assert.deepEqual([chat.current.name, chat.current.isLeft], ["#orange", false]);
  assert.equal(chat.find("#0range"), undefined);
  assert.equal(chat.find("#orange"), chat.current);
});

test("a room that lets one not in says why, and is awaited no longer", () => {
  const { chat, hears, saying, shown } = start();
  saying.goTo("#shut");
  hears({ error: { code: "refused", text: "You need a key.", nonce: "n1" } });
  assert.deepEqual([chat.current.name, chat.current.isLeft, chat.current.isAwaited], ["#shut", true, false]);
  assert.deepEqual(shown("#shut"), [":You need a key."]);
});

test("what is read on another device counts no longer", () => {
  const { chat, hears, marks } = start();
  const ops = chat.find("#ops");
  hears(said(1, "hi", { at: "2026-11-23T05:20:11.000Z" }), said(2, "ann!", { at: "2026-11-23T05:20:12.000Z" }));
  assert.deepEqual([ops.unread, ops.mentions], [2, 1]);
  hears({ event: "marked-read", room: "#ops", until: "2026-11-23T05:20:11.000Z" });
  assert.deepEqual(marks, [["#ops", Date.parse("2026-11-23T05:20:11.000Z")]]);
  ops.wasRead(marks[0][1]);
  assert.deepEqual([ops.unread, ops.mentions], [1, 1]);
  ops.wasRead(Date.parse("2026-11-23T05:20:12.000Z"));
  ops.wasRead(1);
  assert.deepEqual([ops.unread, ops.mentions], [0, 0]);
});

test("a room that one is put out of stays, marked; one that one leaves is closed", () => {
  const { chat, hears, saying } = start();
  hears({ event: "dismissed", room: "#ops", text: "bob has kicked you out of #ops." });
  assert.ok(chat.find("#ops").isLeft);
  hears({ event: "admitted", room: "#ops", text: "You are in #ops." });
  assert.ok(!chat.find("#ops").isLeft);
  saying.close(chat.find("#ops"));
  hears({ event: "dismissed", room: "#ops", text: "You have left #ops.", answers: "n1" });
  assert.equal(chat.find("#ops"), undefined);
});

test("people come, go and change names in the rooms where they are known", () => {
  const { chat, hears, shown } = start();
  chat.find("#ops").list({ names: ["ann", "bob"] });
  hears({ event: "renamed", id: 1, name: "bob", new: "rob" });
  assert.deepEqual([...chat.find("#ops").people.values()].sort(), ["ann", "rob"]);
  hears({ event: "lost", id: 2, name: "rob" });
  assert.deepEqual([...chat.find("#ops").people.values()], ["ann"]);
  assert.deepEqual(shown("#ops"), [":bob is now known as rob.", ":rob lost the connection"]);
  hears({ event: "joined", id: 3, name: "cat" }, { event: "entered", id: 4, room: "#ops", name: "cat" });
  assert.equal(shown("#ops").at(-1), ":rob lost the connection".replace("rob", "cat joined; rob"));
});

test("a removed message, a topic and a new name of a room", () => {
  const { chat, hears, shown } = start();
  hears(
    said(1, "bad words"),
    { event: "redaction", id: 2, room: "#ops", name: "bob", actor: "eve", act: 3, entry: 1 },
    { event: "topic-set", id: 3, room: "#ops", name: "eve", topic: "Be kind" },
    { event: "room-renamed", id: 4, room: "#ops", new: "#office", name: "eve" },
  );
  assert.equal(shown("#office")[0], "bob:This message was removed by eve.");
  assert.equal(chat.find("#office").topic, "Be kind");
  assert.equal(chat.find("#ops"), undefined);
});

test("unknown events with a text are shown, those without are not", () => {
  const { hears, shown } = start();
  hears({ event: "later", text: "Something new." }, { event: "later-still", more: 1 });
  assert.deepEqual(shown("#lobby"), [":Something new."]);
});

test("history comes page by page, until the beginning", () => {
  const { chat, history, hears, sent, shown } = start();
  const ops = chat.find("#ops");
  hears(said(500, "live"));
  history.older(ops);
  history.older(ops);
  assert.deepEqual(sent, [{ do: "history", room: "#ops", what: `${PAGE} before 500` }], "one at a time");
  hears(said(10, "old", { recalled: true, answers: "n1" }), { event: "done", nonce: "n1" });
  assert.deepEqual(shown("#ops"), ["bob:old", "bob:live"]);
  history.older(ops);
  hears({ event: "notice", text: "Nothing more was said in #ops.", answers: "n2" }, { event: "done", nonce: "n2" });
  assert.ok(ops.isAtStart);
});

test("reactions from beyond the window are asked for, and noted as they come", () => {
  const { chat, hears, history, sent } = start();
  const ops = chat.find("#ops");
  const recalled = (id, more = {}) => said(id, `${id}`, { recalled: true, ...more });
  const shown = () => [...reactionsIn(ops.reactions)].map(([id, all]) => [id, ...all.keys()]);
  history.around(ops, 10, () => {});
  const [asked] = sent.slice(-1);
  const nonce = `n${sent.indexOf(asked) + 1}`;
  for (const id of [9, 10, 11]) hears(recalled(id, { answers: nonce }));
  hears({ event: "done", nonce });
  assert.deepEqual(sent.at(-1), { do: "reactions", room: "#ops", what: "9 to 11" });
  const answers = `n${sent.length}`;
  const reaction = { event: "reacted", reply_to: 10, text: "+1" };
  hears(recalled(500, { ...reaction, recalled: true, answers }), { event: "done", nonce: answers });
  assert.deepEqual(shown(), [[10, "+1"]]);
  hears(said(600, "", { ...reaction, text: "late" }), said(601, "", { ...reaction, reply_to: 3 }));
  hears(said(602, "", { ...reaction, event: "unreacted" }));
  assert.deepEqual(shown(), [[10, "late"]]);
  for (let id = 1000; id < 3000; id += 1) hears(said(id, "", { ...reaction, text: `${id}` }));
  assert.equal(ops.later.size, 1000);
  ops.trimOldest(1);
  assert.equal(ops.later.size, 0, "the message is gone");
  history.latestAgain(ops);
  assert.deepEqual(shown(), []);
});

test("a message of long ago is asked for when it is answered, once", () => {
  const { chat, hears, history, sent } = start();
  const ops = chat.find("#ops");
  hears(said(800, "known"), said(900, "yes", { reply_to: 12 }));
  history.quote(ops, 800);
  history.quote(ops, 12);
  history.quote(ops, 12);
  assert.deepEqual(sent, [{ do: "history", room: "#ops", what: "1 after 11" }]);
  hears(said(13, "the next", { recalled: true, answers: "n1" }));
  assert.ok(!ops.message(12));
  hears(said(12, "shall we?", { recalled: true, answers: "n1" }), { event: "done", nonce: "n1" });
  assert.equal(ops.message(12).text, "shall we?");
  assert.deepEqual(ops.rows.map(({ id, version }) => [id, version]), [[800, undefined], [900, 1]]);
  ops.remove(12, "removed");
  assert.deepEqual([ops.message(12).text, ops.rows[1].version], ["removed", 2]);
  for (let id = 100; id < 300; id += 1) history.quote(ops, id);
  assert.equal(ops.quoted.size, 100);
});

test("reactions stay when the end of the window is cut off", () => {
  const { chat, hears } = start();
  const ops = chat.find("#ops");
  hears(said(1, "hi"), said(2, "ho"), said(3, "", { event: "reacted", reply_to: 1, text: "+1" }));
  ops.trimNewest(2);
  assert.deepEqual([...reactionsIn(ops.reactions).keys()], [1]);
  ops.goLive();
  assert.equal(ops.later.size, 0);
});

test("around a message, and on to the end again, without a gap", () => {
  const { chat, sent, history, hears, shown } = start();
  const ops = chat.find("#ops");
  hears(said(500, "live"));
  const found = [];
  history.around(ops, 10, (isThere) => found.push(isThere));
  hears(said(10, "old", { recalled: true, answers: "n1" }), { event: "done", nonce: "n1" });
  hears(said(501, "not shown there"));
  assert.deepEqual([found, shown("#ops"), ops.isLive], [[true], ["bob:old"], false]);
  history.newer(ops);
  const answers = `n${sent.length}`;
  hears(
    said(500, "live", { recalled: true, answers }), said(501, "not shown there", { recalled: true, answers }),
    said(502, "meanwhile"), { event: "done", nonce: answers },
  );
  assert.ok(ops.isLive);
  assert.deepEqual(shown("#ops"), ["bob:old", "bob:live", "bob:not shown there", "bob:meanwhile"]);
  history.around(ops, 77, (isThere) => found.push(isThere));
  hears({ error: { code: "refused", text: "Nothing in #ops has the number 77.", nonce: `n${sent.length}` } });
  assert.deepEqual([found, ops.isLive], [[true, false], true]);
});

test("a page that was cut is not the end", () => {
  const { chat, history, hears } = start();
  const ops = chat.find("#ops");
  ops.replace([]);
  history.newer(ops);
  hears({ event: "notice", text: "Of 50 lines, these are the first 8: they are long.", answers: "n1" },
    said(1, "x", { recalled: true, answers: "n1" }), { event: "done", nonce: "n1" });
  assert.ok(!ops.isLive);
});

test("what was said since the last visit is unread", () => {
  const { chat, history, hears } = start();
  const ops = chat.find("#ops");
  const old = (id, text) =>
    said(id, text, { recalled: true, answers: "n1", at: `2026-11-23T05:20:0${id}.000Z` });
  ops.read = Date.parse(old(5).at);
  history.older(ops);
  hears(old(4, "x"), old(5, "x"), old(6, "x"), old(7, "ann!"), { event: "done", nonce: "n1" });
  assert.deepEqual([ops.unread, ops.mentions, ops.newAfter], [2, 1, ops.read]);
});

test("reactions are no rows of their own, and count once for each person until taken back", () => {
  const { chat, hears, shown } = start();
  const reacted = (id, from, more = {}) =>
    said(id, "👍", { event: "reacted", from, reply_to: 1, ...more });
  hears(said(1, "hi"), reacted(2, "cat"), reacted(3, "Cat"), reacted(4, "eve"));
  const talk = chat.find("#ops");
  const names = () => [...(reactionsIn(talk.rows).get(1).get("👍")?.values() ?? [])];
  assert.deepEqual(names(), ["Cat", "eve"]);
  assert.deepEqual([talk.unread, talk.newest], [1, 4]);
  hears(reacted(5, "cat", { event: "unreacted" }), reacted(6, "eve", { event: "unreacted" }));
  assert.deepEqual(names(), []);
  assert.deepEqual(shown("#ops").filter((each) => each[0] !== ":"), ["bob:hi"]);
});

test("what is said next answers the message that was chosen, once", () => {
  const { chat, hears, saying, sent } = start();
  chat.look(chat.find("#ops"));
  hears(said(1, "shall we?"));
  [chat.current.replyTo] = chat.current.rows;
  saying.send("bob: yes");
  saying.send("and no");
  assert.deepEqual(sent, [
    { do: "answer", number: 1, text: "bob: yes" },
    { do: "type", room: "#ops", line: "and no" },
  ]);
  assert.deepEqual(chat.current.pending.map(({ replyTo }) => replyTo), [1, 0]);
});
