"""Long texts in pieces."""

from __future__ import annotations


def split(text: str, most: int) -> list[str]:
    """A text in pieces, split at blanks if possible, and never inside a character.

    Nothing is lost except the blanks at which it is split.

    most: bytes of a piece in UTF-8; at least 4.
    """
    pieces = []
    start = 0
    # A character has at least one byte. Encoding all of the rest would take minutes for some MiB.
    while len(data := text[start : start + most + 1].encode()) > most:
        piece = data[:most].decode("utf-8", "ignore")
        end = start + len(piece)
        blank = piece.rfind(" ") if text[end] != " " else len(piece)
        if blank > len(piece) // 2:
            pieces.append(piece[:blank])
            start += blank + 1
        else:
            pieces.append(piece)
            start = end
    return [*pieces, text[start:]] if start < len(text) or not pieces else pieces
