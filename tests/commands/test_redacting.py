"""What somebody said is removed: everywhere, and everybody can see that it was."""

from __future__ import annotations

import re

from twisted.internet.defer import Deferred

from chatsvc.bugs import spawn
from chatsvc.chat.rooms.roles import Role
from chatsvc.store import StoreError
from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.commands.moderation.order import ModerationTestCase
from tests.commands.test_accounts import PASSWORD
from tests.harness import Person

GONE = 'What client2 said was removed by ann: "spam".'


class RedactTests(ModerationTestCase):
    def says(self, person: Person, text: str) -> str:
        """The number of what somebody says in #ops."""
        self.hush()
        person.types(f"/say #ops {text}")
        self.ann.hears()
        [*_, line] = self.asks(self.ann, "/history #ops 1")
        found = re.match(r"\[(\d+) ", line)
        assert found is not None, line
        return found[1]

    def test_what_a_killed_server_had_noted_only_is_removed_at_its_next_start(self) -> None:
        number = self.says(self.bob, "the secret word")
        kept = self.says(self.bob, "another")
        chat = self.server.chat
        for entry_id in (number, kept):
            facts = (f"line {entry_id} of client2", (f"entry {entry_id}",), "spam", 0.0)
            place = chat.rooms["#ops"].key
            adding = chat.acts.add("redact", place, "ann", Role.OWNER, *facts)
            self.successResultOf(Deferred.fromCoroutine(adding))
        spawn(chat.acts.fail(chat.acts.newest("redact", 1)[0]))  # [The disk was full.]
        self.restart()
        self.ann.types(f"/login ann {PASSWORD}", "/join #ops")
        self.hush()
        history = "\n".join(self.asks(self.ann, "/history #ops"))
        self.assertIn(GONE, history)
        self.assertNotIn("the secret word", history)
        self.assertIn("another", history)

    def test_it_is_gone_for_everybody_who_comes_later(self) -> None:
        number = self.says(self.bob, "the secret word")
        self.cat.stalls()
        self.bob.types("what comes next")
        self.hush()
        self.assertEqual(
            self.asks(self.ann, f"/redact {number} spam"),
            [f'server: ann has removed line {number} of client2 in #ops (act 1): "spam"'],
        )
        self.assertEqual(
            self.bob.hears(),
            [
                f'server: ann has removed line {number} of client2 in #ops (act 1): "spam"',
                'server: What you said in #ops was removed, by ann (act 1): "spam".'
                " If that is wrong, /dm ann.",
            ],
        )
        self.cat.reads()
        self.assertIn("#ops client2: what comes next", self.cat.hears())
        for line in ("/history #ops", "/history #ops around " + number):
            heard = "\n".join(self.asks(self.bob, line))
            self.assertIn(f"#ops server: {GONE}", heard)
            self.assertNotIn("secret", heard)
        self.assertEqual(
            self.asks(self.bob, "/search secret"), ["server: Nothing like that was said."]
        )
        late = self.server.joined_by("10.0.0.9")
        late.types("/join #ops")
        heard = "\n".join(late.hears())
        self.assertIn(GONE, heard)
        self.assertNotIn("secret", heard)
        self.assertEqual(
            self.asks(self.ann, f"/redact {number}"),
            ['server: That was removed already, by ann: "spam".'],
        )
        self.assertIn(f"ann removed line {number} of client2", self.asks(self.ann, "/log #ops")[0])
        self.assertEqual(
            self.asks(self.ann, "/undo 1"), ["server: Act 1 is over: there is nothing to undo."]
        )

    def test_who_is_behind_does_not_read_it_either(self) -> None:
        self.cat.stalls()
        number = self.says(self.bob, "the secret word")
        self.asks(self.ann, f"/redact {number} spam")
        self.cat.reads()
        heard = "\n".join(self.cat.hears())
        self.assertIn(GONE, heard)
        self.assertNotIn("secret", heard)

    def test_who_may(self) -> None:
        number = self.says(self.bob, "the secret word")
        own = self.says(self.ann, "of the owner")
        self.assertIn("moderator", self.asks(self.cat, f"/redact {number}")[0])
        self.ann.types("/op #ops client3")
        self.assertIn("whom a moderator cannot redact", self.asks(self.cat, f"/redact {own}")[0])
        self.assertIn("has removed", self.asks(self.cat, f"/redact {number}")[0])
        self.assertIn("has removed", self.asks(self.ann, f"/redact {own}")[0])

    def test_what_is_not_there(self) -> None:
        self.bob.types("/join #other", "elsewhere")
        for number in ("0", "x", "99999", "9" * 30, "-1", "\u0663"):
            [line] = self.asks(self.ann, f"/redact {number}")
            self.assertRegex(line, "^server: Nothing that you could remove has the number")
        number = str(self.server.chat.delivery.last_id)
        self.assertIn("Nothing that you", self.asks(self.ann, f"/redact {number}")[0])

    def test_it_stays_so(self) -> None:
        self.asks(self.ann, "/persist #ops")
        number = self.says(self.bob, "the secret word")
        self.asks(self.ann, f"/redact {number} spam")
        self.restart()
        self.ann.types(f"/login ann {PASSWORD}")
        heard = "\n".join(self.asks(self.ann, "/history #ops"))
        self.assertIn(GONE, heard)
        self.assertNotIn("secret", heard)

    def test_a_store_that_fails(self) -> None:
        class Failing(MemoryStore):
            async def replace(self, entry_id: int, kind: str, text: str) -> bool:
                raise StoreError("the disk is full")

        self.begin(store=Failing(1000, 10**6), throttle=Throttle.off())
        number = self.says(self.bob, "the word")
        self.assertEqual(
            self.asks(self.ann, f"/redact {number}"),
            ["server: That cannot be done now, as the disk is full."],
        )
        self.assertIn("the word", "\n".join(self.asks(self.bob, "/history #ops")))
        self.assertRegex(self.asks(self.ann, "/log #ops")[0], 'undone by ann .*: "it could not be')
