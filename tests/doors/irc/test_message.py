"""The codec: vectors that nobody here wrote, and properties that hold for all messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.irc.codec import message as codec
from chatsvc.doors.irc.codec.message import (
    CLIENT_TAG_BYTES,
    LINE_BYTES,
    Malformed,
    Message,
    NotUtf8,
    TooLong,
    ended,
    escape,
    parse,
    render,
    unescape,
)
from tests.patience import much

DATA = Path(__file__).parent / "data"
TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"))
WORD = TEXT.filter(lambda text: text and text[0] != ":" and " " not in text)
VALUE = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"))
KEY = some.from_regex(r"\A\+?([a-z0-9.-]{1,9}/)?[a-zA-Z0-9-]{1,9}\Z")
MESSAGES = some.builds(
    lambda command, middle, last, tags, source: Message(command, [*middle, last], tags, source),
    some.from_regex(r"\A([A-Z]{1,12}|[0-9]{3})\Z"),
    some.lists(WORD, max_size=14),
    TEXT,
    some.dictionaries(KEY, VALUE, max_size=3),
    some.one_of(some.just(""), WORD),
)


def vectors(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


class VectorTests(SynchronousTestCase):
    def test_messages_are_split(self) -> None:
        for each in vectors("msg-split"):
            atoms = each["atoms"]
            message = parse(each["input"].encode())
            self.assertEqual(message.command, atoms["verb"].upper(), each)
            self.assertEqual(list(message.params), atoms.get("params", []), each)
            self.assertEqual(message.source, atoms.get("source") or "", each)
            self.assertEqual(message.tags, atoms.get("tags") or {}, each)

    def test_messages_are_joined(self) -> None:
        for each in vectors("msg-join"):
            atoms = each["atoms"]
            message = Message(
                atoms["verb"],
                atoms.get("params", []),
                atoms.get("tags") or {},
                atoms.get("source") or "",
            )
            self.assertIn(render(message), each["matches"])


class MessageTests(SynchronousTestCase):
    @pytest.mark.long
    @settings(max_examples=much(30, 100))
    @given(MESSAGES)
    def test_every_message_comes_back(self, message: Message) -> None:
        line = render(message).encode()
        tags, rest = b"", line
        if message.tags:
            tags, _, rest = line.partition(b" ")
        if len(tags) + 1 > CLIENT_TAG_BYTES or len(rest) + 2 > LINE_BYTES:
            self.assertRaises(TooLong, parse, line)
        else:
            self.assertEqual(parse(line), message)

    @given(some.one_of(some.binary(), TEXT.map(str.encode)))
    @example(b"")
    @example(b" ")
    @example(b"@")
    @example(b"@a")
    @example(b"@a ")
    @example(b":")
    @example(b":x")
    @example(b" :x")
    @example(b"@=;; :  :x a")
    @example(b"A " + b"b " * 20 + b":c d")
    def test_any_bytes_are_a_message_or_an_error_with_words(self, line: bytes) -> None:
        try:
            message = parse(line)
        except Malformed as error:
            self.assertTrue(str(error))
        else:
            self.assertEqual(parse(render(message).encode()), message)

    def test_what_is_not_utf_8_says_in_which_command(self) -> None:
        for line, command in (
            (b"privmsg #lobby :caf\xe9", "PRIVMSG"),
            (b":ann PRIVMSG #lobby :\xff", "PRIVMSG"),
            (b"\xff", "*"),
            (b"@a=\xff PING x", "PING"),
        ):
            with self.assertRaises(NotUtf8) as caught:
                parse(line)
            self.assertEqual(caught.exception.command, command)

    def test_lengths_are_those_of_the_specification(self) -> None:
        most = b"A " + b"b" * (LINE_BYTES - 4)
        tags = b"@a=" + b"b" * (CLIENT_TAG_BYTES - 4) + b" "
        self.assertEqual(parse(tags + most).command, "A")
        self.assertRaises(TooLong, parse, most + b"b")
        self.assertRaises(TooLong, parse, tags[:-1] + b"b " + most)

    def test_what_is_beyond_fifteen_parameters_belongs_to_the_last(self) -> None:
        line = " ".join(["A", *map(str, range(1, 20))])
        self.assertEqual(parse(line.encode()).params[-1], "15 16 17 18 19")
        line += " :so it is"
        self.assertEqual(parse(line.encode()).params[-1], "15 16 17 18 19 :so it is")
        for odd in (f"A:b {'x ' * 20}", f"A {'x:y ' * 20}", f"A {'x' + chr(9)} {'y ' * 20} :a"):
            self.assertEqual(len(parse(odd.encode()).params), 15)

    def test_what_cannot_be_written_is_not(self) -> None:
        for params in (["", "a"], [":a", "b"], ["a b", "c"], ["a\nb"], ["a\0"]):
            self.assertRaises(ValueError, render, Message("A", params))

    @given(some.text(some.characters(exclude_categories=["Cs"])))
    def test_every_value_of_a_tag_comes_back(self, value: str) -> None:
        self.assertEqual(unescape(escape(value)), value)


class EndTests(SynchronousTestCase):
    def test_no_text_forges_a_second_line(self) -> None:
        self.assertEqual(ended("PING a\r\nQUIT\0x\n"), "PING a  QUIT x \r\n")

    def test_a_line_without_breaks_is_not_searched_slowly(self) -> None:
        self.patch(codec, "_BREAK", None)
        self.assertEqual(ended("PING a"), "PING a\r\n")
