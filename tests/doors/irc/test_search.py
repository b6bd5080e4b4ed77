"""SEARCH: what was said, by word, place, speaker and time."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.history.recall import MOST_LINES, MOST_WORDS
from chatsvc.commands import people
from chatsvc.doors.irc.verbs.speech.search import USUAL_LINES
from chatsvc.store import Stored, StoreError
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcPerson, IrcTestCase

CAPS = ("batch", "message-tags", "server-time", "soju.im/search")


class SearchTests(IrcTestCase):
    """Dan and Ann are in #x, Eve is not; Dan has said six things there, Ann one in the lobby."""

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", *CAPS, "echo-message")
        self.eve = self.registered("eve", *CAPS, host="10.0.0.8")
        self.ann.types("/join #x")
        self.dan.asks("JOIN #x")
        self.times = []
        for number in range(1, 7):
            self.dan.sends(f"PRIVMSG #x :word {number}, with more")
            [said] = self.dan.hears()
            self.times.append(said.partition("time=")[2].split(";")[0])
            self.server.clock.advance(1)
        self.ann.types("/bc another word")
        self.dan.hears()
        self.eve.hears()

    def found(self, person: IrcPerson, asked: str) -> list[str]:
        """What is said in the batch that is the answer."""
        start, *inner, end = person.asks(f"SEARCH {asked}")
        reference = start.split(" ")[1].removeprefix("+")
        self.assertEqual(start, f"BATCH +{reference} soju.im/search")
        self.assertEqual(end, f"BATCH -{reference}")
        for line in inner:
            tags = line.split(" ")[0].removeprefix("@").split(";")
            self.assertEqual([tag.split("=")[0] for tag in tags], ["batch", "time", "msgid"])
        return [line.split(" :", 2)[2] for line in inner]

    def test_each_way_to_ask(self) -> None:
        texts = [f"word {number}, with more" for number in range(1, 7)]
        third = self.times[2]
        for asked, expected in (
            ("text=word", [*texts, "another word"]),
            (r":text=word\s3", [texts[2]]),
            (":text=wor* 3", [texts[2]]),
            ("in=#x", texts),
            ("in=#X;text=word;limit=2", texts[-2:]),
            ("from=client1", ["another word"]),
            ("from=DAN;in=#lobby", []),
            ("text=nothing", []),
            (f"in=#x;after={third}", texts[2:]),
            (f"in=#x;before={third}", texts[:3]),
            (f"text=word;after={third};before={third}", [texts[2]]),
            (f"before={third};limit=1", [texts[2]]),
            ("in=#x;before=1970-01-01T00:00:00.000Z", []),
            ("limit=0", []),
        ):
            self.assertEqual(self.found(self.dan, asked), expected, asked)

    def test_what_is_said_elsewhere_is_not_found(self) -> None:
        self.assertEqual(self.found(self.eve, "text=word"), ["another word"])
        told = self.eve.asks("SEARCH in=#x")
        self.assertIn("FAIL SEARCH INVALID_PARAMS :You are not in #x", told[0])

    def test_what_is_wrong_is_told(self) -> None:
        for asked, told in (
            ("", "461 dan SEARCH :Not enough parameters"),
            ("colour=red", "FAIL SEARCH INVALID_PARAMS colour :There is no such attribute"),
            (":;", "FAIL SEARCH INVALID_PARAMS ; :There is no such attribute"),
            ("limit=many", "FAIL SEARCH INVALID_PARAMS :A limit is a number."),
            ("in=nobody", "FAIL SEARCH INVALID_PARAMS :There is nobody of that name."),
            ("before=then", "FAIL SEARCH INVALID_PARAMS :A time is like"),
            ("text=...", 'FAIL SEARCH INVALID_PARAMS :There is no word, number or symbol in "'),
            (f":text={'a ' * (MOST_WORDS + 1)}", "FAIL SEARCH INVALID_PARAMS :Look for at most 10"),
        ):
            [line] = self.dan.asks(f"SEARCH {asked}")
            self.assertTrue(line.startswith(told), line)

    def test_if_the_store_fails_that_is_told(self) -> None:
        async def fails(*_: object, **__: object) -> list[Stored]:
            raise StoreError("the disk is gone")

        self.patch(self.server.store, "search", fails)
        told = "FAIL SEARCH INTERNAL_ERROR :The search could not be run, as the disk is gone."
        self.assertEqual(self.dan.asks("SEARCH in=#x"), [told])

    def test_no_more_than_so_many_at_once(self) -> None:
        for number in range(MOST_LINES + 1):
            self.ann.types(f"/say #x word {number}")
        self.dan.hears()
        self.assertEqual(len(self.found(self.dan, "in=#x")), USUAL_LINES)
        self.assertEqual(len(self.found(self.dan, "in=#x;limit=99999")), MOST_LINES)

    def test_what_an_ignored_one_has_said_is_left_out(self) -> None:
        self.eve.asks("JOIN #x")
        people.ignore(self.server.chat, self.eve.session, "dan")
        self.eve.hears()
        self.assertEqual(self.found(self.eve, "in=#x"), [])
        self.assertEqual(self.found(self.eve, "text=word;limit=1"), ["another word"])

    def test_only_who_has_asked_for_it_may(self) -> None:
        fay = self.registered("fay", "batch", host="10.0.0.7")
        self.assertEqual(fay.asks("SEARCH text=word"), ["421 fay SEARCH :Unknown command"])

    def test_without_batches_the_lines_come_alone(self) -> None:
        fay = self.registered("fay", "soju.im/search", host="10.0.0.7")
        [line] = fay.asks("SEARCH text=another")
        self.assertTrue(line.endswith(" PRIVMSG #lobby :another word"), line)
