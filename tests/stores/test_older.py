"""A file of an older version opens with all that is in it.

version3.sqlite was made by the last server whose files had version 3, which was killed in the end.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from twisted.internet.defer import Deferred, execute

from chatsvc.stores.sqlite.store import SqliteStore
from chatsvc.throttle import Throttle
from tests.doors.resume.program import lines
from tests.harness import ChatTestCase, Person, Server

OLD = Path(__file__).with_name("version3.sqlite")
ENDED_AT = 1_795_642_872.0  # by the clock of the server that made it
PASSWORD = "correcthorse"
ANNS_TOKEN = "BuZ8Voo6vEa2Z8k3u-qZf1FTvAnje9dr"
GUESTS_TOKEN = "UPrUGFZ8eQwnikmvN1-m5l1HQMK826nS"
LAST_ID = 34  # that it gave to an event


class AtOnce:
    """Stands in for a thread."""

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def waiting(self) -> int:
        return 0

    def does(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        return execute(work, *args)

    does_jointly = does_urgently = does


def store_in(path: Path) -> SqliteStore:
    """A store that does everything in the thread of the test."""
    store: Any = SqliteStore(str(path), lambda call, *args: call(*args))
    store._writing = store._reading = store._merging = AtOnce()
    return store  # type: ignore[no-any-return]  # a parser gives Any


class OlderTestCase(ChatTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "chat.sqlite")
        shutil.copy(OLD, self.path)
        self.begins()

    def begins(self) -> None:
        self.store = store_in(self.path)
        self.server = Server(
            Throttle.off(),
            store=self.store,
            now=ENDED_AT,
            operators=frozenset(["olga"]),
            plaintext_passwords=True,
        )
        self.patch(self.server.passwords, "is_right", self.is_right)
        file = self.store._file
        while file.in_spare_time() is not None:
            pass
        self.addCleanup(file.close)
        self.addCleanup(self.store._reader.close)
        self.addCleanup(self.store._merger.close)

    async def is_right(self, password: str, hashed: str | None, is_doubtful: bool) -> bool:
        try:
            return PasswordHasher().verify(hashed or "", password)
        except VerifyMismatchError:
            return False

    def comes(self, name: str) -> list[str]:
        """What somebody is told who logs in; as `person` from then on."""
        self.person = self.server.joined_by("10.0.0.1")
        self.person.hears()
        return self.asks(f"/login {name} {PASSWORD}")

    def asks(self, *asked: str) -> list[str]:
        self.person.types(*asked)
        return self.person.hears()

    def resumes(self, token: str, *asked: dict[str, Any]) -> list[dict[str, Any]]:
        program = Person(self.server, self.person.transport.getPeer(), is_new=False)
        resume = {"do": "resume", "token": token, "seen": LAST_ID}
        program.sends(b"/json\n" + lines(resume, *asked))
        return [json.loads(line) for line in program.hears() if line.startswith("{")]


class OlderTests(OlderTestCase):
    def test_it_is_brought_up_to_date_and_a_copy_is_kept(self) -> None:
        copy = self.path.with_name("chat.sqlite.v3-backup")
        for path, version in ((OLD, 3), (copy, 3)):
            with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
                self.assertEqual(database.execute("PRAGMA user_version").fetchone(), (version,))

    def test_what_was_said(self) -> None:
        self.comes("ann")
        told = [line.partition("] ")[2] for line in self.asks("/history", "/history #ops")]
        self.assertEqual(
            told,
            [
                "client4: hello everyone",
                "eve: a guest's words",
                "ann: in the lobby",
                "ann: said with a nonce",
                "#ops ann: first in ops",
                "#ops * ann waves",
                "#ops bob: second in ops",
                '#ops server: What eve said was removed by ann: "rude".',
            ],
        )
        [found] = self.asks("/search nonce by ann")
        self.assertIn("ann: said with a nonce", found)

    def test_what_is_said_now_has_the_account_of_its_speaker(self) -> None:
        self.comes("ann")
        self.asks("hello")
        with closing(sqlite3.connect(self.path)) as database:
            query = "SELECT account, count(*) FROM said WHERE room = '' GROUP BY account ORDER BY 1"
            self.assertEqual(database.execute(query).fetchall(), [("", 4), ("ann", 1)])

    def test_whom_somebody_ignores(self) -> None:
        self.comes("bob")
        self.assertNotIn("guest's words", "".join(self.asks("/history")))
        self.assertEqual(self.asks("/ignore"), ["server: You ignore eve."])

    def test_what_waits(self) -> None:
        told = [line for line in self.comes("bob") if "wrote to you only" in line]
        self.assertEqual(
            [line.partition(": ")[2].split(": ")[-1] for line in told],
            ["one that waits", "another  that waits", "from the operator"],
        )

    def test_rooms_and_who_keeps_order_in_them(self) -> None:
        self.assertIn("server: You are bob.", self.comes("bob"))
        told = "\n".join(self.asks("/log #ops", "/rooms", "/kick #ops client5 bye"))
        for each in (
            "ann made a moderator of bob",
            'ann muted eve for 300d: "noisy"',
            "ann banned mallory",
            'ann removed line 22 of eve: "rude"',
            "#ops (3 here): about the machines",
            "bob has kicked client5 out of #ops (act 5)",
        ):
            self.assertIn(each, told)
        self.assertNotIn("#secret", told)
        self.comes("mallory")
        self.assertIn("banned", "".join(self.asks("/join #ops")))
        self.assertIn("is not the key", "".join(self.asks("/join #secret wrong")))
        self.comes("olga")
        self.assertIn("olga has locked the server", "".join(self.asks("/lockdown for 1m")))

    def test_programs_have_their_places(self) -> None:
        self.person = self.server.joined_by("10.0.0.1")
        again = {"do": "bc", "text": "said with a nonce", "nonce": "n1"}
        resumed, *told = self.resumes(ANNS_TOKEN, again)
        self.assertEqual(resumed["event"], "resumed", resumed)
        self.assertEqual((resumed["name"], resumed["missing"]), ("ann", 0))
        self.assertEqual(resumed["rooms"], ["#lobby", "#ops", "#secret"])
        [repeated] = [each for each in told if each.get("nonce") == "n1"]
        self.assertEqual(repeated["id"], 30)
        resumed, *_ = self.resumes(GUESTS_TOKEN)
        self.assertEqual((resumed["name"], resumed["rooms"]), ("client5", ["#lobby", "#ops"]))

    def test_it_opens_again(self) -> None:
        self.comes("ann")
        self.asks("one more line")
        self.store._file.close()
        self.begins()
        self.comes("ann")
        self.assertIn("one more line", self.asks("/history 1")[0])
