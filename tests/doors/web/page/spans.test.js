import assert from "node:assert/strict";
import test from "node:test";
import { hrefOf, spans } from "#page/text/spans.js";

const shown = (text, ...about) =>
  spans(text, ...about).map(({ kind, text: part }) => (kind === "text" ? part : [kind, part]));
const links = (text) => spans(text).filter(({ kind }) => kind === "link").map(({ text: part }) => part);

test("links end before what ends the sentence", () => {
  for (const [text, link] of [
    ["see https://example.org.", "https://example.org"],
    ["(https://example.org/a_(b))", "https://example.org/a_(b)"],
    ["https://example.org/?a=b&c=d#e, and", "https://example.org/?a=b&c=d#e"],
    ["“http://example.org/x”!", "http://example.org/x"],
    ["<https://example.org>", "https://example.org"],
    ["mailto:ann@example.org?", "mailto:ann@example.org"],
    ["HTTPS://EXAMPLE.ORG/", "HTTPS://EXAMPLE.ORG/"],
    ["https://münchen.example/straße", "https://münchen.example/straße"],
  ]) {
    assert.deepEqual(links(text), [link], text);
    assert.equal(spans(text).map((span) => span.text).join(""), text);
  }
});

test("what is no safe link stays text", () => {
  for (const text of [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>x</script>", "https://",
    "vbscript:x", "file:///etc/passwd", "ftp://example.org", "xhttps://example.org", "mailto:",
    "https:// example.org", "blob:https://", "http://[", "//example.org",
  ]) {
    assert.deepEqual(spans(text), [{ kind: "text", text }], text);
  }
  for (const text of ["javascript:alert(1)", "https:", "", "x", "java\nscript:x"]) {
    assert.equal(hrefOf(text), null, text);
  }
});

test("two links in a row", () => {
  assert.deepEqual(links("https://a.example https://b.example"), ["https://a.example", "https://b.example"]);
});

test("code is taken as it is", () => {
  assert.deepEqual(shown("run `make https://x.example`!"), ["run ", ["code", "make https://x.example"], "!"]);
  assert.deepEqual(shown("a ` b"), ["a ` b"]);
  assert.deepEqual(shown("see\n```python\na = 1\nb = `2`\n```\nso"), [
    "see\n", ["pre", "a = 1\nb = `2`"], "so",
  ]);
  assert.deepEqual(shown("```x```"), [["pre", "x"]]);
  assert.deepEqual(shown("``````"), ["``````"]);
});

test("mentions and rooms that are there", () => {
  const about = [(name) => name === "ann", (name) => name === "#ops"];
  assert.deepEqual(shown("ann: see #ops, @ann; not #other, annie, ann-marie or x#ops", ...about), [
    ["mention", "ann"], ": see ", ["room", "#ops"], ", ", ["mention", "@ann"],
    "; not #other, annie, ann-marie or x#ops",
  ]);
});

test("a hostile text takes no long time", () => {
  for (const text of ["`".repeat(8000), "https://".repeat(1000), "(".repeat(8000), `https://x/${")".repeat(8000)}`,
    "#".repeat(8000), "```".repeat(2700), "@a".repeat(4000)]) {
    assert.equal(spans(text).map((span) => span.text).join("").length <= text.length, true);
  }
});
