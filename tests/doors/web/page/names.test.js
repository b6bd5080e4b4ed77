import assert from "node:assert/strict";
import test from "node:test";
import { folded, hue, mentions } from "#page/chat/names.js";

test("names are the same in any case and composition", () => {
  assert.equal(folded("ÄNN"), folded("a\u0308nn"));
  assert.notEqual(folded("ann"), folded("anna"));
});

test("mentions are whole words", () => {
  for (const text of ["ann", "hi ann!", "@ann", "ANN: hi", "see (ann)", "annie ann"]) {
    assert.ok(mentions("ann", text), text);
  }
  for (const text of ["annie", "ann-marie", "ann_", "joann", "", "ánn", "ann\u0301", "1ann"]) {
    assert.ok(!mentions("ann", text), text);
  }
  assert.ok(!mentions("", "anything"));
  assert.ok(mentions("ÄNN", "hallo änn"));
});

test("a name has its hue in any case", () => {
  assert.equal(hue("Ann"), hue("ANN"));
  for (const name of ["a", "漢字", "😀"]) assert.ok(hue(name) >= 0 && hue(name) < 8);
});
