"""Coming back with the token of an account, at any time."""

from __future__ import annotations

import json
from typing import Any

from chatsvc.chat.identity import logins
from chatsvc.chat.identity.tokens import GOOD_FOR, MOST_TOKENS, RENEWED_AFTER
from chatsvc.chat.presence.departures import RESUME_WITHIN
from chatsvc.chat.upkeep import TIDY_EVERY
from chatsvc.text.lookalikes import skeleton
from tests.chat.identity.restarting import OWN, RestartTestCase
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import lines


class AccountTests(RestartTestCase):
    """Bob has an account; its tokens are good when the place was given up."""

    def begin(self, **options: Any) -> None:
        super().begin(operators=frozenset({skeleton("rooty")}), **options)

    def setUp(self) -> None:
        super().setUp()
        self.asks({"do": "register", "password": PASSWORD})

    def is_gone(self) -> None:
        self.bob.drops()
        self.server.clock.advance(RESUME_WITHIN)
        self.assertIn("server: bob has lost its connection.", self.ann.hears())

    def is_unknown(self, code: str = "no-such-token") -> None:
        seen = self.seen
        told = self.comes_back()
        self.assertEqual(told[1]["error"]["code"], code)
        self.seen = seen

    def test_an_account_that_has_as_many_connections_as_it_may_have_resumes_none(self) -> None:
        self.patch(logins, "MOST_SESSIONS", 1)
        for is_kept in (True, False):
            self.bob.drops()
            if not is_kept:
                self.server.clock.advance(RESUME_WITHIN)
            other = self.server.joined_by("10.0.0.9")
            self.assertIn("server: You are bob.", other.asks(f"/login bob {PASSWORD}"))
            self.is_unknown("refused")
            other.types("/quit")
            other.drops()
            for _ in range(2):  # the second time in place of a connection that is still there
                self.assertEqual(self.resumed(self.comes_back())["name"], "bob")

    def test_after_the_place_was_given_up(self) -> None:
        for restarted in (False, True):
            self.is_gone()
            self.ann.types("/bc one", "/say #ops two")
            self.ann.hears()
            if restarted:
                self.crashes()
            told = self.comes_back()
            resumed = self.resumed(told)
            self.assertEqual((resumed["name"], resumed["rooms"]), ("bob", ["#lobby", "#ops"]))
            self.assertEqual(self.texts(told), ["one", "two"])
            self.assertEqual(
                self.ann.hears(), ["server: bob has joined.", "server: bob has joined #ops."]
            )
            self.ann.types("/bc three")
            self.assertEqual(self.texts(self.told(self.bob)), ["three"])
            self.assertIsNotNone(self.bob.session.user.account)

    def test_what_was_told_to_oneself_alone_just_before_a_crash_is_told(self) -> None:
        for room, is_waited_for in (("#k", True), ("#m", False)):
            self.ann.types(f"/join {room}")
            self.asks({"do": "join", "room": room})
            if is_waited_for:
                self.bob.drops()
            else:
                self.is_gone()
            self.ann.types(f"/mute {room} bob for 5m")
            self.ann.hears()
            self.server.clock.advance(0)
            self.crashes()
            self.assertIn(f"You are muted in {room}", str(self.comes_back()))

    def test_what_happened_meanwhile_is_told_however_one_comes_back(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.ann.hears()
        self.ann.types("/join #k", "/persist", "/join #other", "/persist")
        self.ann.hears()
        for by_token in (True, False):
            self.asks({"do": "join", "room": "#k"}, {"do": "join", "room": "#other"})
            self.bob.drops()
            self.ann.types("/say #k one", "/kick #k bob because")
            self.ann.hears()
            self.server.clock.advance(RESUME_WITHIN)
            self.ann.types("/ban #other bob rude", "/mute #k bob")
            self.ann.hears()
            self.server.clock.advance(TIDY_EVERY)
            self.crashes()
            if by_token:
                told = self.comes_back()
                self.assertEqual(self.texts(told), ["one"])
            else:
                told = self.logs_in()
            self.assertNotIn("#k", [*self.server.chat.rooms.of(self.bob.session.user)])
            texts = " ".join([each.get("text", "") for each in told if each.get("room")])
            for text in ("kicked out of #k", "banned from #other", "muted in #k"):
                self.assertIn(text, texts)
            self.assertNotIn("kicked", str(self.logs_in()))
            self.ann.types(f"/login ann {PASSWORD}")
            self.ann.hears()
            self.ann.types("/unban #other bob", "/unmute #k bob")
            self.assertIn("lifted the mute of bob", self.ann.hears()[-1])
            self.bob.drops()
            self.resumed(self.comes_back())

    def logs_in(self) -> list[dict[str, Any]]:
        """What Bob is told who comes without a token, and logs in."""
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.types("/json")
        self.bob.hears()
        return self.asks({"do": "login", "name": "bob", "password": PASSWORD})

    def test_there_is_nothing_left_to_show(self) -> None:
        self.is_gone()
        self.ann.types("/say #ops sécond")  # which is in no token
        self.ann.hears()
        self.comes_back()
        [answer] = self.asks({"do": "since"})
        self.assertNotIn("sécond", str(answer))

    def test_what_was_said_with_a_nonce_is_said_once(self) -> None:
        said = {"do": "bc", "text": "once", "nonce": "n"}
        [first] = self.asks(said)
        self.is_gone()
        self.assertIn(first | {"recalled": True}, self.comes_back(said))

    def test_somebody_else_has_the_name_meanwhile(self) -> None:
        self.is_gone()
        self.server.joined_by("10.0.0.4")
        self.resumed(self.comes_back())
        self.assertEqual(self.bob.name, "bob")

    def test_it_ends_after_a_month(self) -> None:
        self.is_gone()
        self.server.clock.advance(GOOD_FOR - RENEWED_AFTER - RESUME_WITHIN)
        self.resumed(self.comes_back())
        self.is_gone()
        self.server.clock.advance(GOOD_FOR - RENEWED_AFTER - RESUME_WITHIN)
        self.resumed(self.comes_back())
        self.is_gone()
        self.crashes(GOOD_FOR + 10)
        self.is_unknown()

    def test_what_ends_it(self) -> None:
        for asked in (
            {"do": "logout"},
            {"do": "quit"},
            {"do": "unregister", "password": PASSWORD},
        ):
            for is_restarted in (False, True):
                self.setUp()
                self.asks(asked)
                self.bob.drops()
                if is_restarted:
                    self.crashes()
                self.is_unknown()

    def test_a_kick_and_a_ban_end_it(self) -> None:
        for order in ("/kick #lobby bob x", "/ban #lobby account bob x"):
            self.setUp()
            rooty = self.server.joined_by("127.0.0.1")
            rooty.types("/nick rooty", f"/register {PASSWORD}", order)
            rooty.hears()
            self.is_unknown("put-off")

    def test_a_ban_of_who_is_gone(self) -> None:
        self.is_gone()
        rooty = self.server.joined_by("127.0.0.1")
        rooty.types("/nick rooty", f"/register {PASSWORD}", "/ban #lobby account bob x")
        rooty.hears()
        told = self.comes_back()
        self.assertEqual(told[0]["event"], "welcome")
        self.assertIn("banned", told[1]["error"]["text"])
        self.assertEqual(len(told), 2)

    def test_another_password_ends_all_others(self) -> None:
        own = self.token
        dan = self.server.joined_by("10.0.0.4")
        dan.types("/json", json.dumps({"do": "login", "name": "bob", "password": PASSWORD}),
                  '{"do": "resume"}')  # fmt: skip
        other = self.told(dan)[-1]["token"]
        told = self.asks({"do": "passwd", "password": PASSWORD, "new": PASSWORD * 2})
        [renewed] = [each["token"] for each in told if each["event"] == "resumable"]
        dan.drops()
        self.is_gone()
        for self.token in (other, own):  # who knows them may have been told by anybody
            self.is_unknown()
        self.token = renewed
        self.resumed(self.comes_back())

    def test_it_is_given_by_a_login(self) -> None:
        self.is_gone()
        self.bob = self.server.joined_by("10.0.0.2", is_new=False)
        self.bob.sends(b"/json\n" + lines({"do": "resume", "token": OWN}))
        self.asks({"do": "login", "name": "bob", "password": PASSWORD})
        self.is_gone()
        self.crashes()
        self.assertEqual(self.resumed(self.comes_back(token=OWN))["name"], "bob")

    def test_they_are_bounded(self) -> None:
        account = self.bob.session.user.account
        assert account is not None
        for _ in range(MOST_TOKENS + 1):
            dan = self.server.joined_by("10.0.0.4")
            dan.types("/json", json.dumps({"do": "login", "name": "bob", "password": PASSWORD}),
                      '{"do": "resume"}')  # fmt: skip
            self.told(dan)
            dan.drops()
        self.assertEqual(len(account.tokens), MOST_TOKENS)
        self.assertEqual(len(self.server.chat.tokens), MOST_TOKENS)

    def test_a_token_from_elsewhere_while_the_owner_is_here(self) -> None:
        own = self.token
        self.is_gone()
        self.bob = self.server.joined_by("10.0.0.2")
        self.bob.types("/json")
        self.asks({"do": "login", "name": "bob", "password": PASSWORD})
        first = self.bob
        self.token = own
        self.resumed(self.comes_back())
        self.assertEqual(self.bob.session.user, first.session.user)
        self.ann.types("/bc both")
        self.assertEqual(self.texts(self.told(self.bob)), ["both"])
        self.assertEqual(self.texts(self.told(first)), ["both"])


class OlderRecordTests(AccountTests):
    """The store is of a version that knew no eras."""

    def crashes(self, after: float = 0.0, **options: Any) -> None:
        self.server.clock.advance(0)
        for name, record in list(self.store._records.items()):
            if name.startswith(("account/", "place/")):
                facts = json.loads(record.value)
                facts.pop("era")
                if name.startswith("account/"):
                    facts["tokens"] = {key: each[:2] for key, each in facts["tokens"].items()}
                value = json.dumps(facts)
                self.store._records[name] = record._replace(value=value)
        super().crashes(after, **options)
