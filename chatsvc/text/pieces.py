"""Long texts in pieces."""

from __future__ import annotations


def split(text: str, most: int) -> list[str]:
    """A text in pieces, split at blanks if possible, and never inside a character.

    Nothing is lost except the blanks at which it is split.

    most: bytes of a piece in UTF-8; at least 4.
    """
    pieces = []
    while len(data := text.encode()) > most:
        piece = data[:most].decode("utf-8", "ignore")
        blank = piece.rfind(" ") if text[len(piece)] != " " else len(piece)
        if blank > len(piece) // 2:
            pieces.append(text[:blank])
            text = text[blank + 1 :]
        else:
            pieces.append(piece)
            text = text[len(piece) :]
    return [*pieces, text] if text or not pieces else pieces
