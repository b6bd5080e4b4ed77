"""Receiving lines, of which one that is too long costs no other."""

from __future__ import annotations

from twisted.protocols.basic import LineReceiver


class BoundedLineReceiver(LineReceiver):
    """Hands out the start of a line that is too long, skips the rest, and goes on with the next."""

    _too_long = b""  # what was received from the start of such a line

    def dataReceived(self, data: bytes) -> None:
        """Take lines out of what was received."""
        super().dataReceived(data)
        # Once a line was too long, LineReceiver looks no further at what it has received.
        while self._too_long:
            rest, self._too_long = self._too_long, b""
            self.setRawMode()
            super().dataReceived(rest)

    def rawDataReceived(self, data: bytes) -> None:
        """Skip the rest of a line that is too long."""
        _, end, rest = data.partition(self.delimiter)
        if end:
            self.setLineMode()
            super().dataReceived(rest)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Hand out the start of a line that is too long: MAX_LENGTH bytes and one more."""
        self._too_long = line
        self.longLineReceived(line[: self.MAX_LENGTH + 1])

    def longLineReceived(self, line: bytes) -> None:
        """A line is too long; this is its start."""
        raise NotImplementedError
