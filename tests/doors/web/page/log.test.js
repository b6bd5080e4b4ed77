import assert from "node:assert/strict";
import test from "node:test";
import { Log } from "#page/view/log.js";

test("in a window without a height the last message stays", () => {
  const rows = [{ id: 1 }, { id: 2 }, { id: 3 }];
  const log = {
    box: { clientHeight: 0 }, list: { firstChild: {} }, chat: { changed() {} },
    elements: new Map(), shown: { isLive: true }, isAtEnd: true,
  };
  for (let number = 0; number < 3; number++) {
    const drawn = Log.prototype.drawn.call(log, rows);
    assert.equal(drawn.at(-1), rows[2]);
    log.elements = new Map(drawn.map((row) => [row, { parentNode: log.list }]));
  }
});
