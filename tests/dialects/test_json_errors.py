"""JSON lines: what is refused, and whatever else a program may send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.command.command import commands
from chatsvc.dialects.requests import MOST_LINES, Malformed, parsed
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.text.safe import clean
from tests.dialects.test_json_lines import JsonTestCase
from tests.harness import reported
from tests.patience import much

ANYTHING = st.characters(categories=None, exclude_categories=())  # surrogates, too
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(ANYTHING)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(ANYTHING), inner),
)  # fmt: skip
FEW = st.sampled_from(["", ":", "::", ':"', 1, [":"], {"a": 1}, {":": ":"}])


class ParserTests(SynchronousTestCase):
    def test_no_object_has_a_field_twice(self) -> None:
        for line in (
            '{"do": "users", "do": "users"}',
            '{"do": "users", "d\\u006f": "users"}',
            '{"do": "bc", "text": "a:b", "text": "c"}',
            '{"do": "bc", "text": "c", "text": "a:b"}',
            '{"do": "bc", "text": ":", "text": "\\u003a\\u003a"}',
            '{"do": "bc", "text\\u003a": "a", "text:": "b"}',
            '{"do": "users", "why": {"a": 1, "a": 1}}',
            '{"do": "users", "why": [{}, {"": [], "": []}]}',
            ' {"do": "users", "do": "users"}',
        ):
            with self.assertRaisesRegex(Malformed, "the same field twice"):
                parsed(line.encode())

    @given(st.lists(st.tuples(st.sampled_from(["a", "a:", ":", ""]), FEW), max_size=4))
    def test_however_many_colons_its_texts_have(self, fields: list[tuple[str, Any]]) -> None:
        pairs = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields]
        line = f"{{{', '.join(pairs)}}}".encode()
        if len(dict(fields)) < len(fields):
            self.assertRaises(Malformed, parsed, line)
        else:
            self.assertEqual(parsed(line), dict(fields))

    @pytest.mark.long
    @settings(max_examples=much(20, 100))
    @given(st.dictionaries(st.text(ANYTHING), JSON))
    def test_all_other_objects_are_read(self, fields: dict[str, Any]) -> None:
        for before, after in (("", ""), (" ", "\r"), ("\ufeff", " ")):
            line = before + json.dumps(fields, allow_nan=False) + after
            self.assertEqual(parsed(line.encode()), fields)


class ErrorTests(JsonTestCase):
    def error(self, line: str | bytes) -> dict[str, Any]:
        """What Bob is told of one line; it is valid."""
        data = line.encode() if isinstance(line, str) else line
        self.bob.sends(data + b"\n")
        [told] = self.told(self.bob)
        found: dict[str, Any] = told["error"]
        return found

    def test_lines_that_are_no_objects(self) -> None:
        for line in (
            b"hello", b'{"do": "users"', b"[]", b"7", b"null", b'"users"', b"\xff\xfe{}",
            b'{"do": "\xff"}', b"[" * 5000, b'{"a": ' * 1000, b"NaN", b"1" * 5000,
            b'{"do": "users", "do": "bc"}', b'{"do": "users", "why": {"a": 1, "a": 1}}',
            b'{"do": "ping", "seen": NaN}', b'{"do": "ping", "why": [-Infinity]}',
            b'{"do": "ping", "seen": %s}' % (b"9" * 101),
            b'{"do": "history", "what": -%s}' % (b"9" * 5000),
        ):  # fmt: skip
            self.assertEqual(self.error(line)["code"], "malformed", line)
        self.assertEqual(
            self.error(b'{"a": 1, "a": 2}')["text"],
            "That line has an object with the same field twice.",
        )

    def test_one_that_is_nested_as_deeply_as_a_line_can_be_is_no_bug(self) -> None:
        line = b'{"do": "ping", "nonce": "n", "why": %s}' % (b"[" * 4000 + b"]" * 4000)
        self.bob.sends(line + b"\n")
        [told] = self.told(self.bob)  # from Python 3.13 on, it can be read
        self.assertIn(told.get("event") or told["error"]["code"], ("done", "malformed"))

    def test_no_text_holds_half_of_a_surrogate_pair(self) -> None:
        allowed = [
            name
            for name, each in commands().items()
            if each.who != "people" and not each.for_operators
        ]
        for name in allowed:
            for parameter in commands()[name].parameters:
                for half in ("\ud800", "x\udfff", "\udc00\ud800"):
                    asked = {"do": name, parameter.field: half, "nonce": "1"}
                    if parameter.is_room:
                        asked[parameter.field] = f"#{half}"
                    error = self.error(json.dumps(asked))
                    self.assertEqual(error["code"], "misused", asked)
                    self.assertEqual(
                        (error["field"], error["nonce"]), (parameter.field, "1"), asked
                    )
        for person in (self.ann, self.cat):
            self.assertEqual(person.hears(), [])

    def test_the_field_is_named(self) -> None:
        for asked, field in (
            ({}, "do"),
            ({"do": 7}, "do"),
            ({"do": ["users"]}, "do"),
            ({"do": "userz"}, "do"),
            ({"do": "time", "state": "on"}, "do"),
            ({"do": "say", "room": "#lobby"}, "text"),
            ({"do": "say", "room": "#lobby", "text": " \u001b[2J "}, "text"),
            ({"do": "say", "room": "#lobby", "text": ["hi"]}, "text"),
            ({"do": "say", "room": "#lobby", "text": True}, "text"),
            ({"do": "say", "room": "lobby", "text": "hi"}, "room"),
            ({"do": "say", "text": "hi"}, "room"),
            ({"do": "say", "room": "#lobby", "text": "x\n" * MOST_LINES + "x"}, "text"),
            ({"do": "persist", "state": "perhaps"}, "state"),
            ({"do": "ping", "seen": 1.5}, "seen"),
            ({"do": "ping", "seen": 1e300}, "seen"),
            ({"do": "ping", "seen": True}, "seen"),
            ({"do": "resume", "token": ["x"]}, "token"),
            ({"do": "resume", "token": "\ud800"}, "token"),
            ({"do": "users", "nonce": 7}, "nonce"),
            ({"do": "users", "nonce": "\x00"}, "nonce"),
            ({"do": "users", "nonce": {}}, "nonce"),
            ({"do": "users", "nonce": "x" * 65}, "nonce"),
            ({"do": "users", "nonce": "\ud800"}, "nonce"),  # which a store cannot keep
            ({"do": "\ud800"}, "do"),
        ):
            error = self.error(json.dumps(asked))
            self.assertEqual((error["code"], error["field"]), ("misused", field), asked)

    def test_it_says_what_was_asked(self) -> None:
        error = self.error('{"do": "dm", "username": "nobody", "text": "hi", "nonce": "n7"}')
        self.assertEqual(
            error,
            {
                "code": "no-such-user",
                "text": 'User "nobody" is not connected to the server.',
                "nonce": "n7",
            },
        )
        error = self.error('{"do": "who", "room": "#nowhere", "nonce": "n8"}')
        self.assertEqual((error["code"], error["nonce"]), ("no-such-room", "n8"))

    def test_a_store_that_fails(self) -> None:
        class Failing(MemoryStore):
            async def put(self, name: str, value: str | None, version: int) -> None:
                raise StoreError("the disk is full")

        self.begin(store=Failing(1000, 10**6))
        self.asks({"do": "join", "room": "#ops"})
        error = self.error('{"do": "persist", "room": "#ops", "nonce": "p"}')
        self.assertEqual(error["code"], "not-kept")
        self.assertIn("the disk is full", error["text"])

    def test_a_bug(self) -> None:
        logged = self.logged()
        self.patch(self.server.chat.speaking, "say", None)
        error = self.error('{"do": "bc", "text": "hi", "nonce": "b"}')
        self.assertEqual((error["code"], error["nonce"]), ("mistake", "b"))
        self.assertIn(f"A mistake in the server: TypeError ({reported(error['text'])})", logged[0])

    def test_lines_that_are_too_long(self) -> None:
        [told] = self.asks({"do": "bc", "text": "x" * 9000})
        self.assertIn("longer than 8192 bytes", told["text"])


class HostileTests(JsonTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.logged()

    def test_nothing_acts_on_the_terminals_of_others(self) -> None:
        self.asks({"do": "bc", "text": "a\u001b[2Jb\u202ecd\x00e\u2028f\r\ng\u0085h"})
        for person in (self.ann, self.cat):
            self.assertEqual(person.hears(), ["client2: abcde f", "client2: g h"])

    def test_only_what_is_said_has_lines(self) -> None:
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/join #ops")
        self.ann.hears()
        self.asks({"do": "topic", "room": "#ops", "topic": "x\nserver: ann has quit."})
        self.assertEqual(
            self.ann.hears(),
            ["server: client2 has set the topic of #ops: x server: ann has quit."],
        )

    @given(
        JSON | st.floats(),
        st.sampled_from(
            sorted(
                {each.field for one in commands().values() for each in one.parameters}
                | {"do", "nonce", "seen", "why"}
            )
        ),
        st.sampled_from(sorted(set(commands()) - {"quit", "exit"})),
    )
    def test_whatever_stands_in_a_field(self, value: Any, field: str, name: str) -> None:
        self.bob.types(json.dumps({"do": name, "nonce": "n", field: value}))
        self.assertNotEqual(self.told(self.bob), [])
        self.assertEqual([line for line in self.log if "mistake" in line], [])
        self.assertFalse(self.bob.transport.disconnecting)

    @given(st.text(), st.sampled_from(sorted(set(commands()) - {"quit", "exit"})))
    def test_whatever_is_asked_for(self, text: str, name: str) -> None:
        fields = {parameter.field: text for parameter in commands()[name].parameters}
        self.bob.types(json.dumps({"do": name, **fields, "nonce": "n"}))
        self.told(self.bob)
        for person in (self.ann, self.cat):
            for line in person.hears():
                self.assertEqual(clean(line), line)
        self.assertEqual([line for line in self.log if "mistake" in line], [])
        self.assertFalse(self.bob.transport.disconnecting)
