"""The journal: what an administrator asks for, and no more than the log can take."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.door.flooding import MOST_SLOWED, MUTED_FOR
from chatsvc.service.log import journal as log_journal
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD
from tests.harness import AWHILE, JOURNAL, ChatTestCase

MANUAL = Path(__file__).parent.parent / "docs" / "operating.md"
PREFIX = f" [{log_journal._log.namespace}#warn] "  # as twistd writes it behind the time


class JournalTests(ModerationTestCase):
    def begin(self, **options: Any) -> None:
        super().begin(**options)
        self.lines = self.journal()

    def takes(self) -> list[str]:
        lines = self.lines[:]
        self.lines.clear()
        return lines

    def test_who_comes_and_goes(self) -> None:
        dan = self.server.joined_by("2001:db8::7")
        dan.types("/nick dan", f"/register {PASSWORD}", f"/passwd {PASSWORD} {PASSWORD}2")
        dan.hears()
        dan.types("/logout", f"/login dan {PASSWORD}2", f"/unregister {PASSWORD}2", "secret words")
        dan.hears()
        dan.closes()
        dan.hears()
        self.assertTrue(dan.is_closed())
        address = "2001:db8::/64"
        self.assertEqual(
            self.takes(),
            [
                f"client5 joined from {address}.",
                "client5 is now known as dan.",
                f"dan registered from {address}.",
                f"dan changed the password from {address}.",
                "dan is now known as client5.",
                "client5 is now known as dan.",
                f"dan logged in from {address}.",
                f"dan unregistered from {address}.",
                "dan is now known as client5.",
                "client5 has lost its connection after 1 s (text, lines: 7): closed by the peer",
            ],
        )

    def test_each_connection_has_one_line_at_its_end(self) -> None:
        self.ann.types("one", "two", "/quit secret words")
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        self.bob.drops()
        self.root.types("/kick server client3 secret words")
        self.root.hears()
        self.assertTrue(self.cat.is_closed())
        lines = [line for line in self.takes() if " after " in line]
        self.assertEqual(
            [re.sub(r"\d+ s", "N s", line) for line in lines],
            [
                "ann quit after N s (text, lines: 6).",
                "client2 has lost its connection after N s (text, lines: 1):"
                " Connection to the other side was lost in a non-clean fashion.",
                "The connection of client3 was closed after N s (text, lines: 1):"
                " removed from the server.",
            ],
        )

    def test_a_connection_that_nobody_has_seen_is_a_detail(self) -> None:
        details = self.details(JOURNAL)
        self.server.joined_by("192.0.2.7", is_new=False).drops()
        [line] = details
        unseen = r"^A connection from 192\.0\.2\.7 that nobody has seen ended after 0 s \(text, "
        self.assertRegex(line, unseen)
        for _ in range(log_journal.LINES + 50):
            self.server.joined_by("192.0.2.7", is_new=False).drops()
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(self.takes(), [])

    def test_at_a_shutdown(self) -> None:
        self.server.chat.shut_down(lambda: None)
        self.ann.hears()
        self.assertTrue(self.ann.is_closed())
        [line] = self.takes()
        self.assertRegex(line, r"^The connection of ann was closed .*: the server shuts down\.$")

    def test_wrong_passwords(self) -> None:
        self.bob.types("/login ann secret-word", "/login secret-word ann", f"/login x {PASSWORD}")
        self.bob.hears()
        nobody = "Wrong password from 10.0.0.2 for a name that nobody has."
        wrong = "Wrong password from 10.0.0.2 for ann."
        self.assertEqual(self.takes(), [wrong, nobody, nobody])
        self.bob.types(*["/login ann secret-word"] * 10)
        self.bob.hears()
        too_many = "Too many wrong passwords from 10.0.0.2."
        self.assertEqual(self.takes(), [wrong] * 7 + [too_many] * 3)

    def test_what_keeps_order(self) -> None:
        self.ann.types("/kick client2 go away", "/ban client3 for 1h secret")
        self.ann.hears()
        until = time.localtime(self.server.clock.seconds() + 3600)
        end = time.strftime("%Y-%m-%dT%H:%M%z", until)
        kicked, banned = self.takes()
        self.assertRegex(kicked, r"^ann kicked client2 in #ops \(act \d+\)\.$")
        self.assertRegex(
            banned,
            rf"^ann banned client3 from 10\.0\.0\.3 in #ops until {re.escape(end)} \(act \d+\)\.$",
        )
        self.root.types(
            "/ban server address 192.0.2.0/24",
            "/unban server 192.0.2.0/24",
            "/lockdown for 1h",
            "/lockdown off",
        )
        self.root.hears()
        banned, undone, *locked = self.takes()
        place = "on the whole server"
        self.assertRegex(
            banned, rf"^rooty banned everybody from 192\.0\.2\.0/24 {place} until it is undone"
        )
        what = r"rooty banned everybody from 192\.0\.2\.0/24"
        self.assertRegex(undone, rf"^rooty undid act \d+: {what} {place}\.$")
        self.assertEqual(locked, ["rooty locked the server for 1h.", "rooty ended the lockdown."])

    def test_a_room_has_its_present_name(self) -> None:
        self.ann.types("/rename #ops #sre", "/mute client2")
        self.ann.hears()
        [muted] = self.takes()
        self.assertRegex(muted, r"^ann muted client2 from 10\.0\.0\.2 in #sre until ")

    def test_refusals(self) -> None:
        self.root.types("/ban server address 192.0.2.7", "/ban server account ann")
        self.root.hears()
        self.takes()
        self.server.joined_by("192.0.2.7")
        self.bob.types(f"/login ann {PASSWORD}")
        self.bob.hears()
        connection, login = self.takes()
        refused = r"^Refused connection from 192\.0\.2\.7: banned \(act \d+\)\.$"
        self.assertRegex(connection, refused)
        self.assertRegex(login, r"^Refused login: ann is banned \(act \d+\)\.$")

    def test_a_full_server(self) -> None:
        self.begin(users=5, per_address=2)
        self.server.joined_by("127.0.0.1")
        self.takes()
        self.server.joined_by("192.0.2.7")
        self.server.joined_by("127.0.0.1")
        refused = "Refused connection from 192.0.2.7: the server is full."
        self.assertEqual(self.takes()[0], refused)

    def test_without_addresses(self) -> None:
        self.begin(keep_addresses=0.0)
        self.server.joined_by("192.0.2.7")
        self.bob.types("/login ann secret-word")
        self.bob.hears()
        self.root.types("/ban server address 192.0.2.7", "/ban server client3")
        self.root.hears()
        self.server.joined_by("192.0.2.7")
        lines = self.takes()
        self.assertEqual(lines[:2], ["client5 joined.", "Wrong password for ann."])
        self.assertRegex(lines[2], r"^rooty banned everybody on the whole server")
        self.assertRegex(lines[-1], r"^Refused connection: banned \(act \d+\)\.$")
        self.assertNotRegex("".join(lines), r"192|10\.0")


class FloodTests(ChatTestCase):
    def test_those_who_send_too_fast(self) -> None:
        lines = self.journal()
        for _ in range(MOST_SLOWED + 50):
            self.ann.types("spam")
            self.server.clock.advance(0.1 - 1e-6)
        self.assertEqual(
            [line for line in lines if line.startswith("Flood")],
            [
                "Flood from 10.0.0.1: the lines of client1 are taken more slowly.",
                f"Flood from 10.0.0.1: no lines of client1 are taken for {MUTED_FOR:.0f} seconds.",
            ][: len(lines)],
        )

    def test_many_lines_of_one_kind_are_summed_up(self) -> None:
        self.patch(log_journal, "LINES", 5)
        self.ann, *_ = self.start()
        lines = self.journal()
        for number in range(20):
            self.server.joined_by(f"192.0.2.{number}")
        self.server.clock.advance(AWHILE)
        self.ann.drops()  # another kind
        written = len(lines) - 1
        self.assertLessEqual(written, 5)
        self.assertTrue(lines[-1].startswith("client1 has lost its connection"))
        lines.clear()
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(lines, [f"{20 - written} more lines were left out: joined."])
        lines.clear()
        self.server.joined_by("192.0.2.99")
        self.server.clock.advance(AWHILE)
        self.assertEqual(lines, ["client24 joined from 192.0.2.99."])
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(len(lines), 1)

    def test_bugs_are_logged_once_a_minute(self) -> None:
        logged = self.logged()
        self.patch(self.server.chat.speaking, "say", None)
        self.ann.types(*["hi"] * 25)
        self.ann.hears()
        self.assertEqual(len(logged), 1)
        self.assertIn("A mistake in the server: TypeError", logged[0])
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(len(logged), 2)
        self.assertRegex(
            logged[1], r"^24 more mistakes in the server: TypeError at .+:\d+ \(\w{8}\)$"
        )
        self.server.clock.advance(TIDY_EVERY)
        self.ann.types("hi")
        self.ann.hears()
        self.assertEqual(len(logged), 3)
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual(len(logged), 3)


class HostileTests(ChatTestCase):
    def test_nothing_acts_on_a_terminal_or_forges_a_line(self) -> None:
        lines = self.journal()
        self.server.chat.journal.write(
            "renamed", name="a\x1b[2J\r\nWrong password from 192.0.2.1", new="b\u202ec\x00"
        )
        [line] = lines
        self.assertTrue(line.isprintable(), line)


class BanProgramTests(ChatTestCase):
    """The expression that the manual gives to those who have fail2ban read the log."""

    def setUp(self) -> None:
        [expression] = re.findall(r"^ *failregex = (.+)$", MANUAL.read_text("utf-8"), re.M)
        # As fail2ban has it: an address or a network, and the time taken away.
        network = r"(?P<net>[\d.]+|[\da-f:]+/\d+)"
        self.expression = re.compile(expression.replace("<SUBNET>", network))

    def found(self, line: str) -> str:
        match = self.expression.search(line)
        return match["net"] if match else ""

    def test_what_it_finds(self) -> None:
        for line, net in [
            ("Wrong password from 192.0.2.7 for ann.", "192.0.2.7"),
            ("Wrong password from 2001:db8::/64 for a name that nobody has.", "2001:db8::/64"),
            ("Too many wrong passwords from 192.0.2.7.", "192.0.2.7"),
            ("Wrong password for ann.", ""),
            ("Refused connection from 192.0.2.7: the server is full.", ""),
            ("client1 joined from 192.0.2.7.", ""),
            ("x is now known as Wrong password from 192.0.2.7 for ann.", ""),
        ]:
            self.assertEqual(self.found(PREFIX + line), net, line)
            self.assertEqual(self.found(f"host twistd[7]:{PREFIX}{line}"), net, line)  # journald
            # What belongs to another line, and is not ours, is indented.
            self.assertEqual(self.found(f"\t{PREFIX[1:]}{line}"), "")
            self.assertEqual(self.found(f"host twistd[7]: \t{PREFIX[1:]}{line}"), "")
        self.assertEqual(self.found(" [-] Wrong password from 192.0.2.7 for ann."), "")
