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

    def test_who_is_spared_its_own_words_is_answered_once(self) -> None:
        writer = cast("Writer", self.dan.transport.producer)
        writer.pauseProducing()
        self.dan.session.is_lagging = True
        self.dan.sends("PRIVMSG #x :hi", "@label=7 MODE #x +vb eve bob!*@*")
        while "+v eve" not in "".join(self.eve.hears()):
            self.assertTrue(self.store.answers())
        self.assertNotEqual(self.dan.session.unseen, ())
        writer.resumeProducing()
        told = [line.split(" ", 2)[-1] for line in self.settled(self.dan)]
        self.assertEqual(told[1:-1], ["MODE #x +v eve", "MODE #x +b bob!*@*"])
