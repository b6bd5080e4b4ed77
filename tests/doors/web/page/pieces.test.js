import assert from "node:assert/strict";
import test from "node:test";
import { MOST_BYTES, MOST_LINES, pieces } from "#page/text/pieces.js";

const weight = (text) => new TextEncoder().encode(JSON.stringify(text)).length;

test("short texts are one piece", () => {
  assert.deepEqual(pieces("one\n\ntwo"), ["one\n\ntwo"]);
  assert.deepEqual(pieces(" \n "), []);
});

test("nothing is lost, and every piece fits", () => {
  for (const text of ["x".repeat(20_000), "😀".repeat(6000), "\\\"".repeat(9000), "ab\n".repeat(120).trim(),
    `${"x".repeat(6990)}\n${"y".repeat(30)}`, "\ud800".repeat(4000)]) {
    const found = pieces(text);
    assert.equal(found.join("").replaceAll("\n", ""), text.replaceAll("\n", ""));
    for (const piece of found) {
      assert.ok(weight(piece) <= MOST_BYTES);
      assert.ok(piece.split("\n").length <= MOST_LINES);
      assert.ok(text[0] === "\ud800" || (piece.isWellFormed?.() ?? true), "a character is cut in two");
    }
  }
});
