"""Messages of several lines (https://ircv3.net/specs/extensions/multiline)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatsvc.dialects.requests import MOST_LINES

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 4096
MOST_PIECES = 2 * MOST_LINES  # in all lines together
BATCH = "draft/multiline"
CONCAT = "draft/multiline-concat"


class Piece(NamedTuple):
    """One of the messages in which a text is sent.

    goes_on: whether it continues the line of the one before.
    """

    text: str
    goes_on: bool


def joined(pieces: Sequence[Piece]) -> str:
    """The text that is sent in some pieces, with its line ends."""
    return "".join([each.text if each.goes_on else f"\n{each.text}" for each in pieces])[1:]


class Invalid(ValueError):
    """The client has sent no such message.

    code: of the standard reply, with its context.
    """

    def __init__(self, text: str, *code: str) -> None:
        super().__init__(text)
        self.code = code or ("MULTILINE_INVALID",)


class Multiline:
    """A message of several lines that a client is sending.

    target: the recipient.
    label: of the batch; empty for none.
    tags: the client-only tags of the batch, as they are written.
    verb: PRIVMSG or NOTICE; empty until it is known.
    is_refused: whether the client was told that it is wrong; the rest of it is not said, either.
    """

    def __init__(self, target: str, label: str, tags: str) -> None:
        self.target = target
        self.label = label
        self.tags = tags
        self.verb = ""
        self.is_refused = False
        self.pieces: list[Piece] = []
        self._bytes = 0

    def take(self, verb: str, target: str, text: str, goes_on: bool) -> None:
        """Take one of the batch's messages. Raises Invalid."""
        if target.casefold() != self.target.casefold():
            raise Invalid("All lines are for one", "MULTILINE_INVALID_TARGET", self.target, target)
        if self.verb not in ("", verb) or (goes_on and not (text and self.pieces)):
            raise Invalid("That line does not belong there")
        self.verb = verb
        self.pieces.append(Piece(text, goes_on))
        self._bytes += len(text.encode()) + 1
        if self._bytes > MOST_BYTES:
            raise Invalid("That is too long", "MULTILINE_MAX_BYTES", str(MOST_BYTES))
        if len(self.pieces) > MOST_PIECES:
            raise Invalid("Those are too many pieces", "MULTILINE_MAX_LINES", str(MOST_LINES))
        if sum([not piece.goes_on for piece in self.pieces]) > MOST_LINES:
            raise Invalid("Those are too many lines", "MULTILINE_MAX_LINES", str(MOST_LINES))

    def refuse(self) -> None:
        """Take no more, and let go of what there is."""
        self.is_refused = True
        self.pieces.clear()

    @property
    def text(self) -> str:
        """The text, with its line ends. Raises Invalid if it is blank."""
        text = joined(self.pieces)
        if not text.strip():
            raise Invalid("There is nothing in it")
        return text
