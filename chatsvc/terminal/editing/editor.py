"""The line editor: a text and a cursor, with the keys of Emacs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from itertools import islice
from typing import ClassVar

from wcwidth import iter_graphemes

from chatsvc.terminal.editing import motions
from chatsvc.terminal.editing.completion import Completion, completion
from chatsvc.terminal.editing.draft import UNDOS, Draft
from chatsvc.terminal.editing.recall import Recall, Search
from chatsvc.terminal.keys import Key, Paste, Press, Text
from chatsvc.terminal.styles import neutral

TEXT = 16 * 1024  # bytes of UTF-8
KILLS = 20  # texts


class Outcome(Enum):
    """The outcome of pressing a key."""

    DONE = auto()
    REFUSED = auto()  # there was nothing to do, or the text grew too long: ring the bell
    UNUSED = auto()  # the key means nothing here
    ENTERED = auto()  # the text is finished: take() it, or leave it


class Editor:
    """A text and a cursor, which is an index that is never inside a grapheme.

    complete: called with the text before the cursor; returns completions of its last word, the
        likeliest first, each with what follows the word, such as a blank.
    secrets: called with a text; returns the ranges that nobody may read.
    """

    def __init__(
        self,
        complete: Callable[[str], Sequence[str]],
        history: Iterable[str] = (),
        secrets: Callable[[str], Iterable[tuple[int, int]]] = lambda text: (),
    ) -> None:
        self.text = ""
        self.cursor = 0
        self._complete = complete
        self._secrets = secrets
        self._recall = Recall()
        self._kills: deque[str] = deque(maxlen=KILLS)  # the newest last
        self._yanked = 0  # the cursor before the last yank
        self._undos: deque[tuple[str, int]] = deque(maxlen=UNDOS)
        self._doing = ""  # the action of this key, if the next key may continue it
        self._did = ""  # the action of the last key
        self._completion: Completion | None = None
        self._search: Search | None = None  # it is undone as one change
        for text in history:
            self._remember(_lines(text))

    @property
    def history(self) -> list[str]:
        """The texts entered, newest last."""
        return [*self._recall.texts]

    @property
    def shown(self) -> str:
        """The text with a dot for each character of a secret."""
        shown = self.text
        spans = [*self._secrets(shown)]
        first = 0
        for line in shown.split("\n"):
            spans += [(first + start, first + end) for start, end in self._secrets(line)]
            first += len(line) + 1
        for start, end in spans:
            dots = "\n".join(["•" * len(line) for line in shown[start:end].split("\n")])
            shown = shown[:start] + dots + shown[end:]
        return shown

    @property
    def hint(self) -> str:
        """The hint of a search in the history; empty if none is in progress."""
        if (search := self._search) is None:
            return ""
        return f"{'nothing older has it' if search.is_missing else 'search'}: {search.query}"

    @property
    def completion(self) -> Completion | None:
        """The completion in progress, if there are several candidates."""
        return self._completion

    def press(self, press: Press) -> Outcome:
        """Handle a key."""
        before = self.text
        self._did, self._doing = self._doing, ""
        outcome = self._press_in_search(self._search, press) if self._search else None
        outcome = outcome or self._do(press)
        if self.text == before and self._doing != "yank":
            self._doing = ""  # the next change starts a new undo step
        return outcome

    def _do(self, press: Press) -> Outcome:
        if press in (Key("tab"), Key("shift-tab")):
            return self._tab(1 if press == Key("tab") else -1)
        self._completion = None
        match press:
            case Text(text):
                return self._type(_lines(text))
            case Paste(text, dropped):
                # A line that was copied ends in a line feed, which nobody wants to send.
                return Outcome.REFUSED if dropped else self._insert(_lines(text).rstrip("\n"))
            case Key(name) if command := self._COMMANDS.get(_SAME.get(name, name)):
                return command(self) or Outcome.DONE
        return Outcome.UNUSED

    def swap(self, draft: Draft) -> Draft:
        """Switch to another draft; returns the current one."""
        recall = self._recall
        mine = Draft(self.text, self.cursor, recall.recalled, recall.unfinished, self._undos)
        self.text, self.cursor, self._undos = draft.text, draft.cursor, draft.undos
        recall.recalled, recall.unfinished = draft.recalled, draft.unfinished
        self._completion = self._search = None
        self._doing = ""
        return mine

    def take(self, is_kept: bool = True) -> str:
        """Take the text, and leave an empty one; a search or a completion ends.

        is_kept: whether it enters the history.
        """
        text = self.text
        if is_kept:
            self._remember(text)
        self.text, self.cursor = "", 0
        self._recall.recalled = self._completion = self._search = None
        self._undos.clear()
        return text

    # Changes of the text.

    def _replace(self, start: int, end: int, new: str) -> Outcome:
        """Replace a part of the text, and put the cursor after it; all changes are made here."""
        text = self.text[:start] + new + self.text[end:]
        if len(text.encode()) > TEXT:
            return Outcome.REFUSED
        if text != self.text and (not self._doing or self._doing != self._did):
            self._undos.append((self.text, self.cursor))
        self.text = text
        # At the next end of a grapheme, as the new text may combine with the text around it.
        self.cursor = start_of_line = text.rfind("\n", 0, start) + 1
        for grapheme in iter_graphemes(text[start_of_line:]):
            if self.cursor >= start + len(new):
                break
            self.cursor += len(grapheme)
        return Outcome.DONE

    def _insert(self, text: str) -> Outcome:
        return self._replace(self.cursor, self.cursor, text)

    def _type(self, text: str) -> Outcome:
        """Insert typed text; undo takes it back by words."""
        self._doing = "type"
        if text[:1].isspace():
            self._did = ""
        return self._insert(text)

    def _delete_to(self, motion: motions.Motion) -> Outcome:
        self._doing = "delete"
        start, end = sorted((self.cursor, motion(self.text, self.cursor)))
        return self._replace(start, end, "")

    def _delete_right(self) -> Outcome:
        """Delete; without a text, ctrl-d is the end of the input, which the caller handles."""
        return self._delete_to(motions.right) if self.text else Outcome.UNUSED

    def _kill_to(self, motion: motions.Motion) -> Outcome:
        """Kill a part of the text; successive kills are yanked together."""
        other = motion(self.text, self.cursor)
        start, end = sorted((self.cursor, other))
        if start < end:
            self._doing = "kill"
            killed = self.text[start:end]
            if self._did == "kill":
                last = self._kills.pop()
                killed = killed + last if other < self.cursor else last + killed
            self._kills.append(killed)
        return self._replace(start, end, "")

    def _yank(self) -> Outcome:
        if not self._kills:
            return Outcome.REFUSED
        self._doing = "yank"
        self._yanked = self.cursor
        return self._insert(self._kills[-1])

    def _yank_pop(self) -> Outcome:
        if self._did != "yank":
            return Outcome.REFUSED
        self._doing = "yank"
        self._kills.rotate(1)
        return self._replace(self._yanked, self.cursor, self._kills[-1])

    def _transpose(self) -> Outcome:
        """Swap the graphemes around the cursor; at the end of a line, the two before it."""
        start, end = (
            motions.line_start(self.text, self.cursor),
            motions.line_end(self.text, self.cursor),
        )
        before = list(iter_graphemes(self.text[start : self.cursor]))
        after = list(iter_graphemes(self.text[self.cursor : end]))
        if not after and before:
            after = [before.pop()]
        if not before:
            return Outcome.REFUSED
        place = start + sum(map(len, before[:-1]))
        pair = after[0] + before[-1]
        return self._replace(place, place + len(pair), pair)

    def _convert(self, case: Callable[[str], str]) -> Outcome:
        """Change the case of the rest of a word."""
        end = motions.word_right(self.text, self.cursor)
        return self._replace(self.cursor, end, case(self.text[self.cursor : end]))

    def _undo(self) -> Outcome:
        if not self._undos:
            return Outcome.REFUSED
        self.text, self.cursor = self._undos.pop()
        return Outcome.DONE

    # Lines of the text and of the history.

    def _up(self) -> Outcome:
        start = motions.line_start(self.text, self.cursor)
        if start:
            self._go_in_line(self.text.rfind("\n", 0, start - 1) + 1)
            return Outcome.DONE
        return self._show(self._recall.older(self.text))

    def _down(self) -> Outcome:
        end = motions.line_end(self.text, self.cursor)
        if end < len(self.text):
            self._go_in_line(end + 1)
            return Outcome.DONE
        return self._show(self._recall.newer())

    def _go_in_line(self, start: int) -> None:
        """Go to the same column in the line that starts there."""
        column = len(
            list(
                iter_graphemes(self.text[motions.line_start(self.text, self.cursor) : self.cursor])
            )
        )
        self.cursor = start
        line = iter_graphemes(self.text[start : motions.line_end(self.text, start)])
        self.cursor += sum(map(len, islice(line, column)))

    def _show(self, recalled: str | None) -> Outcome:
        """Show a text in place of this one; None for none."""
        if recalled is None:
            return Outcome.REFUSED
        return self._replace(0, len(self.text), recalled)

    def _remember(self, text: str) -> None:
        if len(text.encode()) <= TEXT:
            self._recall.add(text)

    # The search.

    def _begin_search(self) -> None:
        self._undos.append((self.text, self.cursor))
        self._search = Search(self.history)

    def _press_in_search(self, search: Search, press: Press) -> Outcome | None:
        """Continue the search; any other key ends it and is then handled."""
        match press:
            case Text(text):
                return self._show_found(search.lengthen(_lines(text)))
            case Key("backspace"):
                return self._show_found(search.shorten())
            case Key("ctrl-r"):
                return self._show_found(search.older())
            case Key("enter"):
                self._search = None
                return Outcome.DONE
            case Key("ctrl-g" | "escape"):
                self._search = None
                return self._undo()
        self._search = None
        return None

    def _show_found(self, found: str | None) -> Outcome:
        if found is not None:
            self._did = self._doing = "search"
        return self._show(found)

    # The completion.

    def _tab(self, step: int) -> Outcome:
        """Complete as far as all candidates agree; then go through them one by one."""
        self._doing = "complete"
        begun = self._completion
        if begun is None:
            return self._begin_completion()
        candidate = begun.choose(step)
        outcome = self._replace(begun.start, begun.end, candidate)
        if outcome is Outcome.DONE:
            begun.end = begun.start + len(candidate)
        return outcome

    def _begin_completion(self) -> Outcome:
        found = self._complete(self.text[: self.cursor])
        begun = completion(self.text, self.cursor, found)
        if begun is None:
            return Outcome.REFUSED
        if len(begun.candidates) > 1:
            self._completion = begun
        return self._replace(begun.start, self.cursor, begun.common)

    def _go(self, motion: motions.Motion) -> None:
        self.cursor = motion(self.text, self.cursor)

    _COMMANDS: ClassVar[dict[str, Callable[[Editor], Outcome | None]]] = {
        "enter": lambda self: Outcome.ENTERED,
        "alt-enter": lambda self: self._insert("\n"),
        "left": lambda self: self._go(motions.left),
        "right": lambda self: self._go(motions.right),
        "alt-b": lambda self: self._go(motions.word_left),
        "alt-f": lambda self: self._go(motions.word_right),
        "home": lambda self: self._go(motions.line_start),
        "end": lambda self: self._go(motions.line_end),
        "up": _up,
        "down": _down,
        "backspace": lambda self: self._delete_to(motions.left),
        "delete": lambda self: self._delete_to(motions.right),
        "ctrl-d": _delete_right,
        "ctrl-k": lambda self: self._kill_to(motions.kill_end),
        "ctrl-u": lambda self: self._kill_to(motions.kill_start),
        "ctrl-w": lambda self: self._kill_to(motions.blank_left),
        "alt-d": lambda self: self._kill_to(motions.word_right),
        "alt-backspace": lambda self: self._kill_to(motions.word_left),
        "ctrl-y": _yank,
        "alt-y": _yank_pop,
        "ctrl-t": _transpose,
        "alt-u": lambda self: self._convert(str.upper),
        "alt-l": lambda self: self._convert(str.lower),
        "alt-c": lambda self: self._convert(str.title),
        "ctrl-_": _undo,
        "ctrl-r": _begin_search,
    }


# Other keys for the same actions.
_SAME = {
    "shift-enter": "alt-enter",
    "ctrl-enter": "alt-enter",
    "alt-k": "ctrl-k",
    "ctrl-a": "home",
    "ctrl-e": "end",
    "ctrl-b": "left",
    "ctrl-f": "right",
    "ctrl-left": "alt-b",
    "alt-left": "alt-b",
    "ctrl-right": "alt-f",
    "alt-right": "alt-f",
}


def _lines(text: str) -> str:
    """The text made harmless, with its line feeds."""
    return "\n".join(neutral(line) for line in text.split("\n"))
