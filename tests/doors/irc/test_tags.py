"""The tags before what people do: the time, the account, and whether they are bots."""

from __future__ import annotations

from typing import Any

from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcTestCase

CAPS = ("account-tag", "server-time", "message-tags", "setname", "invite-notify")


class TagTests(IrcTestCase):
    auto_join = False

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), plaintext_passwords=True, **options)

    def test_all_that_one_does_has_them_for_oneself_and_others(self) -> None:
        """Account-tag: "The tag MUST be added by the ircd to all commands sent by a user"."""
        dan = self.registered("dan", *CAPS)
        eve = self.registered("eve", *CAPS, host="10.0.0.8")
        fay = self.registered("fay", *CAPS, host="10.0.0.7")
        dan.asks("NS REGISTER correct-horse", "MODE dan +B")
        eve.asks("JOIN #x")
        told = dan.asks("JOIN #x", "MODE dan +w", "SETNAME :Dan", "INVITE fay #x", "PART #x")
        for person, verbs in (
            (told, ["JOIN", "MODE", "SETNAME", "PART"]),
            (eve.hears(), ["JOIN", "SETNAME", "INVITE", "PART"]),
            (fay.hears(), ["INVITE"]),
        ):
            lines = [line for line in person if ":dan!" in line]
            self.assertEqual([line.split(" ")[2] for line in lines], verbs)
            for line in lines:
                self.assertRegex(line, r"^@time=[^;]+;(msgid=\d+;)?account=dan;bot :dan!")
