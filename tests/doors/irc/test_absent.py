"""What waits for somebody who is not here comes as what it was, over a restart as well."""

from __future__ import annotations

import json
import re
from typing import Any

from chatsvc.doors.irc.door import IrcFactory
from chatsvc.throttle import Throttle
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import IrcTestCase
from tests.harness import Server
from tests.patience import only_long
from tests.processes import ProcessTestCase, free_port

SAID = ("NOTICE eve :look", "NOTICE eve :* dan is", "PRIVMSG eve :\x01ACTION waves\x01",
        "PRIVMSG eve :hi")  # fmt: skip


TIME = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d\] ")


class AbsentTests(IrcTestCase):
    """Dan and Eve have accounts, and Eve is not here."""

    auto_join = False

    def start(self, **options: Any) -> Any:
        self.store = Lasting()
        self.options: dict[str, Any] = {"store": self.store, "plaintext_passwords": True}
        return super().start(throttle=Throttle.off(), **self.options, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan, eve = self.registered("dan"), self.registered("eve", host="10.0.0.8")
        for each in (self.dan, eve):
            each.asks(f"NS REGISTER {PASSWORD}")
        eve.asks("QUIT")
        eve.protocol.connectionLost()
        self.dan.hears()
        self.dan.asks(*SAID)

    def crashes(self) -> None:
        """The server is killed, and run again."""
        now = self.server.clock.seconds()
        self.server = Server(throttle=Throttle.off(), now=now, **self.options)
        self.door = IrcFactory(self.server.factory.entrance, "chatsvc", self.auto_join)

    def comes(self, *caps: str) -> list[str]:
        """What Eve is told of Dan's messages when she comes."""
        eve = self.connected()
        eve.sends(f"CAP REQ :{' '.join(caps)}", f"PASS eve:{PASSWORD}", "CAP END")
        eve.sends("NICK eve", "USER eve 0 * :Eve")
        told = eve.hears() + eve.hears()
        return [line.partition(":dan!")[2].partition(" ")[2] for line in told if ":dan!" in line]

    def test_it_is_told_at_the_login(self) -> None:
        self.assertEqual(self.comes("server-time"), [*SAID])
        self.crashes()  # before it is known to be read
        self.assertEqual(self.comes("server-time", "message-tags"), [*SAID])

    def test_without_times_of_lines_it_begins_with_its_time(self) -> None:
        told = self.comes("message-tags")
        self.assertEqual([TIME.sub("", line) for line in told], [*SAID])
        self.assertTrue(all(TIME.search(line) for line in told), told)

    def test_who_can_ask_for_history_is_told_as_well_with_the_same_ids(self) -> None:
        eve = self.connected()
        eve.sends("CAP REQ :draft/chathistory batch message-tags server-time")
        eve.sends(f"PASS eve:{PASSWORD}", "CAP END", "NICK eve", "USER eve 0 * :Eve")
        told = [line for line in eve.hears() if ":dan!" in line]
        _, *again, _ = eve.asks("CHATHISTORY LATEST dan * 9")
        self.assertEqual([re.sub("@batch=[^;]*;", "@", line) for line in again], told)
        self.assertEqual(len(told), len(SAID))

    def test_history_has_it(self) -> None:
        self.crashes()
        eve = self.connected()
        eve.sends("CAP REQ :draft/chathistory batch", f"PASS eve:{PASSWORD}", "CAP END")
        eve.asks("NICK eve", "USER eve 0 * :Eve")
        _, *told, _ = eve.asks("CHATHISTORY LATEST dan * 9")
        self.assertEqual([line.split(" ", 2)[2] for line in told], [*SAID])

    def test_so_it_is_at_other_doors(self) -> None:
        self.ann.types(f"/login eve {PASSWORD}")
        heard = [line.partition(", at ")[2].partition(": ")[2] for line in self.ann.hears()]
        texts = ["look", "* dan is", "* dan waves", "hi"]
        self.assertEqual([text for text in heard if text], texts)
        self.crashes()
        program = self.server.joined_by("10.0.0.1")
        program.types("/json", json.dumps({"do": "login", "name": "eve", "password": PASSWORD}))
        told = [json.loads(line) for line in program.hears() if line[:1] == "{"]
        found = [(each["event"], each["text"]) for each in told if each.get("waited")]
        kinds = ["directly-noticed", "directly-noticed", "directly-acted", "direct"]
        texts[2] = "waves"
        self.assertEqual(found, [*zip(kinds, texts, strict=True)])


class RealAbsentTests(ProcessTestCase):
    @only_long
    def test_a_notice_is_one_after_the_server_was_killed(self) -> None:
        port = free_port()
        options = ("--port", port, "--interface", "127.0.0.1", "--store", "sqlite:chat.sqlite")
        server = self.serves(*options)
        dan, eve = self.calls(port), self.calls(port)
        for nick, caller in (("dan", dan), ("eve", eve)):
            caller.types(f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"NS REGISTER {PASSWORD}")
            caller.sees_some(f" 900 {nick} ")
        eve.types("QUIT")
        eve.sees_some("ERROR :Closing link: Quit")
        dan.types("NOTICE eve :look")
        dan.sees_some("NOTICE dan :eve is not here. Your message waits.")
        server.kill()
        server.wait()
        self.serves(*options)
        eve = self.calls(port)
        eve.types(f"PASS eve:{PASSWORD}", "NICK eve", "USER eve 0 * :eve")
        self.assertRegex(eve.sees_some("] look"), r":dan!\S+ NOTICE eve :\[[-0-9: ]+\] look")
