// A bot on irc-framework: says each line of its standard input, and writes down what it hears.
//
//     node bot.js LIBRARY PORT NAME PASSWORD ROOM LOG

"use strict";

const { appendFileSync } = require("fs");
const { createInterface } = require("readline");

const [library, port, nick, password, room, log] = process.argv.slice(2);
const { Client } = require(library);

const bot = new Client({
    host: "127.0.0.1",
    port: Number(port),
    nick,
    account: { account: nick, password },
    auto_reconnect: true,
    auto_reconnect_max_wait: 5000,
    auto_reconnect_max_retries: 100,
    enable_echomessage: true,
});
bot.on("registered", () => bot.join(room));
bot.on("join", () => appendFileSync(log, ""));
bot.on("message", (event) => {
    if (event.target === room) appendFileSync(log, `<${event.nick}> ${event.message}\n`);
});
bot.connect();
createInterface({ input: process.stdin }).on("line", (line) => bot.say(room, line.trim()));
