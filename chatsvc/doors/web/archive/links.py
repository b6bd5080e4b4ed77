"""Links: the addresses of web pages in a text become links."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twisted.web.template import tags

if TYPE_CHECKING:
    from twisted.web.template import Tag

MOST_LINKS = 20  # in a text; each takes time
_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"`]+", re.IGNORECASE)
_BEHIND = ".,:;!?'*_~"  # belongs to the sentence, at the end of an address
_BRACKETS = {")": "(", "]": "[", "}": "{"}  # belong to it if they are not opened in the address


def linked(text: str) -> list[str | Tag]:
    """A text whose addresses are links; these tell neither pages nor search engines about ours."""
    pieces: list[str | Tag] = []
    rest = 0  # the offset after the last link
    for found in islice(_ADDRESS.finditer(text), MOST_LINKS):
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
    end = len(address)
    spare = {  # counted once, as an address may be all brackets
        last: address.count(last) - address.count(first) for last, first in _BRACKETS.items()
    }
    while True:
        last = address[end - 1]
        if spare.get(last, 0) > 0:
            spare[last] -= 1
        elif last not in _BEHIND:
            return address[:end]
        end -= 1
