"""Hooks, as IRC clients see them."""

from __future__ import annotations

from tests.commands.test_accounts import PASSWORD
from tests.commands.test_hooks import says
from tests.doors.irc.irc import ChannelTestCase


class HookTests(ChannelTestCase):
    def test_a_hook_has_a_source_and_is_a_bot(self) -> None:
        self.ann.types("/nick ann", f"/register {PASSWORD}")
        self.hush()
        [told] = [line for line in self.ann.asks("/join #y", "/hook add deploys") if "key" in line]
        key = told.partition("/hook/")[2].partition(" ")[0]
        tagged = self.registered("fay", "message-tags", host="10.0.0.7")
        for each in (self.eve, tagged):
            each.asks("JOIN #y")
        self.eve.hears()
        says(self.server.chat, key, "1.2 is out")
        line = ":deploys[hook]!hook@hook.cloak PRIVMSG #y :1.2 is out"
        self.assertEqual(self.eve.hears(), [line])
        last_id = self.server.chat.delivery.last_id
        self.assertEqual(tagged.hears(), [f"@msgid={last_id};bot {line}"])
