"""Names: comparing them, their characters, and mentions in a text."""

from __future__ import annotations

import re
import unicodedata
from unicodedata import normalize

from chatsvc.errors import ChatError

SHORTEST = 2  # characters in NFC, as are all below
LONGEST = 32
MOST_NORMALIZED = 4 * LONGEST + 2  # characters that may be a name, or a room's, once in NFC
# What commands take where the name of somebody could stand.
KEYWORDS = ACCOUNT, ADDRESS, SERVER = ("account", "address", "server")
HOOK = "[hook]"  # ends the names of hooks; nobody can choose a name with brackets
ADMINISTRATOR = "admin:"  # begins the names of administrators; nobody can choose one with a colon
MARKS = 2  # combining characters in a row; a pile of them covers the lines around


class BadName(ChatError):
    """A name that nobody can choose."""


def folded(name: str) -> str:
    """The form in which two spellings of a person's or room's name are equal.

    By canonical caseless matching (the Unicode Standard, section 3.13, D145). It is for comparing,
    not for showing.
    """
    if not name.isascii():
        decomposed = unicodedata.normalize("NFD", name[:MOST_NORMALIZED])
        return unicodedata.normalize("NFC", decomposed.casefold())
    lower = name.lower()
    return name if name == lower else lower  # saves a string for most people


def mentions(name: str, text: str) -> bool:
    """Whether a text mentions a name, as a whole word.

    All characters of names belong to words, so neither "ann-marie" nor "ann_" mentions ann.
    """
    wanted = folded(name)
    said = text.casefold()  # not normalised, which takes quadratic time
    for form in (wanted, unicodedata.normalize("NFD", wanted)) if wanted else ():
        start = said.find(form)
        while start >= 0:
            end = start + len(form)
            if not any(map(is_allowed, said[max(start - 1, 0) : start] + said[end : end + 1])):
                return True
            start = said.find(form, start + 1)
    return False


def is_hook(name: str) -> bool:
    """Whether a name is a hook's."""
    return name.endswith(HOOK)


def is_administrator(name: str) -> bool:
    """Whether a name is of somebody who administers the server from outside."""
    return name.startswith(ADMINISTRATOR)


def check_characters(name: str) -> None:
    """Check the characters of a name. Raises BadName."""
    marks = 0  # that may still follow
    for character in name:
        kind = unicodedata.category(character)
        if not is_allowed(character) or _BLANK.match(character):
            what = unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
            raise BadName(f'A name is made of letters, digits, "-" and "_": no {what}.')
        if kind[0] != "M":
            marks = MARKS if kind[0] == "L" else 0
        elif marks:
            marks -= 1
        else:
            raise BadName(f"Accents and the like come after a letter, {MARKS} at most.")
    if name[0] in "-_":
        raise BadName("A name begins with a letter or a digit.")


def is_allowed(character: str) -> bool:
    """Whether a character is allowed in a name."""
    kind = unicodedata.category(character)
    return kind[0] == "L" or kind in ("Nd", "Mn", "Mc") or character in "-_"


# The letters and marks that show nothing (Default_Ignorable_Code_Point in Unicode's
# DerivedCoreProperties.txt); isprintable() is true of them.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


ROOM_NAME_LENGTH = 32


def room_name(name: str) -> str:
    """The name of a room in NFC, with its #. Raises ChatError."""
    word = normalize("NFC", name[1 : 2 * ROOM_NAME_LENGTH])
    if not 1 <= len(word) <= ROOM_NAME_LENGTH:
        raise ChatError(f"The name of a room is # and then 1 to {ROOM_NAME_LENGTH} characters.")
    check_characters(word)
    return f"#{word}"
