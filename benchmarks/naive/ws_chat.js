// The chat server of tutorials for Node's ws: `send` to everyone (PORT, and the path of ws).
// It speaks what chatsvc does by WebSockets, as far as the load generator needs that.
"use strict";

const { WebSocketServer } = require(process.argv[3]);

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
let id = 0;
let people = 0;

server.on("connection", (client) => {
  const name = `client${++people}`;
  client.send(JSON.stringify({ event: "welcome", name }));
  client.on("message", (data) => {
    const asked = JSON.parse(data);
    if (asked.do !== "say") return;
    const { room, text } = asked;
    const at = new Date().toISOString();
    const said = JSON.stringify({ event: "said", id: ++id, at, room, from: name, text });
    for (const each of server.clients) each.send(said);
  });
});
