"""The formats of the log: each line can be read back."""

from __future__ import annotations

import json
from datetime import datetime
from math import inf, nan
from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from twisted.logger import LogEvent, Logger, LogLevel, globalLogPublisher
from twisted.python import log as older
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatsvc import bugs
from chatsvc.service.log import formats
from chatsvc.text.safe import clean

HOSTILE = (
    'a"b\\',
    "a\r\n2026-11-26T00:00:00+0000 [chatsvc#info] forged",
    "\x1b[2J\x1b]0;x\x07",
    "\u202eevil\u2066",
    "\x85\u2028\u2029\x0b\x0c\x1c",
    "\ud800",
    "{level}{0}{x.__class__}",
    "\x00\x7f",
)
BASE = {
    "log_level": LogLevel.warn,
    "log_namespace": "chatsvc.tap",
    "log_time": 1_800_000_000.25,
}


class Unprintable:
    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


def events(do: Any) -> list[LogEvent]:
    """What is logged meanwhile."""
    found: list[LogEvent] = []
    globalLogPublisher.addObserver(found.append)  # type: ignore[arg-type]  # zope's stubs
    try:
        do()
    finally:
        globalLogPublisher.removeObserver(found.append)  # type: ignore[arg-type]  # as above
    return found


class JsonTests(SynchronousTestCase):
    def read(self, **fields: Any) -> dict[str, Any]:
        """The one line that an event becomes, read back."""
        line = formats.as_json({"log_format": "x{x}", "x": "", **BASE, **fields})
        self.assertEqual(line.splitlines(keepends=True), [line])
        self.assertEqual(clean(line[:-1]), line[:-1])
        line.encode()
        found: dict[str, Any] = json.loads(line)
        for value in found.values():
            self.assertNotIsInstance(value, list | dict)
        return found

    def test_an_event(self) -> None:
        found = self.read(log_format="{name} said {n}.", name="Zo\u00eb", n=3, at=1.5, no=None)
        self.assertEqual(
            found,
            {
                "time": "2027-01-15T08:00:00.250000Z",
                "level": "warn",
                "logger": "chatsvc.tap",
                "message": "Zo\u00eb said 3.",
                "name": "Zo\u00eb",
                "n": 3,
                "at": 1.5,
                "no": None,
                "x": "",
            },
        )
        self.assertEqual(datetime.fromisoformat(found["time"]).timestamp(), 1_800_000_000.25)

    def test_names_are_readable_as_they_stand(self) -> None:
        line = formats.as_json({"log_format": "{x}", "x": "Zo\u00eb \u732b", **BASE})
        self.assertIn("Zo\u00eb \u732b", line)

    def test_what_is_neither_text_nor_number_is_a_text(self) -> None:
        found = self.read(a=[1, 2], b=b"\xff", c=nan, d=inf, e=LogLevel.info, f=Unprintable())
        self.assertEqual(found["a"], "[1, 2]")
        self.assertEqual(found["c"], "nan")
        self.assertIsInstance(found["f"], str)

    def test_hostile_text(self) -> None:
        for text in HOSTILE:
            found = self.read(x=text, name=text)
            self.assertEqual(found["name"], text)
            self.assertEqual(found["message"], f"x{text}".strip())

    @given(some.dictionaries(some.text(), some.text() | some.floats() | some.binary()), some.text())
    def test_whatever_it_has(self, fields: dict[str, Any], text: str) -> None:
        self.read(**{**fields, "log_format": "{x}", "x": f"a{text}b", **BASE})

    def test_an_event_cannot_forge_what_each_line_has(self) -> None:
        found = self.read(time="1", level="x", logger="x", message="x", x="y", traceback="")
        self.assertEqual((found["level"], found["logger"]), ("warn", "chatsvc.tap"))
        self.assertEqual(found["message"], "xy")
        self.assertTrue(found["time"].startswith("2027"))

    def test_bounds(self) -> None:
        names = {f"n{number}": number for number in range(formats.MOST_FIELDS + 30)}
        self.assertLessEqual(len(self.read(**names)), formats.MOST_FIELDS)
        found = self.read(x="x" * 10**6, traceback="t" * 10**6)
        self.assertLessEqual(len(found["message"]), formats.LONGEST_MESSAGE)
        self.assertLessEqual(len(found["traceback"]), formats.LONGEST_MESSAGE)
        self.assertLessEqual(len(found["x"]), formats.LONGEST_FIELD)

    def test_an_event_that_cannot_be_formatted(self) -> None:
        for text in ("{nobody}", "{x.y.z}", "{", "{0}"):
            self.assertIn("Unable to format event", self.read(log_format=text)["message"])

    def test_nothing_to_show(self) -> None:
        self.assertEqual(formats.as_json({"log_level": LogLevel.info}), "")
        self.assertEqual(formats.as_text({"log_level": LogLevel.info}), "")


class FailureTests(SynchronousTestCase):
    """Tracebacks are texts, without what the error says, which may be somebody's message."""

    def failed(self, kind: type[Exception] = KeyError, text: str = "secret words") -> Failure:
        try:
            raise kind(text)
        except kind:
            return Failure()

    def shown(self, do: Any) -> tuple[str, dict[str, Any]]:
        [event] = events(do)
        self.flushLoggedErrors()
        text, line = formats.as_text(event), formats.as_json(event)
        self.assertNotIn("secret", text + line)
        return text, json.loads(line)

    def check(self, text: str, line: dict[str, Any], kind: str) -> None:
        self.assertEqual(line["traceback"].splitlines()[-1], kind)
        self.assertIn("in failed", line["traceback"])
        self.assertIn("\n\t", text)
        self.assertIn("in failed", text)
        self.assertEqual(text.count("in failed"), 1)

    def test_of_a_logger(self) -> None:
        logger = Logger("chatsvc.tap")
        text, line = self.shown(lambda: logger.failure("It broke.", self.failed()))
        self.assertEqual((line["message"], line["level"]), ("It broke.", "critical"))
        self.check(text, line, "builtins.KeyError")

    def test_of_twisteds_older_way(self) -> None:
        text, line = self.shown(lambda: older.err(self.failed(), "It broke."))
        self.assertEqual((line["message"], line["level"]), ("It broke.", "critical"))
        self.check(text, line, "builtins.KeyError")

    def test_what_the_system_says_is_kept(self) -> None:
        def fail() -> Failure:
            try:
                open("/nowhere/at/all")  # noqa: SIM115  # it is not opened
            except OSError:
                return Failure()
            raise AssertionError

        _, line = self.shown(lambda: Logger("chatsvc").failure("It broke.", fail()))
        end = "builtins.FileNotFoundError: No such file or directory"
        self.assertEqual(line["traceback"].splitlines()[-1], end)

    def test_a_bug(self) -> None:
        bugs.sum_up()
        text, line = self.shown(lambda: bugs.log_bug(self.failed().value))
        self.assertTrue(line["message"].startswith("A mistake in the server: KeyError"))
        self.assertIn("in failed", line["traceback"])
        self.assertNotIn("in failed", line["message"])
        self.assertEqual(text.count("in failed"), 1)


class TextTests(SynchronousTestCase):
    def test_an_event(self) -> None:
        text = formats.as_text({"log_format": "{x} said.", "x": "Zo\u00eb", **BASE})
        self.assertRegex(
            text, r"^2027-01-1\dT\d\d:\d\d:00[+-]\d{4} \[chatsvc\.tap#warn\] Zo\u00eb said\.\n$"
        )

    def test_hostile_text(self) -> None:
        for text in HOSTILE:
            lines = formats.as_text({"log_format": "{x}", "x": f"a{text}b", **BASE})
            first, *others = lines.removesuffix("\n").split("\n")
            self.assertIn("[chatsvc.tap#warn] a", first)
            for line in others:
                self.assertEqual(line[:1], "\t")
            one = lines.replace("\n", "").replace("\t", "")
            self.assertEqual(clean(one), one)

    def test_a_bound(self) -> None:
        text = formats.as_text({"log_format": "{x}", "x": "x" * 10**6, **BASE})
        self.assertLess(len(text), formats.LONGEST_MESSAGE + 100)


class JournaldTests(SynchronousTestCase):
    def test_each_line_has_its_level_and_journald_the_time(self) -> None:
        show = formats.for_journald(formats.as_text)
        event = {"log_format": "{x}", "x": "one\ntwo", **BASE}
        self.assertEqual(show(event), "<4>[chatsvc.tap#warn] one\n<4>\ttwo\n")

    def test_json(self) -> None:
        show = formats.for_journald(formats.as_json)
        line = show({"log_format": "{x}", "x": "one\ntwo\x85", **BASE})
        self.assertEqual(line[:3], "<4>")
        self.assertEqual(json.loads(line[3:])["message"], "one\ntwo")
