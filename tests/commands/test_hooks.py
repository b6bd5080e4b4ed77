"""Hooks: made, listed and revoked by those who keep a room in order."""

from __future__ import annotations

from unittest.mock import patch

from twisted.internet.defer import Deferred

from chatsvc.chat.chat import Chat
from chatsvc.chat.programs import hooks
from chatsvc.chat.programs.programs import NoSuchKey
from chatsvc.chat.programs.speech import Speaker
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.errors import ChatError, Unwanted
from chatsvc.events.speech import Said
from chatsvc.store import StoreError
from chatsvc.text.names import HOOK
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.harness import ChatTestCase, Person, Server


def says(chat: Chat, key: str, text: str, nonce: str = "") -> list[int]:
    """A program posts to a hook; the ids of what is kept of it, once that is known."""
    voice = chat.programs.hook(key, None)
    kept: list[int] = []
    said = Said(voice.name, text, voice.room.name, nonce)
    chat.programs.speech.say(Speaker(None, lambda: None), voice.room, said, kept.append)
    return kept


class HookTests(ChatTestCase):
    """Ann has an account, and the room #ops, which Bob is in."""

    def setUp(self) -> None:
        self.ann, self.bob, self.cat = self.start(throttle=Throttle.off(), plaintext_passwords=True)
        self.ann.types("/nick ann", f"/register {PASSWORD}", "/join #ops")
        self.hush()
        self.bob.types("/join #ops")
        self.hush()

    def key_of(self, person: Person, name: str) -> str:
        """The key of a new hook."""
        [told] = [line for line in person.asks(f"/hook add {name}") if "/hook/" in line]
        shown = f"in #ops as {name}{HOOK}. Keep the key: it is not shown again."
        self.assertTrue(told.endswith(shown), told)
        return told.partition("/hook/")[2].partition(" ")[0]

    def test_whoever_has_the_key_speaks_under_a_marked_name(self) -> None:
        key = self.key_of(self.ann, "deploys")
        self.assertEqual(
            self.bob.hears(),
            ["server: ann has added a hook to #ops, by which a program speaks there."],
        )
        kept = says(self.server.chat, key, "1.2 is out\nat last")
        lines = ["#ops deploys[hook]: 1.2 is out", "#ops deploys[hook]: at last"]
        self.assertEqual(self.bob.hears(), lines)
        self.assertEqual(kept, [self.server.chat.delivery.last_id])

    def test_a_banned_address_speaks_by_none(self) -> None:
        key = self.key_of(self.ann, "deploys")
        self.server.chat.limits.operators = frozenset({"ann"})
        self.ann.types("/ban server address 10.0.0.66")
        with self.assertRaises(Unwanted):
            self.server.chat.programs.hook(key, "10.0.0.66")
        self.assertEqual(self.server.chat.programs.hook(key, "10.0.0.7").name, "deploys[hook]")

    def test_only_a_digest_is_kept(self) -> None:
        key = self.key_of(self.ann, "deploys")
        kept = [name for name in self.server.records() if name.startswith("hook/")]
        self.assertEqual(len(kept), 1)
        self.assertNotIn(key, str(self.server.records()))

    def test_nobody_else_can_have_such_a_name(self) -> None:
        for name in ("deploys[hook]", "deploys［hook］", "a[", "[hook]"):
            [line] = self.bob.asks(f"/nick {name}")
            self.assertIn("no ", line, name)
        self.assertEqual(self.ann.asks("/hook add server"), [
            'server: "server" is reserved, or looks like a name that is.'
        ])  # fmt: skip
        long = "a" * (hooks.NAME_LENGTH + 1)
        self.assertIn("at most 26 characters", self.ann.asks(f"/hook add {long}")[0])

    def test_they_are_for_the_owner_and_moderators(self) -> None:
        mine = "server: That is for the owner and moderators of #ops only. Its owner is ann."
        for what in ("add x1", "list", "revoke x1"):
            self.assertEqual(self.bob.asks(f"/hook {what}"), [mine])
        self.ann.types("/op client2")
        self.assertEqual(
            self.bob.asks("/hook add x1")[-1], "server: Hooks are for those who have logged in."
        )
        self.assertIn("You are not in #ops", self.cat.asks("/hook list #ops")[0])
        self.assertEqual(
            self.ann.asks("/hook add #lobby x1"),
            ["server: That is for the operators of this server only."],
        )

    def test_they_are_listed_and_revoked(self) -> None:
        self.assertEqual(self.ann.asks("/hook list"), ["server: #ops has no hooks."])
        self.assertIn("Name the hook: /hook add #ops deploys", self.ann.asks("/hook add")[0])
        key = self.key_of(self.ann, "deploys")
        again = "server: #ops has a hook DEPL0YS[hook], or one whose name looks like that."
        self.assertEqual(self.ann.asks("/hook add #ops DEPL0YS"), [again])
        self.key_of(self.ann, "alerts")
        self.assertEqual(
            self.ann.asks("/hook list #ops"),
            ["server: deploys[hook], added by ann", "server: alerts[hook], added by ann"],
        )
        self.bob.hears()
        self.assertEqual(self.ann.asks("/hook revoke #ops x"), ['server: #ops has no hook "x".'])
        revoked = "server: ann has revoked a hook of #ops."
        self.assertEqual(self.ann.asks("/hook revoke deploys[hook]"), [revoked])
        self.assertEqual(self.bob.hears(), [revoked])
        self.assertRaises(NoSuchKey, says, self.server.chat, key, "x")
        self.assertEqual(self.ann.asks("/hook list"), ["server: alerts[hook], added by ann"])

    def test_there_are_bounds(self) -> None:
        self.key_of(self.ann, "a1")
        for bound, most, why in (
            ("MOST_OF_ROOM", 1, "#ops has 1 hooks, which is the most."),
            ("MOST_OF_ACCOUNT", 1, "You have made 1 hook, which is the most just now."),
        ):
            with patch.object(hooks, bound, most):
                self.assertEqual(self.ann.asks("/hook add a2"), [f"server: {why}"])
        self.key_of(self.ann, "a2")
        why = "You have made 2 hooks, which is the most just now."
        for left in (50, 1):  # few, or none
            with patch.object(self.server.chat.programs.hooks._all, "_most", left):
                self.assertEqual(self.ann.asks("/hook add a3"), [f"server: {why}"])

    def test_the_words_pass_the_gate(self) -> None:
        key = self.key_of(self.ann, "deploys")
        self.ann.types("/ignore deploys[hook]")
        self.hush()
        says(self.server.chat, key, "one")
        self.assertEqual(self.ann.hears(), [])
        self.assertEqual(self.bob.hears(), ["#ops deploys[hook]: one"])
        self.assertEqual(self.ann.asks("/ignore"), ["server: You ignore deploys[hook]."])
        self.ann.types("/unignore DEPLOYS[HOOK]")
        self.hush()
        says(self.server.chat, key, "two")
        self.assertEqual(self.ann.hears(), ["#ops deploys[hook]: two"])
        for what, done in (("mute", "muted"), ("ban", "banned")):
            told = self.ann.asks(f"/{what} DEPLOYS[hook] for 1h")
            self.assertIn(f"ann has {done} deploys[hook]", told[0])
            error = self.assertRaises(ChatError, says, self.server.chat, key, "three")
            self.assertIn(done, str(error))
            self.ann.types(f"/un{what} deploys[hook]")
            self.hush()
        says(self.server.chat, key, "three")
        self.assertEqual(self.ann.hears(), ["#ops deploys[hook]: three"])
        redacted = self.ann.asks(f"/redact {self.server.chat.delivery.last_id}")
        self.assertIn("deploys[hook]", redacted[0])

    def test_who_ignores_the_maker_does_not_read_the_hook(self) -> None:
        """Its mute applies to the hook, too."""
        key = self.key_of(self.ann, "deploys")
        other = self.server.joined_by("10.0.0.7")
        other.types("/nick dan", f"/register {PASSWORD}", "/join #dan", "/hook add deploys")
        [told] = [line for line in other.hears() if "/hook/" in line]
        others_key = told.partition("/hook/")[2].partition(" ")[0]
        self.bob.types("/join #dan", "/ignore ann")
        self.hush()
        says(self.server.chat, key, "one")
        says(self.server.chat, others_key, "two")  # of the same name, but dan's
        self.assertEqual(self.bob.hears(), ["#dan deploys[hook]: two"])
        self.assertEqual(self.bob.asks("/history #ops"), ["server: Nothing was said in #ops."])
        self.assertEqual(self.ann.hears(), ["#ops deploys[hook]: one"])
        self.ann.asks("/hook revoke #ops deploys", "/hook add #ops builds")
        self.bob.asks("/unignore ann")
        says(self.server.chat, others_key, "three")
        self.assertEqual(self.bob.hears(), ["#dan deploys[hook]: three"])

    def test_they_outlive_a_restart(self) -> None:
        key = self.key_of(self.ann, "deploys")
        says(self.server.chat, key, "before")
        self.hush()
        self.server = again = Server(store=self.server.store)
        kept = says(again.chat, key, "after")
        again.clock.pump([0, 0])
        self.assertNotIn(0, kept)
        self.assertEqual(len(kept), 1)

    def test_one_ends_with_its_room(self) -> None:
        key = self.key_of(self.ann, "deploys")
        self.ann.types("/part")
        self.bob.types("/part")
        self.hush()
        self.assertNotIn("#ops", self.server.chat.rooms)
        self.assertRaises(NoSuchKey, says, self.server.chat, key, "x")
        self.cat.types("/join #ops")
        self.hush()
        self.assertRaises(NoSuchKey, says, self.server.chat, key, "x")
        self.server.clock.advance(TIDY_EVERY)
        self.assertEqual([name for name in self.server.records() if "hook/" in name], [])

    def test_one_ends_with_the_account_that_has_made_it(self) -> None:
        key = self.key_of(self.ann, "deploys")
        self.ann.types(f"/unregister {PASSWORD}")
        self.hush()
        self.assertRaises(NoSuchKey, says, self.server.chat, key, "x")
        self.assertEqual([name for name in self.server.records() if "hook/" in name], [])
        self.assertEqual(self.server.chat.programs.hooks._over, set())
        self.cat.types("/nick ann", f"/register {PASSWORD}")
        self.hush()
        self.assertRaises(NoSuchKey, says, self.server.chat, key, "x")

    def test_what_cannot_be_kept_is_answered_and_can_be_said_again(self) -> None:
        key = self.key_of(self.ann, "deploys")
        programs = self.server.chat.programs
        room, name = self.server.chat.rooms["#ops"], "deploys[hook]"

        def said_before() -> int:
            looking = programs.speech.said_before(room, name, "n1")
            return self.successResultOf(Deferred.fromCoroutine(looking))

        async def fails() -> None:
            raise StoreError("the disk is full")

        self.assertEqual(said_before(), 0)
        append = self.server.store.append
        self.patch(self.server.store, "append", lambda said: fails())
        kept = says(self.server.chat, key, "x", "n1")
        self.hush()
        self.assertEqual((kept, said_before()), ([0], 0))
        self.patch(self.server.store, "append", append)
        kept = says(self.server.chat, key, "x", "n1")
        self.hush()
        self.assertEqual(kept, [said_before()])
        programs.speech._nonces.clear()  # as after a restart
        self.assertEqual(kept, [said_before()])
