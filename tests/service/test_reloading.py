"""What changes while the server runs, and what is said of it."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import cast

from twisted.internet.defer import Deferred, succeed

from chatsvc import tap
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.service.interfaces import own_addresses
from chatsvc.service.log import formats
from chatsvc.service.log.output import Log
from chatsvc.service.options import Options
from chatsvc.service.reloading import Reloading
from chatsvc.settings.limits import LIMITED, limits
from chatsvc.settings.table import SETTINGS
from chatsvc.store import StoreError
from tests.harness import Server
from tests.processes import FolderTestCase

MOST = 1000


class ReloadingTests(FolderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "chatsvc.toml"
        self.changed: dict[str, object] = {}

    def starts(self, text: str = "", *arguments: str) -> None:
        self.file.write_text(text)
        self.options = Options()
        self.options.parent = cast("Options", {"rundir": str(self.folder)})
        self.options.parseOptions(["--store=memory:", *arguments])
        limited = partial(limits, most_users=MOST, own_addresses=own_addresses)
        self.server = Server(**vars(limited(self.options)))
        changes = {
            name: partial(self.changed.__setitem__, name)
            for name in ("motd", "throttle", "auto-join", "log-level", "backlog")
        }
        self.reloading = Reloading(
            self.options, self.server.chat, limited, changes, lambda do: succeed(do())
        )

    def reloads(self, text: str | None = None) -> list[tuple[bool, str]]:
        if text is not None:
            self.file.write_text(text)
        return self.successResultOf(Deferred.fromCoroutine(self.reloading.reload()))

    def test_what_can_change_does_and_is_said_in_words(self) -> None:
        self.starts("[limits]\nbacklog = 5\n[store]\nkeep = '30d'\n")
        said = self.reloads(
            "[server]\noperator = ['ann', 'bob']\n[people]\ninvite-only = true\ngrace = 60\n"
            "[limits]\nmax-users = 10\nbacklog = 7\nthrottle = '5/1'\n[log]\nlog-level = 'warn'\n"
            "[store]\nkeep-size = '10G'\n"
        )
        self.assertEqual(
            said,
            [
                (True, f"{each} now; it was {before}.")
                for each, before in [
                    ("operator is ann, bob", "nothing"),
                    ("invite-only is on", "off"),
                    ("grace is 60", "0"),
                    ("max-users is 10", "nothing"),
                    ("throttle is 5/1", "30/10"),
                    ("backlog is 7", "5"),
                    ("keep is off", "30d"),
                    ("keep-size is 10G", "off"),
                    ("log-level is warn", "info"),
                ]
            ],
        )
        now = self.server.chat.limits
        self.assertEqual(now.operators, {"ann", "bob"})
        self.assertEqual((now.invite_only, now.grace, now.users), (True, 60, 10))
        self.assertEqual((now.backlog, now.keep, now.keep_size), (7, inf, 10 * 2**30))
        self.assertEqual(self.options["grace"], 60)
        self.assertEqual(set(self.changed), {"throttle", "backlog", "log-level"})
        self.assertEqual(self.changed["backlog"], 7)

    def test_what_needs_a_restart_is_named_and_stays(self) -> None:
        self.starts("[doors]\nport = 6000\n", "--history=50")
        text = "[doors]\ninterface = '::1'\n\n[limits]\nhistory = 70\n"
        said = [
            (True, f"{each} until then.")
            for each in [
                "port takes a restart: it is 5000 by default, and stays 6000",
                f"interface takes a restart: it is ::1 in {self.file}:2, and stays nothing",
            ]
        ]
        for _ in range(2):
            self.assertEqual(self.reloads(text), said)
            self.assertEqual((self.options["port"], self.options["interface"]), (6000, None))
            self.assertEqual(self.options.gathered.found["port"].value, 6000)
        self.assertEqual(
            self.reloads("[doors]\nport = 6000\n"), [(True, "the settings are as they were.")]
        )

    def test_rooms(self) -> None:
        self.starts("[rooms.'#old']\n[rooms.'#ops']\nkey = 'a'\ntopic = 'Work.'\n")
        said = self.reloads("[rooms.'#ops']\nkey = 'b'\ntopic = 'Tea.'\n[rooms.'#new']\n")
        self.assertEqual(
            said,
            [
                (True, each)
                for each in [
                    "#new always exists now.",
                    "#old ends like any other room now.",
                    "#ops: key is another now.",
                    "#ops: topic is Tea. now.",
                ]
            ],
        )
        rooms = self.server.chat.rooms
        self.assertEqual((rooms["#ops"].password, rooms["#ops"].topic), ("b", "Tea."))
        self.assertEqual(list(rooms), ["#lobby", "#ops", "#new"])
        rooms["#ops"].is_changing = True
        said = self.reloads("[rooms.'#ops']\nkey = 'c'\n[rooms.'#new']\n")
        complaint = "#ops: Somebody else is changing #ops. Try again."
        self.assertEqual(said, [(True, "#ops: key is another now."), (False, complaint)])

    def test_rooms_that_cannot_be_stored(self) -> None:
        self.starts()

        async def put(*_: object) -> None:
            raise StoreError("disk full")

        text = "[rooms.'#ops']\n"
        patched = self.patch(self.server.store, "put", put)
        [_, failure] = self.reloads(text)
        patched.restore()
        self.assertEqual(failure, (False, "the rooms were not made: disk full."))
        self.assertEqual(self.reloads(text), [(True, "the settings are as they were.")])
        self.assertIn("room/#ops/0", self.server.records())

    def test_rooms_wait_for_the_store(self) -> None:
        self.starts()
        self.server.chat.arrivals.is_open = False
        self.assertEqual(self.reloads("[rooms.'#ops']\n"), [(True, "#ops always exists now.")])
        self.assertNotIn("#ops", self.server.chat.rooms)
        self.assertIn("#ops", self.server.chat.limits.rooms)

    def test_a_wrong_file_keeps_everything_as_it_was(self) -> None:
        self.starts("[limits]\nbacklog = 5\n", f"--config={self.file}")
        before = dict(vars(self.server.chat.limits))
        stay = "the settings stay as they were:"
        for text, *mistakes in [
            (
                "[limits]\nbacklog = 6\nmax-users = 0\n[people]\ngrac = 1\n",
                "3: max-users: '0' is not a number from 1 up.",
                "5: there is no setting grac in [people]; did you mean grace?",
            ),
            ("[limits]\nbacklog = \n", "2: this is not TOML: invalid value, at character 11. "),
            ("[limits]\nmax-users = 1001\n", "2: max-users: at most 1000 people can connect, "),
        ]:
            said = self.reloads(text)
            self.assertEqual([is_one for is_one, _ in said], [False] * len(mistakes))
            for (_, told), mistake in zip(said, mistakes, strict=True):
                self.assertTrue(told.startswith(f"{stay} {self.file}:{mistake}"), told)
            self.assertEqual(vars(self.server.chat.limits), before)
            self.assertEqual(self.changed, {})
        self.file.unlink()
        [(is_one, told)] = self.reloads()
        why = f"{self.file}: cannot read it: No such file or directory."
        self.assertEqual((is_one, told), (False, f"{stay} {why}"))

    def test_options_still_win(self) -> None:
        self.starts("", "--backlog=3")
        self.assertEqual(
            self.reloads("[limits]\nbacklog = 9\n"), [(True, "the settings are as they were.")]
        )
        self.assertEqual(self.server.chat.limits.backlog, 3)

    def test_a_long_value_is_cut_and_cannot_attack_a_terminal(self) -> None:
        self.starts()
        [(_, told)] = self.reloads(f'[server]\nmotd = "\\u001b[31m\\n{"x" * 1000}"\n')
        self.assertTrue(told.isprintable())
        self.assertEqual(told, f"motd is {'x' * 60}... now; it was nothing.")

    def test_nothing_is_said_without_a_file(self) -> None:
        self.starts("[limits]\nbacklog = 5\n")
        self.file.unlink()
        self.assertEqual(self.reloads(), [(True, "backlog is 20 now; it was 5.")])
        self.assertEqual(self.reloads(), [])

    def test_whatever_is_said_to_change_does(self) -> None:
        self.starts()
        irc = IrcFactory(self.server.factory.entrance, "chatsvc", True)
        log = Log(1, formats.as_text)
        changes = tap._changes(self.server.chat, self.server.factory.entrance, irc, log)
        live = {each.name for each in SETTINGS if each.is_live}
        self.assertEqual(live, live & (LIMITED.keys() | changes.keys()))
