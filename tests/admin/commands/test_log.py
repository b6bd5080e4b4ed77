"""The log: its last lines, and those to come."""

from __future__ import annotations

from getpass import getuser

from twisted.logger import Logger

from chatsvc.admin.commands.log import LOOK_EVERY
from chatsvc.admin.protocol import question
from chatsvc.admin.server import recent
from tests.admin.asking import AdminTestCase

BY = f"admin:{getuser()}"


class LogTests(AdminTestCase):
    def texts(self, **how: object) -> list[str]:
        return [each["text"] for each in self.facts("log", **how)]

    def test_the_last_lines(self) -> None:
        self.server.joined_by("10.0.0.4").types("/nick dan")
        self.hush()
        self.facts("announce", text="hi")
        self.assertEqual(
            self.texts(last=3),
            [
                "client4 joined from 10.0.0.4.",
                "client4 is now known as dan.",
                f"{BY} ran: announce",
            ],
        )
        self.assertEqual(self.texts(last=1, audit=True), [f"{BY} ran: announce"])
        self.assertEqual(self.texts(last=0), [])
        self.assertEqual(self.texts(last=-1), [])

    def test_what_is_logged_from_now_on(self) -> None:
        asking = self.connects()
        asking.sends(question("log", {"follow": True, "last": 0, "audit": True}))
        self.server.joined_by("10.0.0.4")
        self.facts("announce", text="hi")
        self.server.clock.advance(LOOK_EVERY)
        [line] = asking.answered()
        self.assertEqual(line["values"]["text"], f"{BY} ran: announce")
        self.assertEqual(line["values"]["kind"], "administered")
        self.facts("announce", text="hi")
        asking.ends()
        self.server.clock.advance(LOOK_EVERY)
        self.assertEqual(asking.answered(), [])

    def test_only_so_many_are_kept_and_whoever_is_slow_is_told(self) -> None:
        asking = self.connects()
        asking.sends(question("log", {"follow": True, "last": 0}))
        log = Logger("chatsvc.test")
        for number in range(recent.MOST + 5):
            log.info("{number} " + "x" * 3000, number=number)
        self.assertEqual(len(self.factory.desk.recent._lines), recent.MOST)
        self.server.clock.pump([LOOK_EVERY, *[0.01] * 1000])
        missed, first, *_ = asking.answered()
        self.assertEqual(missed["values"], {"missed": 5})
        self.assertTrue(first["values"]["text"].startswith("5 x"))
        self.assertEqual(len(first["values"]["text"]), recent.LONGEST)

    def test_what_others_log_and_tracebacks_are_left_out(self) -> None:
        Logger("twisted.thing").info("noise")
        Logger("chatsvc.bugs").error("A mistake\x1b[2J\nFile x")
        self.assertEqual(self.texts(last=1), ["A mistake"])
