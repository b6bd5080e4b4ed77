"""A long way between clients and a server: a proxy that delays what passes, in both directions."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress

IN_ORDER = 1e-6  # seconds between calls, as those of the same time are made in any order


class Delaying:
    """A proxy in a thread of its own, which keeps the order of what passes.

    port: where it listens on 127.0.0.1.

    target: the port of the server on 127.0.0.1; who comes while nobody listens there is sent away.
    seconds: for how long everything is under way; by chance, from half to three halves of that.
    drips: whether bytes arrive one by one.
    """

    def __init__(self, target: int, seconds: float, drips: bool) -> None:
        self._target = target
        self._seconds = seconds
        self._drips = drips
        self._chance = random.Random(1)
        self._is_open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port: int = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if not self._is_open:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        due = 0.0
        with suppress(OSError):
            while data := await reader.read(65536):
                now = self._loop.time()
                for piece in [bytes([byte]) for byte in data] if self._drips else [data]:
                    late = now + self._seconds * self._chance.uniform(0.5, 1.5)
                    due = max(due + IN_ORDER, late)
                    self._loop.call_at(due, writer.write, piece)
        self._loop.call_at(max(due + IN_ORDER, self._loop.time() + self._seconds), writer.close)

    def cuts(self) -> None:
        """End all connections, with what is under way."""
        self._loop.call_soon_threadsafe(self._cut)

    def closes(self) -> None:
        """The same, and let nobody through."""
        self._is_open = False
        self.cuts()

    def opens(self) -> None:
        """Let everybody through again."""
        self._is_open = True

    def _cut(self) -> None:
        writers, self._writers = self._writers, set()
        for writer in writers:
            writer.transport.abort()

    def close(self) -> None:
        """End all, and listen no more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:  # they end with their connections
            await asyncio.wait(others)
