"""Labels, on a server whose store takes a while."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.defer import Deferred

from chatsvc.stores.memory import MemoryStore
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcPerson, IrcTestCase

if TYPE_CHECKING:
    from chatsvc.doors.writer import Writer

BATCH = re.compile(r"@label=7 :chatsvc BATCH \+(\w+) labeled-response")


class SlowStore(MemoryStore):
    """One whose records take until `answers` is called."""

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self._waiting: list[Deferred[None]] = []

    async def put(self, name: str, value: str | None, version: int) -> None:
        wait: Deferred[None] = Deferred()
        self._waiting.append(wait)
        await wait
        await super().put(name, value, version)

    def answers(self) -> bool:
        """Keep what waits, and return whether anything did."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)
        return bool(waiting)


class LabelTests(IrcTestCase):
    """Dan has made #x, where Eve and Fay are, too."""

    auto_join = False

    def start(self, **options: Any) -> Any:
        self.store = SlowStore()
        return super().start(
            store=self.store, throttle=Throttle.off(), plaintext_passwords=True, **options
        )

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", "labeled-response", "batch")
        self.eve = self.registered("eve", host="10.0.0.8")
        self.fay = self.registered("fay", host="10.0.0.7")
        for person in (self.dan, self.eve, self.fay):
            person.sends("JOIN #x")
            self.settled(self.dan)

    def settled(self, person: IrcPerson) -> list[str]:
        """What somebody hears until the store has kept everything."""
        told = person.hears()
        while self.store.answers():
            told += person.hears()
        return told

    def answered(self, line: str) -> list[str]:
        """The commands that answer a line with a label, which all have to be in one batch."""
        self.dan.sends(f"@label=7 {line}")
        begin, *lines, end = self.settled(self.dan)
        batch = BATCH.fullmatch(begin)
        assert batch is not None, (begin, *lines, end)
        self.assertEqual(end, f":chatsvc BATCH -{batch[1]}")
        self.assertEqual({each.split(" ")[0] for each in lines}, {f"@batch={batch[1]}"})
        return [each.split(" ", 2)[2] for each in lines]

    def test_several_changes_of_modes_answer_together(self) -> None:
        told = self.answered("MODE #x +vb-v+mo eve bob!*@* eve nobody")
        self.assertEqual(told, [
            "MODE #x +v eve", "MODE #x +b bob!*@*", "MODE #x -v eve", "MODE #x +m",
            "401 dan nobody :No such nick",
        ])  # fmt: skip

    def test_several_people_put_out_answer_together(self) -> None:
        self.assertEqual(self.answered("KICK #x eve,fay"), ["KICK #x eve :dan", "KICK #x fay :dan"])

    def test_that_a_message_waits_answers_it(self) -> None:
        for person in (self.dan, self.eve):
            person.sends("NS REGISTER correct-horse")
            self.settled(person)
        self.eve.sends("QUIT")
        self.settled(self.dan)
        self.dan.sends("@label=7 PRIVMSG eve :hi")
        told = "@label=7 :chatsvc NOTICE dan :eve is not here. Your message waits."
        self.assertEqual(self.settled(self.dan), [told])
        self.dan.asks("CAP REQ :echo-message")
        self.assertEqual(self.answered("PRIVMSG eve :still there?"), [
            "PRIVMSG eve :still there?", "NOTICE dan :eve is not here. Your message waits.",
        ])  # fmt: skip
        for said in (
            "NOTICE eve :look",
            "NOTICE eve :* dan waves",
            "PRIVMSG eve :\x01ACTION waves\x01",
        ):
            self.assertEqual(self.answered(said)[0], said)

    def test_what_is_no_message_is_refused_with_its_label(self) -> None:
        self.dan.protocol.dataReceived(b"@label=7 PRIVMSG #x :\xff\r\n@label=8 \r\n")
        self.dan.sends(f"@label=9 PING {'x' * 600}", "@label=1 PING x")
        told = [line.partition(" :")[0] for line in self.settled(self.dan)]
        self.assertEqual(told, [f"@label={number}" for number in (7, 8, 9, 1)])

    def test_without_batches_there_are_no_labels(self) -> None:
        """Labeled-response: "the batch capability [...] MUST be negotiated"."""
        gus = self.registered("gus", "labeled-response", host="10.0.0.6")
        self.assertEqual(gus.asks("@label=7 MODE #x"), ["324 gus #x +n", gus.asks("MODE #x")[1]])

    def test_what_others_do_in_between_does_not(self) -> None:
        self.dan.sends("@label=7 MODE #x +vb eve bob!*@*")
        self.dan.hears()
        self.eve.sends("PRIVMSG #x :hi")
        told = self.settled(self.dan)
        self.assertRegex(told[0], r"^:eve!\S+ PRIVMSG #x :hi$")
        self.assertEqual(len(told), 5, told)

    def another(self) -> IrcPerson:
        """Another connection of Dan, who gets an account for that."""
        self.dan.sends("NS REGISTER correct-horse")
        self.settled(self.dan)
        other = self.connected("10.0.0.5")
        other.sends("PASS dan:correct-horse", "NICK dan", "USER dan 0 * :Dan")
        self.settled(self.dan)
        self.assertIs(other.session.user, self.dan.session.user)
        return other

    def test_what_another_connection_of_the_same_person_does_meanwhile_does_not(self) -> None:
        other = self.another()
        self.dan.sends("@label=7 MODE #x +vb eve bob!*@*")
        self.dan.hears()
        other.sends("MODE #x +v fay", "PRIVMSG #x :hi")
        told = self.settled(self.dan)
        outside = [line.split(" ", 1)[1] for line in told if line[0] == ":"]
        self.assertEqual(outside[:2], ["MODE #x +v fay", "PRIVMSG #x :hi"])
        inside = [line.split(" ", 2)[2] for line in told if line.startswith("@batch=")]
        self.assertEqual(inside, ["MODE #x +v eve", "MODE #x +b bob!*@*"])

    def test_nor_does_its_other_nick_or_the_new_name_of_a_channel(self) -> None:
        other = self.another()
        for done, told in (("NICK danny", "NICK danny"), ("RENAME #x #y :z", "JOIN #y")):
            self.dan.sends("@label=7 MODE #x +vv eve fay")
            self.dan.hears()
            other.sends(done)
            lines = self.settled(self.dan)
            self.assertIn(told, [line.split(" ", 1)[1] for line in lines if line[0] == ":"])

    def test_a_bug_is_told_with_the_label(self) -> None:
        async def broken(*_: object) -> None:
            raise RuntimeError

        self.logged()
        self.patch(self.server.chat.moderation, "give", broken)
        for line in ("MODE #x +v eve", "MODE #x +v eve"):
            self.dan.sends(f"@label=7 {line}")
            [told] = self.settled(self.dan)
            self.assertTrue(told.startswith("@label=7 :chatsvc NOTICE dan :Something went"), told)

    def test_a_farewell_has_its_label(self) -> None:
        self.assertEqual(self.dan.asks("@label=7 QUIT"), ["@label=7 ERROR :Closing link: Quit"])

    def stalled(self) -> Writer:
        """Dan's writer, which takes nothing until it may go on."""
        writer = cast("Writer", self.dan.transport.producer)
        writer.pauseProducing()
        self.dan.session.is_lagging = True
        return writer

    def test_who_reads_an_answer_while_the_next_one_is_made_gets_both_whole(self) -> None:
        writer = self.stalled()
        self.dan.sends("@label=7 MODE #x +vb eve bob!*@*")
        self.settled(self.eve)
        self.dan.sends("@label=8 MODE #x +vb fay bib!*@*")
        writer.resumeProducing()
        told = self.settled(self.dan)
        for label, lines in ((7, told[:4]), (8, told[4:])):
            self.assertRegex(lines[0], rf"^@label={label} :chatsvc BATCH ")
            self.assertEqual([line[:7] for line in lines[1:3]], ["@batch=", "@batch="])
        self.assertEqual(len(told), 8)
        self.assertIs(self.dan.session.wording, self.dan.protocol.client.wording)

    def test_who_is_spared_its_own_words_is_answered_once(self) -> None:
        writer = self.stalled()
        self.dan.sends("PRIVMSG #x :hi", "@label=7 MODE #x +vb eve bob!*@*")
        while "+v eve" not in "".join(self.eve.hears()):
            self.assertTrue(self.store.answers())
        self.assertNotEqual(self.dan.session.unseen, ())
        writer.resumeProducing()
        told = [line.split(" ", 2)[-1] for line in self.settled(self.dan)]
        self.assertEqual(told[1:-1], ["MODE #x +v eve", "MODE #x +b bob!*@*"])


class EarlyTests(IrcTestCase):
    """Dan has yet to register, and has asked for labels."""

    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.connected()
        told = self.dan.asks("CAP LS 302", "@label=7 CAP REQ :labeled-response batch sasl")
        self.assertEqual(told[-1], "CAP * ACK :labeled-response batch sasl")

    def test_what_comes_before_registration_is_answered_with_labels(self) -> None:
        for line, told in (
            ("PING x", "@label=7 :chatsvc PONG chatsvc :x"),
            ("PONG x", "@label=7 :chatsvc ACK"),
            ("WHOIS x", "@label=7 :chatsvc 451 * :You have not registered"),
            ("NOTHING", "@label=7 :chatsvc 451 * :You have not registered"),
            ("AUTHENTICATE PLAIN", "@label=7 AUTHENTICATE +"),
            ("AUTHENTICATE *", "@label=7 :chatsvc 906 * :SASL authentication aborted"),
            (f"PING {'x' * 600}", "@label=7 :chatsvc 417 * :A message has at most 512 bytes."),
            ("NICK :", "@label=7 :chatsvc 431 * :No nickname given"),
        ):
            self.assertEqual(self.dan.asks(f"@label=7 {line}"), [told])

    def test_several_lines_are_a_batch(self) -> None:
        begin, *lines, end = self.dan.asks("@label=7 AUTHENTICATE NONE")
        batch = BATCH.fullmatch(begin)
        assert batch is not None, begin
        self.assertEqual(end, f"BATCH -{batch[1]}")
        self.assertEqual({line.split(" ")[0] for line in lines}, {f"@batch={batch[1]}"})
        self.assertEqual([line.split(" ")[2] for line in lines], ["908", "904"])

    def test_an_answer_for_which_the_client_waits_has_its_label(self) -> None:
        self.registered("eve").asks("NS REGISTER correct-horse")
        self.dan.asks("AUTHENTICATE PLAIN")
        told = self.dan.asks("@label=7 AUTHENTICATE AGV2ZQB3cm9uZw==", "@label=8 PING x")
        self.assertIn("@label=7 :chatsvc 904 * :", told[0])
        self.assertEqual(told[1:], ["@label=8 :chatsvc PONG chatsvc :x"])
        self.dan.asks("AUTHENTICATE PLAIN")
        told = self.dan.asks("@label=7 AUTHENTICATE AGV2ZQBjb3JyZWN0LWhvcnNl")
        self.assertEqual([BATCH.fullmatch(told[0]) is not None, len(told)], [True, 4])

    def test_the_welcome_answers_nothing(self) -> None:
        ack, *others = self.dan.asks(
            "@label=7 NICK dan", "@label=8 USER dan 0 * :Dan", "@label=9 CAP END", "@label=1 PING x"
        )
        self.assertEqual([ack, *others[:2]],
                         [f"@label={number} :chatsvc ACK" for number in (7, 8, 9)])  # fmt: skip
        self.assertEqual(others[2][:8], "001 dan ")
        labelled = [line for line in others[2:] if line.startswith("@label")]
        self.assertEqual(labelled, ["@label=1 :chatsvc PONG chatsvc :x"])

    def test_a_farewell_has_its_label(self) -> None:
        self.assertEqual(self.dan.asks("@label=7 QUIT"), ["@label=7 ERROR :Closing link: Quit"])
