// xterm.js without a window (https://xtermjs.org), for tests: a JSON value a line, each way.
"use strict";
const { Terminal } = require(process.argv[2]);
let terminal;

function cells() {
  const buffer = terminal.buffer.active;
  const rows = [];
  for (let y = 0; y < terminal.rows; y++) {
    const line = buffer.getLine(buffer.viewportY + y);
    const row = [];
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line.getCell(x);
      row.push([cell.getWidth() ? cell.getChars() || " " : "",
        Boolean(cell.isInverse()), Boolean(cell.isBold())]);
    }
    rows.push(row);
  }
  return { rows, cursor: [buffer.cursorY, Math.min(buffer.cursorX, terminal.cols - 1)] };
}

function answer(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { size, is_new, data } = JSON.parse(line);
  if (is_new) {
    if (terminal) terminal.dispose();
    terminal = new Terminal({ cols: size[0], rows: size[1], allowProposedApi: true });
  } else if (size) {
    terminal.resize(...size);
  }
  terminal.write(Buffer.from(data || "", "base64"), () => answer(cells()));
});
