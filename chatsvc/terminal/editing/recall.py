"""Recalling what was entered before: text by text, or by a search."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from wcwidth import iter_graphemes

HISTORY = 1000  # texts
QUERY = 200  # characters of what is searched for


class Recall:
    """The history, of which one text may be shown in place of an unfinished one.

    texts: those entered, newest last.
    recalled: the index of the one shown; None for none.
    unfinished: the text from before it was recalled.
    """

    def __init__(self) -> None:
        self.texts: deque[str] = deque(maxlen=HISTORY)
        self.recalled: int | None = None
        self.unfinished = ""

    def add(self, text: str) -> None:
        """Remember a text, unless it is empty or the newest already."""
        if text and not (self.texts and self.texts[-1] == text):
            self.texts.append(text)

    def older(self, shown: str) -> str | None:
        """The text before the one shown; None if there is none."""
        if self.recalled is None:
            self.unfinished = shown
            return self._at(len(self.texts) - 1)
        return self._at(self.recalled - 1)

    def newer(self) -> str | None:
        """The text after the recalled one, at last the unfinished one; None if there is none."""
        return None if self.recalled is None else self._at(self.recalled + 1)

    def _at(self, index: int) -> str | None:
        if index < 0:
            return None
        is_unfinished = index == len(self.texts)
        self.recalled = None if is_unfinished else index
        return self.unfinished if is_unfinished else self.texts[index]


class Search:
    """A backward search in texts, of which the newest is the last.

    query: what is searched for.
    is_missing: whether no older text has the query.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._at = len(texts)  # the index of the match
        self.query = ""
        self.is_missing = False

    def lengthen(self, text: str) -> str | None:
        """The newest text, from the match on, that has a longer query; None if there is none."""
        return self._find(self.query + text, self._at)

    def shorten(self) -> str | None:
        """The newest text that has the query without its end; None if there is none."""
        kept = [*iter_graphemes(self.query)][:-1]
        return self._find("".join(kept), len(self._texts))

    def older(self) -> str | None:
        """The newest text before the match that has the query; None if there is none."""
        return self._find(self.query, self._at - 1)

    def _find(self, query: str, newest: int) -> str | None:
        if len(query) > QUERY:
            return None
        self.query, self.is_missing = query, True
        for index in range(min(newest, len(self._texts) - 1), -1, -1):
            if query in self._texts[index]:
                self._at, self.is_missing = index, False
                return self._texts[index]
        return None
