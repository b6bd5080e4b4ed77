"""Threads, which the chat has not: an answer begins with a line that quotes what it answers."""

from __future__ import annotations

QUOTED = 60  # characters
MOST = 100_000  # threads remembered; the oldest are forgotten first


class Threads:
    """The beginnings of threads, by their ids."""

    def __init__(self) -> None:
        self._quotes: dict[str, str] = {}

    def begin(self, thread: str, speaker: str, text: str) -> None:
        """Note the message with which a thread begins."""
        self._quotes[thread] = quote(speaker, text)
        if len(self._quotes) > MOST:
            del self._quotes[next(iter(self._quotes))]

    def answer(self, thread: str, text: str) -> str:
        """The text of an answer, with a line before it if it is known what it answers."""
        quoted = self._quotes.get(thread)
        return f"{quoted}\n{text}" if quoted and text else text


def quote(speaker: str, text: str) -> str:
    """A line that quotes the beginning of a message."""
    line = text.partition("\n")[0]
    return f"> {speaker}: {line[:QUOTED]}{'…' if len(line) > QUOTED or line != text else ''}"
