"""A bot on pydle: says each line of its standard input, and writes down what it hears.

python bot.py PORT NAME PASSWORD ROOM LOG
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import pydle  # type: ignore[import-not-found]  # it is installed where this runs

PORT, NAME, PASSWORD, ROOM, LOG = sys.argv[1:]


class Bot(pydle.Client):  # type: ignore[misc]  # as it is not installed elsewhere
    """The bot."""

    RECONNECT_ON_ERROR = False  # it gives up when the server does not listen yet

    async def on_disconnect(self, expected: bool) -> None:
        """Connect again."""
        await super().on_disconnect(expected)
        while not self.connected:
            await asyncio.sleep(1)
            with suppress(OSError):
                await self.connect("127.0.0.1", int(PORT), tls=False)

    async def on_connect(self) -> None:
        """Go into the room."""
        await super().on_connect()
        await self.join(ROOM)

    async def on_join(self, channel: str, user: str) -> None:
        """Begin the log."""
        await super().on_join(channel, user)
        Path(LOG).touch()

    async def on_message(self, target: str, source: str, message: str) -> None:
        """Write a message down; what it says itself comes back."""
        await super().on_message(target, source, message)
        if target == ROOM:
            with Path(LOG).open("a", encoding="utf-8") as log:
                log.write(f"<{source}> {message}\n")


async def run() -> None:
    """Run the bot."""
    bot = Bot(NAME, sasl_username=NAME, sasl_password=PASSWORD, sasl_identity=NAME)
    await bot.connect("127.0.0.1", int(PORT), tls=False)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await bot.message(ROOM, line.strip())


asyncio.run(run())
