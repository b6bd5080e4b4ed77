"""The levels of the log."""

from __future__ import annotations

from twisted.logger import Logger, LogLevel
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.service.log import formats
from chatsvc.service.log.output import Log
from chatsvc.settings import levels


class LevelsTests(SynchronousTestCase):
    def logged(self, text: str, *names: str) -> list[str]:
        """The names and levels of what is logged of one line of each level."""
        found: list[str] = []
        log = Log(-1, formats.as_text)
        log.levels = levels.parsed(text)
        log._write = found.append  # type: ignore[method-assign, assignment]  # in place of a file
        for name in names:
            logger = Logger(name, observer=log)
            for level in LogLevel.iterconstants():
                logger.emit(level, "x")
        return [line.partition("[")[2].partition("]")[0] for line in found]

    def test_of_all(self) -> None:
        self.assertEqual(
            self.logged("warn", "chatsvc.tap", "twisted"),
            [
                f"{name}#{level}"
                for name in ("chatsvc.tap", "twisted")
                for level in ("warn", "error", "critical")
            ],
        )

    def test_of_parts(self) -> None:
        found = self.logged(
            "critical,chatsvc.doors=warn,chatsvc.doors.web=debug",
            "chatsvc.doors.irc.door", "chatsvc.doorsteps", "chatsvc.doors.web.site", "twisted.web",
        )  # fmt: skip
        self.assertEqual(
            found,
            [f"chatsvc.doors.irc.door#{level}" for level in ("warn", "error", "critical")]
            + ["chatsvc.doorsteps#critical"]
            + [f"chatsvc.doors.web.site#{level.name}" for level in LogLevel.iterconstants()]
            + ["twisted.web#critical"],
        )

    def test_of_twisted_with_its_older_parts(self) -> None:
        found = self.logged("twisted=critical", "twisted.web", "log_legacy")
        self.assertEqual(found, ["twisted.web#critical", "log_legacy#critical"])

    def test_without_a_level_of_all(self) -> None:
        found = self.logged(" chatsvc.doors = error ", "chatsvc.doors", "chatsvc.tls")
        self.assertEqual(found[:2], ["chatsvc.doors#error", "chatsvc.doors#critical"])
        self.assertEqual(found[2], "chatsvc.tls#info")

    def test_all_parts_that_there_are(self) -> None:
        for part in ("chatsvc", "chatsvc.tap", "chatsvc.doors.web.request", "twisted.internet"):
            levels.parsed(f"{part}=debug")

    def test_mistakes(self) -> None:
        several = ",".join(f"twisted.x{n}=info" for n in range(levels.MOST_PARTS + 1))
        for text, why in (
            ("loud", "'loud' is none of debug, info, warn, error, critical."),
            ("", "'' is none of debug, info, warn, error, critical."),
            ("info,chatsvc.dors=debug", "there is no part 'chatsvc.dors'."),
            ("chatsvc/../x=debug", "there is no part 'chatsvc/../x'."),
            ("=debug", "there is no part ''."),
            ("os=debug", "there is no part 'os'."),
            ("info,warn", "the level of all is there twice."),
            ("chatsvc.tap=info,chatsvc.tap=warn", "chatsvc.tap is there twice."),
            (several, f"at most {levels.MOST_PARTS} parts can have levels."),
        ):
            error = self.assertRaises(ValueError, levels.parsed, text)
            self.assertTrue(str(error).startswith(why), (text, error))
