"""Metadata over IRC (draft/metadata-3)."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.rooms.metadata import MOST_KEYS, VALUE_BYTES
from chatsvc.doors.irc.wording import metadata
from chatsvc.doors.irc.wording.metadata import MOST_SUBSCRIBED
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcTestCase

CAP = "draft/metadata-3"
PASSWORD = "correct-horse"


class MetadataTests(IrcTestCase):
    auto_join = False

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", CAP)
        self.eve = self.registered("eve", CAP)

    def test_what_one_says_of_oneself_others_can_ask_for(self) -> None:
        told = self.dan.asks("METADATA * SET display-name :Dan the man")
        self.assertEqual(told, ["761 dan dan display-name * :Dan the man"])
        told = self.eve.asks("METADATA dan GET display-name avatar NO", "METADATA dan LIST")
        self.assertEqual(
            told,
            [
                "761 eve dan display-name * :Dan the man",
                "766 eve dan avatar :key not set",
                "FAIL METADATA KEY_INVALID NO :A key has at most 64 of a-z, 0-9, _, ., / and -",
                "761 eve dan display-name * :Dan the man",
            ],
        )
        self.assertIn("760 eve dan display-name * :Dan the man", self.eve.asks("WHOIS dan"))
        self.assertEqual(
            self.dan.asks("METADATA * CLEAR"), ["766 dan dan display-name :key not set"]
        )
        self.assertEqual(self.eve.asks("METADATA dan LIST"), [])

    def test_whoever_subscribes_is_told_of_all_that_is_cleared_in_one_reply(self) -> None:
        keys = [f"key{number}" for number in range(MOST_KEYS)]
        for each in (self.dan, self.eve):
            each.asks("JOIN #x", *[f"METADATA * SUB {key}" for key in keys[1:]])
        self.dan.asks(*[f"METADATA * SET {key} :x" for key in keys])
        self.eve.hears()
        self.dan.sends("METADATA * CLEAR")
        self.assertEqual(len(self.eve.session.replies), 1)
        told = [line.split(" ")[4] for line in self.eve.hears()]
        self.assertEqual(told, sorted(keys[1:]))

    def test_it_is_a_batch_for_those_who_know_batches(self) -> None:
        fay = self.registered("fay", CAP, "batch")
        self.assertEqual(
            fay.asks("METADATA * GET color"),
            ["BATCH +b1 metadata fay", "@batch=b1 :chatsvc 766 fay fay color :key not set",
             "BATCH -b1"],
        )  # fmt: skip

    def test_nobody_changes_that_of_others_or_of_rooms_they_do_not_keep_order_in(self) -> None:
        self.dan.asks("JOIN #x")
        self.eve.asks("JOIN #x")
        for what in ("dan SET color :red", "#x SET color :red"):
            code = self.eve.asks(f"METADATA {what}")[0]
            self.assertIn("FAIL METADATA KEY_NO_PERMISSION", code)
        self.assertIn("KEY_NO_PERMISSION #x *", self.eve.asks("METADATA #x CLEAR")[0])
        self.assertEqual(self.dan.asks("METADATA #x SET color :red")[-1], "761 dan #x color * :red")
        self.dan.asks("MODE #x +i")
        self.eve.asks("PART #x")
        for what in ("GET color", "LIST", "SYNC"):
            self.assertIn("INVALID_TARGET #x", self.eve.asks(f"METADATA #x {what}")[0])

    def test_who_subscribes_is_told_of_those_in_the_same_channel(self) -> None:
        self.assertEqual(self.eve.asks("METADATA * SUB color"), ["770 eve color", "774 eve *"])
        self.dan.asks("METADATA * SET color :red", "JOIN #x")
        self.assertEqual(self.eve.hears(), [])
        self.dan.asks("METADATA #x SET color :blue")
        told = self.eve.asks("JOIN #x")
        self.assertIn("761 eve #x color * :blue", told)
        self.assertIn("761 eve dan color * :red", told)
        self.dan.asks("METADATA * SET color :green", "METADATA * SET mood :good")
        self.assertEqual(self.eve.hears(), [":chatsvc 761 eve dan color * :green"])
        self.dan.asks("METADATA #x SET color")
        self.assertEqual(self.eve.hears(), [":chatsvc 766 eve #x color :key not set"])
        self.assertEqual(self.eve.asks("METADATA * SYNC"), ["761 eve dan color * :green"])
        self.assertEqual(self.eve.asks("METADATA * SUBS"), ["772 eve color"])
        self.assertEqual(self.eve.asks("METADATA * UNSUB color"), ["771 eve color"])
        self.dan.asks("METADATA * SET color :grey")
        self.assertEqual(self.eve.hears(), [])

    def test_those_in_a_channel_are_told_of_who_joins(self) -> None:
        self.eve.asks("METADATA * SUB color", "JOIN #x")
        self.dan.asks("METADATA * SET color :red", "JOIN #x")
        self.assertIn(":chatsvc 761 eve dan color * :red", self.eve.hears())

    def test_it_is_set_before_one_is_let_in_and_kept_with_an_account(self) -> None:
        fay = self.connected()
        fay.sends("CAP LS 302", f"CAP REQ {CAP}", "NICK fay", "USER f 0 * :Fay")
        fay.hears()
        told = fay.asks("METADATA * SET color :red", "METADATA fay LIST", "METADATA dan GET color")
        self.assertEqual(told[:2], ["761 fay fay color * :red"] * 2)
        self.assertIn("FAIL METADATA INVALID_TARGET dan", told[2])
        self.assertIn("761 fay fay color * :red", fay.asks("CAP END"))
        fay.asks(f"NS REGISTER {PASSWORD}", "METADATA * SET color :blue", "QUIT")
        account = self.server.chat.accounts.find("fay")
        assert account is not None
        self.assertEqual(account.metadata, {"color": "blue"})
        self.assertIn('"metadata": {"color": "blue"}', account.kept)

    def test_bounds(self) -> None:
        keys = [f"k{number}" for number in range(MOST_KEYS + 1)]
        told = self.dan.asks(*[f"METADATA * SET {key} :1" for key in keys])
        self.assertIn("FAIL METADATA LIMIT_REACHED dan", told[-1])
        self.assertEqual(len(self.dan.asks("METADATA * LIST")), MOST_KEYS)
        told = self.dan.asks(f"METADATA * SET k0 :{'é' * (VALUE_BYTES // 2 + 1)}")
        self.assertIn("FAIL METADATA INVALID_VALUE k0", told[0])
        wanted = [f"s{number}" for number in range(MOST_SUBSCRIBED + 1)]
        half = len(wanted) // 5
        told = []
        for start in range(0, len(wanted), half):
            told += self.dan.asks(f"METADATA * SUB {' '.join(wanted[start : start + half])}")
        self.assertIn(f"FAIL METADATA TOO_MANY_SUBS s{MOST_SUBSCRIBED}", " ".join(told))
        self.assertEqual(len(self.dan.protocol.client.subscribed), MOST_SUBSCRIBED)

    def test_of_a_full_channel_it_is_told_when_the_client_asks(self) -> None:
        self.eve.asks("METADATA * SUB color")
        self.dan.asks("JOIN #x", "METADATA #x SET color :red")
        room = self.server.chat.rooms["#x"]
        client = self.eve.protocol.client
        self.patch(metadata, "MOST_SYNCED", 1)
        self.assertEqual(len(metadata.of_room(client, room)), 1)
        self.registered("fay").asks("JOIN #x")
        self.assertEqual(metadata.of_room(client, room), [":chatsvc 774 eve #x"])

    def test_what_cannot_be_understood(self) -> None:
        for asked, code in (
            ("* NOPE", "SUBCOMMAND_INVALID"),
            ("nobody LIST", "INVALID_TARGET"),
            ("#nowhere LIST", "INVALID_TARGET"),
            ("* SET NO :1", "KEY_INVALID"),
        ):
            self.assertIn(f"FAIL METADATA {code}", self.dan.asks(f"METADATA {asked}")[0], asked)
        self.assertIn("461", self.dan.asks("METADATA * GET")[0])
