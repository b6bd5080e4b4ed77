"""Receiving lines, of which an overlong one does not disturb the others."""

from __future__ import annotations

from twisted.protocols.basic import LineReceiver


class BoundedLineReceiver(LineReceiver):
    """Hands out the start of an overlong line, skips its rest, and goes on with the next line."""

    _too_long = b""  # the data from the start of such a line

    def __init__(self) -> None:
        # CPython gives instances a common layout, made of the attributes that the first ones get
        # early. An attribute set later, as Twisted does, gives each a dictionary: 350 bytes more.
        self._buffer = b""
        self._busyReceiving = self.paused = False

    def dataReceived(self, data: bytes) -> None:
        """Take lines from the data."""
        super().dataReceived(data)
        # LineReceiver stops at an overlong line, whatever comes after it.
        while self._too_long:
            rest, self._too_long = self._too_long, b""
            self.setRawMode()
            super().dataReceived(rest)

    def rawDataReceived(self, data: bytes) -> None:
        """Skip the rest of an overlong line."""
        _, end, rest = data.partition(self.delimiter)
        if end:
            self.setLineMode()
            super().dataReceived(rest)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Hand out the start of an overlong line: MAX_LENGTH bytes and one more."""
        self._too_long = line
        self.longLineReceived(line[: self.MAX_LENGTH + 1])

    def longLineReceived(self, line: bytes) -> None:
        """Handle the start of an overlong line."""
        raise NotImplementedError
