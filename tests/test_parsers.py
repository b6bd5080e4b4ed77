"""Parsers that get anything whatever: they understand it, or say in words why not."""

from __future__ import annotations

import contextlib  # trial takes a `suppress` for its own
import io
import json
from math import isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from chatsvc.admin import protocol
from chatsvc.admin.console.output import Output
from chatsvc.command.command import commands
from chatsvc.doors.irc.verbs.speech.history import time_of
from chatsvc.doors.web.forwarded import Misforwarded, TrustedProxies
from chatsvc.errors import ChatError, Misused
from chatsvc.exchange.names import Names, mapping_of
from chatsvc.exchange.said import Unreadable
from chatsvc.passwords import scram
from chatsvc.settings import kinds
from chatsvc.settings.kind import Kind
from chatsvc.text.names import room_name
from chatsvc.text.spans import moment, span, term
from tests.patience import much

NOW = 1_790_000_000.0
MANY = settings(max_examples=much(100, 1000))
TEXTS = some.text(some.characters(), max_size=60)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | TEXTS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def made_of(*bits: str) -> some.SearchStrategy[str]:
    """Texts that look like what is meant, with anything between."""
    return some.lists(some.sampled_from(bits) | TEXTS, max_size=8).map("".join)


TIMES = made_of(
    "for ", "forever", "1", "2h", "999999", "w", "d", "m", " and ", ",", " ago", "today", "½", "٣",
    "yesterday", "2026-11-22", "14:00", "0000-00-00", "9999-12-31", "24:00", "99:99", " ", "-",
)  # fmt: skip
STAMPS = made_of("2026-11-22", "T", "14:00:00.000", "Z", "9999-12-31", "0001-01-01", "+14:00")
SCRAM = made_of("n,,", "n=", "r=", "p=", "c=biws", ",", "=2C", "=3D", "=", "y,,", "a=x", "m=")
FORWARDED = made_of(
    "for=", '"[::1]:80"', "10.0.0.1", ",", ";", "proto=https", '"', "\\", "[", "]", ":", "_hidden",
    "unknown", " ", "1.2.3.4", "%eth0", "::ffff:1.2.3.4",
)  # fmt: skip
SETTINGS = made_of(
    "tcp:", "unix:", "/x", "5000", "30/10", "off", "on", "1d", "systemd:", "haproxy:", "sqlite:",
    "memory:", ":", "=", "\\", "10.0.0.0/8", "MiB", "k",
)  # fmt: skip


@pytest.mark.long
class ParserTests(SynchronousTestCase):
    @MANY
    @given(TIMES)
    def test_times(self, text: str) -> None:
        for read in (span, lambda text: moment(text, NOW)):
            with contextlib.suppress(Misused):
                self.assertTrue(isfinite(read(text)))
        with contextlib.suppress(Misused):
            found = term(text)
            self.assertTrue(found is None or found[0] > 0)

    @MANY
    @given(STAMPS)
    def test_times_of_irc(self, text: str) -> None:
        with contextlib.suppress(ChatError, ValueError):
            self.assertTrue(isfinite(time_of(text)))

    @MANY
    @given(TEXTS)
    def test_names_of_rooms(self, text: str) -> None:
        with contextlib.suppress(ChatError):
            name = room_name(text)
            self.assertEqual(room_name(name), name)

    @MANY
    @given(TEXTS)
    def test_arguments_of_commands(self, text: str) -> None:
        for command in dict.fromkeys(commands().values()):
            with contextlib.suppress(Misused):
                found = command.parse(text)
                self.assertLessEqual(len(found), max(1, len(command.parameters)))
            spans = command.spans(text)
            self.assertEqual(
                [each for each in spans if not 0 <= each[1] <= each[2] <= len(text)], []
            )

    @MANY
    @given(SCRAM, SCRAM)
    def test_messages_of_scram(self, first: str, last: str) -> None:
        with contextlib.suppress(ValueError):
            _, bare = scram.name_in(first)
            self.assertIsNone(scram.Server(first, bare, scram.decoy(b"salt")).final(last))

    @MANY
    @given(FORWARDED, FORWARDED, FORWARDED)
    def test_headers_of_proxies(self, first: str, second: str, third: str) -> None:
        found = Headers()
        names = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto")
        for name, value in zip(names, (first, second, third), strict=True):
            found.setRawHeaders(name, [value.encode("utf-8", "replace").replace(b"\0", b"")])
        for peer in ("10.0.0.1", None, "1.2.3.4", "fe80::1%eth0"):
            with contextlib.suppress(Misforwarded):
                origin = TrustedProxies(["10.0.0.0/8", "unix", "::1/128"]).origin(peer, found)
                self.assertFalse(origin is not None and origin.host == "127.0.0.1")

    @MANY
    @given(SETTINGS)
    def test_values_of_settings(self, text: str) -> None:
        for kind in vars(kinds).values():
            if isinstance(kind, Kind):
                with contextlib.suppress(ValueError):
                    kind.parse(text)

    @MANY
    @given(made_of("#a", "=", "#b", ",", "ann", "bob", " "))
    def test_mappings_of_names(self, text: str) -> None:
        with contextlib.suppress(Unreadable):
            Names(mapping_of(text))


@pytest.mark.long
class AdministrationTests(SynchronousTestCase):
    """What is asked at the socket, and what a program in place of the server answers."""

    @MANY
    @given(some.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()))
    def test_questions(self, line: bytes) -> None:
        with contextlib.suppress(Misused):
            protocol.asked(line)

    @MANY
    @given(
        some.dictionaries(some.sampled_from(["row", "facts", "line", "values", "shown"]), VALUES)
    )
    def test_answers(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(KeyError):
            item = protocol.item_of(message)
            for as_json in (True, False):
                stream = io.StringIO()
                output = Output(stream, as_json)
                output.show(item)
                output.finish()
                self.assertNotIn("\x1b", stream.getvalue())
