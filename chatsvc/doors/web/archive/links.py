"""Links: the addresses of web pages in a text can be followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twisted.web.template import tags

if TYPE_CHECKING:
    from twisted.web.template import Tag

_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"`]+", re.IGNORECASE)
_BEHIND = ".,:;!?'*_~"  # belongs to the sentence, at the end of an address
_BRACKETS = {")": "(", "]": "[", "}": "{"}  # belong to it if they are not opened in the address


def linked(text: str) -> list[str | Tag]:
    """A text whose addresses are links; neither their pages nor search engines learn of ours."""
    pieces: list[str | Tag] = []
    rest = 0  # the offset after the last link
    for found in _ADDRESS.finditer(text):
        address = _without_the_sentence(found[0])
        if _is_complete(address):
            pieces += [text[rest : found.start()], _link(address)]
            rest = found.start() + len(address)
    return [*pieces, text[rest:]]


def _link(address: str) -> Tag:
    return tags.a(address, href=address, rel="nofollow noopener noreferrer ugc")


def _is_complete(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _without_the_sentence(address: str) -> str:
    while True:
        last = address[-1]
        opening = _BRACKETS.get(last)
        is_closed_too_often = opening is not None and address.count(last) > address.count(opening)
        if last not in _BEHIND and not is_closed_too_often:
            return address
        address = address[:-1]
