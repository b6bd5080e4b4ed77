import assert from "node:assert/strict";
import test from "node:test";
import { MOST_SHOWN, completions } from "#page/text/completion.js";

const known = {
  commands: new Map([["/join", "#room"], ["/joke", ""], ["/me", ""]]),
  names: ["ann", "Anna", "bob"],
  rooms: ["#lobby", "#ops"],
};
const labels = (before, isAsked) => completions(before, known, isAsked).items.map(({ label }) => label);
const texts = (before, isAsked) => completions(before, known, isAsked).items.map(({ text }) => text);

test("commands at the beginning only", () => {
  assert.deepEqual(labels("/jo"), ["/join", "/joke"]);
  assert.deepEqual(labels("see /jo"), []);
  assert.deepEqual(labels("/me"), [], "it is all there");
});

test("names behind an @, or when they are asked for", () => {
  assert.deepEqual(texts("@an"), ["ann: ", "Anna: "]);
  assert.deepEqual(texts("hi @an"), ["ann ", "Anna "]);
  assert.deepEqual(labels("an"), []);
  assert.deepEqual(texts("an", true), ["ann: ", "Anna: "]);
  assert.deepEqual(texts("hi AN", true), ["ann ", "Anna "]);
  assert.deepEqual(labels("", true), [], "Tab goes on to the next field");
  assert.equal(completions("hi an", known, true).start, 3);
});

test("rooms and emoji", () => {
  assert.deepEqual(texts("see #o"), ["#ops "]);
  assert.deepEqual(texts(":tada"), ["🎉 "]);
  assert.deepEqual(labels(":t"), [], "too short");
  assert.deepEqual(labels("at 12:30"), []);
  assert.ok(labels(":ar").length <= MOST_SHOWN);
  assert.match(labels(":hear")[0], /:heart/, "what begins so comes first");
});
