"""Typed lines: which command each means, whether it looks mistyped, and running it."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unicodedata import normalize

from chatsvc.chat.accounts.passwords import SHORTEST_PASSWORD
from chatsvc.command.command import Command, Who, commands, permitted
from chatsvc.errors import SHOWN, Unsaid
from chatsvc.text.safe import from_what_shows

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

_BYTE_ORDER_MARK = "\ufeff"
_SLASHES = r"/\／＼⁄∕∖⧸⧹﹨╱╲⟋⟍"
# A line that may be a mistyped command: anything that ends in a slash, or only signs; the command's
# name; and the rest.
_LIKE_A_COMMAND = re.compile(
    rf"([\W_]{{0,40}}[{re.escape(_SLASHES)}]\s*|(?:_|[^\w\s]){{0,40}})(\S{{0,40}})\s*(.*)",
    re.DOTALL,
)
_MARKS = frozenset("#@*\"'`“‘«([{<")  # may precede words that are no commands

_TO_ONE_PERSON = ("dm", "reply")  # commands whose message is not for everyone
MOST_SLIPS = 1000  # cached first words

Knows = Callable[[str], bool]


def nobody(name: str) -> bool:
    """No: where no names are known."""
    return False


def meant(line: str, knows: Knows = nobody) -> tuple[str, str]:
    """The command of a typed line, with its slash, and the arguments.

    knows: returns whether somebody of a name is here, or has an account.

    The command is "" if the line is a message. Two slashes begin a message that begins with one.
    Invisible characters before the slash are ignored.

    Raises Unsaid if the line is a mistyped command: any command after another kind of slash; or one
    with private arguments after anything else that may stand for a slash, or after nothing: see
    `_is_private` and `_is_slip`. Also if a later line of a message contains a password or a key.
    """
    if line[:1] == "/":
        text = line
    elif is_ordinary(line):
        return "", line.rstrip()
    else:
        text = from_what_shows(line)
    if text[:1] == "/" != text[1:2]:
        words = text.split(None, 1)
        return words[0], words[1].rstrip() if len(words) > 1 else ""
    if text[:2] != "//" and (near := _near(text, knows)) is not None:
        raise Unsaid(f"/{near[0].names[0]}")
    for later in line.split("\n")[1:]:
        if secrets(later):
            raise Unsaid(later.split()[0])
    if text[:2] == "//":
        return "", text[1:].rstrip()
    return "", line.removeprefix(_BYTE_ORDER_MARK).strip()


def is_ordinary(line: str) -> bool:
    """Whether a line is certainly a message: its first word is no private command, nor a slip."""
    return "\n" not in line and _begins_message(line.partition(" ")[0][:SHOWN])


def check_said(text: str, knows: Knows = nobody) -> None:
    """Check that a text is a message, and no mistyped command. Raises Unsaid."""
    name, _ = meant(text, knows)
    if name:
        raise Unsaid(name[:SHOWN])


def secrets(line: str) -> list[tuple[int, int]]:
    """The ranges of passwords and keys in a typed line.

    A mistyped name counts as the closest name of a command with secrets.
    """
    text = from_what_shows(line.replace("\n", " "))
    found, rest = None, ""
    if text[:1] == "/":
        name, *after = text[1:].split(None, 1) or [""]
        rest = "".join(after)
        found = commands().get(name.casefold()) or _closest(name.casefold(), 0.6)
    elif near := _near(text):
        found, rest = near
    begin = len(line) - len(rest)
    return [
        (begin + start, begin + end)
        for parameter, start, end in (found.spans(rest) if found is not None else ())
        if parameter.is_secret and start < end
    ]


def _near(text: str, knows: Knows = nobody) -> tuple[Command, str] | None:
    """The command that a line without a slash may mean, and its arguments."""
    for wrong in ("", text[:1]) if text[:1].isalnum() else ("",):
        found_like = _LIKE_A_COMMAND.match(text, len(wrong))
        assert found_like is not None
        front, name, rest = found_like.groups()
        name = _folded(name)
        found = commands().get(name)
        if found is not None and front and not wrong and set(front) <= set(_SLASHES):
            return found, rest
        first = (wrong + front)[:1]
        is_behind_something = bool(first) and not first.isalpha() and first not in _MARKS
        if wrong and front and front[-1] in _SLASHES:  # such as m/dm and l/ogin
            is_behind_something = True
        if found is None and name and is_behind_something:
            found = _closest(name, 0.8)
        if found is not None and len(name) > 1 and _is_private(found, rest, is_behind_something):
            return found, rest
        if not (wrong or front) and (bare := _bare(name, rest, knows)) is not None:
            return bare, rest
    return None


def _bare(name: str, rest: str, knows: Knows) -> Command | None:
    """The command that a line means whose slash is missing, and which may be misspelt.

    That is a direct message to a known person; or a line that would be private but for a slip in
    its first word, followed by what looks like a password, a room or a known name.
    """
    words = rest.split(None, 2)
    if name == _TO_ONE_PERSON[0]:
        return commands()[name] if len(words) > 1 and knows(words[0]) else None
    if not 0 < len(words) < 3 or name in commands():
        return None
    found = _slipped(name)
    if found is None or not _is_private(commands()[found], rest, False):
        return None
    looks_secret = len(words[-1]) >= SHORTEST_PASSWORD and not words[-1].isalpha()
    is_addressed = len(words) > 1 and (words[0][0] == "#" or knows(words[0]))
    return commands()[found] if looks_secret or is_addressed else None


@lru_cache(MOST_SLIPS)
def _slipped(name: str) -> str | None:
    """The name of the command with secrets that a word misspells by one slip."""
    return next((each for each in _with_secrets() if _is_slip(name, each)), None)


def _is_slip(typed: str, name: str) -> bool:
    """Whether a word has one letter more, less or other than a name, or two that are swapped."""
    if abs(len(typed) - len(name)) > 1:
        return False
    start = 0
    while typed[start : start + 1] == name[start : start + 1] != "":
        start += 1
    left, right = typed[start:], name[start:]
    is_swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return is_swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


def _is_private(found: Command, rest: str, is_behind_something: bool) -> bool:
    """Whether a text is private as the arguments of a command.

    is_behind_something: whether something stands in place of the slash. If not, there have to be
        exactly as many arguments as the command takes, one of them a password or a key, and a
        room has to begin with its #.
    """
    spans = found.spans(rest)
    given = [parameter for parameter, start, end in spans if start < end]
    if not all(parameter.optional or parameter in given for parameter in found.parameters):
        return False
    has_secret = any(parameter.is_secret for parameter in given)
    if is_behind_something:
        return has_secret or found.names[0] in _TO_ONE_PERSON
    is_exact = given[:1] == [*found.parameters[:1]] and len(rest.split()) == len(given)
    return has_secret and is_exact and not (given[0].is_room and not given[0].names_room(rest))


def _closest(name: str, cutoff: float) -> Command | None:
    """The command with secrets whose name is closest to another."""
    names = _with_secrets()
    if len(name) > 3 * max(map(len, names)):  # none can be close; most messages end here
        return None
    close = get_close_matches(name[:SHOWN], names, 1, cutoff)
    return commands()[close[0]] if close else None


@cache
def _with_secrets() -> tuple[str, ...]:
    """The names of the commands with secrets."""
    known = commands().items()
    return tuple([name for name, each in known if any(one.is_secret for one in each.parameters)])


@cache
def _private() -> frozenset[str]:
    """The names of commands that may be meant without a slash."""
    return frozenset([*_with_secrets(), _TO_ONE_PERSON[0]])


@lru_cache(MOST_SLIPS)
def _begins_message(word: str) -> bool:
    """Whether a line is certainly a message that begins with a word, whatever comes after it."""
    if not (word[:1].isalpha() and word[1:2].isalnum() and word.isprintable()):
        return False
    names = _folded(word), _folded(word[1:])
    return _private().isdisjoint(names) and _slipped(names[0]) is None


def _folded(word: str) -> str:
    """A word as names of commands are compared."""
    return normalize("NFKC", word).casefold()


def do(chat: Chat, session: Session, line: str, who: Who) -> None:
    """Run a typed line: a command, or a message to be said. Raises ChatError."""
    name, rest = meant(line, chat.knows)
    found = permitted(chat, session, name[1:] if name else "here", who)
    found.run(chat, session, found.parse(rest))
