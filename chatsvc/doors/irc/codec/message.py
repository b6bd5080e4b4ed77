"""IRC's messages as bytes: parsing and formatting them, without a socket.

The grammar is that of RFC 1459, section 2.3.1, as https://modern.ircdocs.horse/ describes it, with
the tags of IRCv3 (https://ircv3.net/specs/extensions/message-tags).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

END = "\r\n"
LINE_BYTES = 512  # of a message without its tags, with the CR LF
CLIENT_TAG_BYTES = 4096  # of the tags of a client's message, with the @ and the blank
MOST_PARAMS = 15

_COMMAND = re.compile(r"[!-9;-~][!-~]*")  # known or unknown
_BEFORE_LAST = re.compile(f"(?: +[^ ]+){{{MOST_PARAMS}}} +")  # the command is a word, too
_KEY = re.compile(r"\+?(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
_BREAKS = re.compile(b"[\0\r\n]")
_BREAK = re.compile("[\0\r\n]")
_ESCAPED = {";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n"}
_UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_TO_ESCAPE = re.compile(r"[; \\\r\n]")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


class Malformed(ValueError):
    """Bytes that are no message; the text says why."""


class TooLong(Malformed):
    """A message, or its tags, has too many bytes."""


class NotUtf8(Malformed):
    """A message that is not UTF-8.

    command: of the message; * if unknown.
    """

    def __init__(self, command: str) -> None:
        super().__init__("That is not UTF-8.")
        self.command = command


class Message(NamedTuple):
    """One message.

    command: a word in upper case, or three digits.
    params: at most 15; only the last may be empty, contain blanks, or begin with a colon.
    tags: values by key; empty for a tag without a value.
    source: of the message, as nick!user@host; empty for none.
    """

    command: str
    params: Sequence[str] = ()
    tags: Mapping[str, str] = {}
    source: str = ""


def parse(line: bytes) -> Message:
    """The message in a client's line, without the CR LF. Raises Malformed.

    That is TooLong if it is too long, and NotUtf8 if it is not UTF-8.
    """
    if _BREAKS.search(line):
        raise Malformed("A message holds no NUL, CR or LF.")
    tagged, rest = b"", line
    if line[:1] == b"@":
        tagged, _, rest = line[1:].partition(b" ")
        if len(tagged) + 2 > CLIENT_TAG_BYTES:
            raise TooLong(f"Tags have at most {CLIENT_TAG_BYTES} bytes.")
    rest = rest.lstrip(b" ")
    if len(rest) + 2 > LINE_BYTES:
        raise TooLong(f"A message has at most {LINE_BYTES} bytes.")
    try:
        text, tags = rest.decode(), tagged.decode()
    except UnicodeDecodeError:
        raise NotUtf8(_command_in(rest)) from None
    source = ""
    if text[:1] == ":":
        source, _, text = text[1:].partition(" ")
    middle, has_trailing, trailing = f" {text}".partition(" :")
    words = [word for word in middle.split(" ") if word]
    if not words or not _COMMAND.fullmatch(words[0]):
        raise Malformed("A message has a command.")
    command, *params = words
    if has_trailing:
        params.append(trailing)
    if len(params) > MOST_PARAMS:  # the rest belongs to the last
        before = _BEFORE_LAST.match(middle)
        assert before is not None
        behind = middle[before.end() :].rstrip(" ")
        params[MOST_PARAMS - 1 :] = [f"{behind} :{trailing}" if has_trailing else behind]
    return Message(command.upper(), params, tags_of(tags), source)


def label_in(line: bytes) -> str:
    """The label of a client's line, even of one that is no message; empty for none."""
    tagged = line[1:].partition(b" ")[0] if line[:1] == b"@" else b""
    if b"label=" not in tagged or len(tagged) + 2 > CLIENT_TAG_BYTES:
        return ""
    return tags_of(tagged.decode(errors="replace")).get("label", "")


def _command_in(rest: bytes) -> str:
    """The command of a message that cannot be decoded; * if unknown."""
    words = rest.split(b" ")
    word = words[1] if rest[:1] == b":" and len(words) > 1 else words[0]
    text = word.decode("ascii", "replace")
    return text.upper() if _COMMAND.fullmatch(text) else "*"


def tags_of(text: str) -> dict[str, str]:
    """The tags of a message; the last of several with the same key counts.

    Tags with an invalid key are left out.
    """
    tags = {}
    for tag in text.split(";") if text else ():
        key, _, value = tag.partition("=")
        if _KEY.fullmatch(key):
            tags[key] = unescape(value)
    return tags


def render(message: Message) -> str:
    """The line of a message, without its end.

    Raises ValueError if that is impossible: if a parameter before the last is empty, contains a
    blank, or begins with a colon; or if anything contains a NUL, CR or LF.
    """
    parts = []
    if message.tags:
        parts.append(tagged(message.tags))
    if message.source:
        parts.append(f":{message.source}")
    parts.append(message.command)
    if message.params:
        *middle, last = message.params
        for param in middle:
            if not param or param[0] == ":" or " " in param:
                raise ValueError(f"{param!r} can only be the last parameter.")
        parts += middle
        is_plain = last and last[0] != ":" and " " not in last
        parts.append(last if is_plain else f":{last}")
    line = " ".join(parts)
    if "\r" in line or "\n" in line or "\0" in line:
        raise ValueError("A message holds no NUL, CR or LF.")
    return line


def ended(line: str) -> str:
    """A line with its end; blanks replace a NUL, CR or LF, so that no text forges a second line."""
    if "\n" in line or "\r" in line or "\0" in line:  # a search for any takes ten times as long
        line = _BREAK.sub(" ", line)
    return line + END


def tagged(tags: Mapping[str, str]) -> str:
    """Tags as they precede a message, without the blank."""
    return "@" + ";".join(
        [f"{key}={escape(value)}" if value else key for key, value in tags.items()]
    )


def replying(entry_id: int) -> str:
    """The tags of a message that answers another, as they are written; empty for none."""
    return f"+reply={entry_id};+draft/reply={entry_id}" if entry_id else ""


def with_tag(line: str, tag: str) -> str:
    """A line with another tag, as it is written; a line in a batch stays as it is."""
    if line.startswith("@batch="):
        return line
    return f"@{tag};{line[1:]}" if line[:1] == "@" else f"@{tag} {line}"


def escape(value: str) -> str:
    """The value of a tag as it is written."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], value)


def unescape(value: str) -> str:
    """The value of a written one; a meaningless backslash is left out."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), value)
