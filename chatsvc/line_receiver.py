"""Receiving lines, of which an overlong one does not disturb the others."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from twisted.protocols.basic import LineReceiver

AT_ONCE = 16  # lines split off together: of what is left over, each was split off in vain


class BoundedLineReceiver(LineReceiver):
    """Hands out the start of an overlong line, skips its rest, and goes on with the next line."""

    transport: Any
    _is_skipping = False  # an overlong line, of which `longLineReceived` was given the start

    def __init__(self) -> None:
        # CPython gives instances a common layout, made of the attributes that the first ones get
        # early. An attribute set later, as Twisted does, gives each a dictionary: 350 bytes more.
        self._buffer = b""
        self._busyReceiving = self.paused = False

    def dataReceived(self, data: bytes) -> None:
        """Take lines from the data.

        LineReceiver's own way stops at an overlong line, whatever comes after it.
        """
        self._buffer += data
        if self._busyReceiving:
            return
        self._busyReceiving = True
        try:
            while self._buffer and not self.paused:
                buffer = self._buffer
                lines = buffer.split(self.delimiter, AT_ONCE)
                if self._is_skipping or len(lines[0]) > self.MAX_LENGTH:
                    self._skip(lines[0])
                elif len(lines) == 1:
                    break
                else:
                    self._buffer = lines.pop()
                    if len(buffer) > self.MAX_LENGTH:  # or else none can be overlong
                        lines = self._before_overlong(lines)
                    taken = self.lines_received(lines)
                    if taken < len(lines):
                        self._put_back(lines[taken:])
                if self.transport and self.transport.disconnecting:
                    break
        finally:
            self._busyReceiving = False

    def _skip(self, line: bytes) -> None:
        """Take the start of an overlong line, or skip a piece of it."""
        if self._is_skipping:
            _, end, self._buffer = self._buffer.partition(self.delimiter)
            self._is_skipping = not end
            self.long_line_skipped(len(line))
        else:
            self._is_skipping = True
            self.longLineReceived(line[: self.MAX_LENGTH + 1])

    def _before_overlong(self, lines: list[bytes]) -> list[bytes]:
        """The lines before the first overlong one, which is put back."""
        short = list(takewhile(lambda line: len(line) <= self.MAX_LENGTH, lines))
        self._put_back(lines[len(short) :])
        return short

    def _put_back(self, lines: list[bytes]) -> None:
        if lines:
            self._buffer = self.delimiter.join([*lines, self._buffer])

    def lines_received(self, lines: list[bytes]) -> int:
        """Handle lines, and return how many were taken before a pause."""
        for number, line in enumerate(lines, 1):
            self.lineReceived(line)
            if self.paused or (self.transport and self.transport.disconnecting):
                return number
        return len(lines)

    def longLineReceived(self, line: bytes) -> None:
        """Handle the start of an overlong line: MAX_LENGTH bytes and one more."""
        raise NotImplementedError

    def long_line_skipped(self, size: int) -> None:
        """Handle the end of a piece of an overlong line; the first one is from its start on.

        size: in bytes.
        """
