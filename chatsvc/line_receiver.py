"""Receiving lines, of which an overlong one does not disturb the others."""

from __future__ import annotations

from typing import Any

from twisted.protocols.basic import LineReceiver


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
        delimiter, longest = self.delimiter, self.MAX_LENGTH
        try:
            while self._buffer and not self.paused:
                line, end, rest = self._buffer.partition(delimiter)
                if self._is_skipping:
                    self._buffer = rest
                    self._is_skipping = not end
                    self.long_line_skipped(len(line))
                elif len(line) > longest:
                    self._is_skipping = True
                    self.longLineReceived(line[: longest + 1])
                elif end:
                    self._buffer = rest
                    self.lineReceived(line)
                else:
                    break
                if self.transport and self.transport.disconnecting:
                    break
        finally:
            self._busyReceiving = False

    def longLineReceived(self, line: bytes) -> None:
        """Handle the start of an overlong line: MAX_LENGTH bytes and one more."""
        raise NotImplementedError

    def long_line_skipped(self, size: int) -> None:
        """Handle the end of a piece of an overlong line; the first one is from its start on.

        size: in bytes.
        """
