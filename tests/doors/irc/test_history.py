"""History over IRC: CHATHISTORY, read markers, what is shown at JOIN, and REDACT."""

from __future__ import annotations

import json
import re
from typing import Any

from chatsvc.chat.history import recall
from chatsvc.chat.logs.log import Entry
from chatsvc.doors.irc.codec.message import LINE_BYTES
from chatsvc.store import StoreError
from chatsvc.text.times import stamp
from chatsvc.throttle import Throttle
from tests.doors.irc.irc import IrcPerson, IrcTestCase

CAPS = ("batch", "message-tags", "server-time", "draft/chathistory", "draft/read-marker")


class HistoryTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", *CAPS)
        self.dan.asks("JOIN #x")
        self.ann.types("/join #x")
        for number in range(1, 8):
            self.ann.types(f"/say #x line {number}")
            self.server.clock.advance(1)
        self.said = self.dan.hears()[-7:]
        self.ids = [line.partition("msgid=")[2].split(" ")[0].split(";")[0] for line in self.said]
        self.times = [line.partition("time=")[2].split(";")[0] for line in self.said]

    def numbers(self, person: IrcPerson, *lines: str) -> list[int]:
        """The numbers of the lines in the batch that is the answer."""
        start, *inner, end = person.asks(*lines)
        reference = start.removeprefix("BATCH +").split(" ")[0]
        self.assertEqual(end, f"BATCH -{reference}")
        self.assertTrue(all(line.startswith(f"@batch={reference};") for line in inner))
        return [int(line.split(" ")[-1]) for line in inner]

    def test_each_way_to_ask(self) -> None:
        ids, times = self.ids, self.times
        for asked, expected in (
            ("LATEST #x * 3", [5, 6, 7]),
            (f"LATEST #x msgid={ids[4]} 9", [6, 7]),
            (f"LATEST #x timestamp={times[4]} 1", [7]),
            (f"BEFORE #x msgid={ids[4]} 2", [3, 4]),
            (f"BEFORE #x timestamp={times[4]} 9", [1, 2, 3, 4]),
            (f"AFTER #x msgid={ids[4]} 9", [6, 7]),
            (f"AFTER #x timestamp={times[1]} 2", [3, 4]),
            (f"AROUND #x msgid={ids[3]} 3", [3, 4, 5]),
            (f"BETWEEN #x msgid={ids[1]} msgid={ids[5]} 9", [3, 4, 5]),
            (f"BETWEEN #x timestamp={times[5]} timestamp={times[1]} 2", [4, 5]),
            ("LATEST #x * 0", []),
        ):
            self.assertEqual(self.numbers(self.dan, f"CHATHISTORY {asked}"), expected, asked)

    def test_what_is_wrong_is_told(self) -> None:
        for asked, code in (
            ("", "INVALID_PARAMS"),
            ("NOPE #x * 1", "INVALID_PARAMS"),
            ("LATEST #x *", "INVALID_PARAMS"),
            ("LATEST #x * 1 2", "INVALID_PARAMS"),
            ("BETWEEN #x msgid=1 msgid=2", "INVALID_PARAMS"),
            ("BEFORE #x * 1", "INVALID_PARAMS"),
            ("BEFORE #x number=1 1", "INVALID_MSGREFTYPE"),
            ("LATEST #x * many", "INVALID_PARAMS"),
            ("BEFORE #x msgid=x 1", "INVALID_PARAMS"),
            ("BEFORE #x timestamp=yesterday 1", "INVALID_PARAMS"),
            ("LATEST #nowhere * 1", "INVALID_TARGET"),
            ("LATEST nobody * 1", "INVALID_TARGET"),
        ):
            self.assertIn(f"FAIL CHATHISTORY {code}", self.dan.asks(f"CHATHISTORY {asked}")[0])

    def test_of_what_the_store_cannot_read_one_is_told(self) -> None:
        async def between(*_: object, **__: object) -> list[Entry]:
            raise StoreError("the disk is gone")

        self.patch(self.server.chat.recall, "between", between)
        [told] = self.dan.asks("CHATHISTORY LATEST #x * 9")
        self.assertTrue(told.startswith("FAIL CHATHISTORY MESSAGE_ERROR LATEST #x :"), told)

    def test_where_something_was_said_is_listed(self) -> None:
        asked = (
            f"CHATHISTORY TARGETS timestamp={self.times[0]} timestamp=2030-01-01T00:00:00.000Z 9"
        )
        self.assertIn(f"CHATHISTORY TARGETS #x {self.times[6]}", self.dan.asks(asked)[1])

    def test_who_cannot_ask_is_shown_the_last_lines_at_join(self) -> None:
        eve, fay = self.registered("eve", "server-time"), self.registered("fay")
        told = [line for line in eve.asks("JOIN #x") if "PRIVMSG" in line]
        self.assertEqual(len(told), 7)
        self.assertTrue(told[0].startswith(f"@time={self.times[0]} "), told[0])
        told = [line for line in fay.asks("JOIN #x") if "PRIVMSG" in line]
        self.assertRegex(told[0], r" :\[\d\d:\d\d\] line 1$")
        gus = self.registered("gus", *CAPS)
        self.assertEqual([line for line in gus.asks("JOIN #x") if "PRIVMSG" in line], [])

    def test_what_is_shown_at_join_is_a_batch_for_those_who_know_batches(self) -> None:
        eve = self.registered("eve", "batch", "server-time", "labeled-response")
        for label in ("", "@label=7 "):
            told = eve.asks(f"{label}JOIN #x")
            [batch] = re.findall(r"BATCH \+(\w+) chathistory #x$", "\n".join(told), re.MULTILINE)
            said = [line for line in told if " PRIVMSG #x :line " in line]
            self.assertEqual(len(said), 7)
            self.assertTrue(all(line.startswith(f"@batch={batch};time=") for line in said), said)
            self.assertTrue(any(line.endswith(f"BATCH -{batch}") for line in told), told)
            self.assertEqual("labeled-response" in told[0], bool(label))
            eve.asks("PART #x")

    def test_times_stand_before_the_words_whatever_the_client_knows(self) -> None:
        self.dan.asks("PRIVMSG #x :\x01ACTION waves\x01", "NOTICE #x :look")
        multiline = ("batch", "message-tags", "draft/multiline")
        self.ann.types("/say #x " + "x" * 600)
        for nick, *caps in (("eve",), ("fay", "message-tags"), ("gus", *multiline)):
            person = self.registered(nick, *caps)
            told = [line for line in person.asks("JOIN #x") if re.search("PRIVMSG|NOTICE", line)]
            source = r"^(@\S+ )?:(dan!dan|client1!client1)@\S+"
            time = r"\[\d\d:\d\d\]"
            self.assertRegex(told[-4], rf"{source} PRIVMSG #x :\x01ACTION {time} waves\x01$")
            self.assertRegex(told[-3], rf"{source} NOTICE #x :{time} look$")
            self.assertRegex(told[-2], rf"{source} PRIVMSG #x :{time} x+$")
            self.assertRegex(told[-1], rf"{source} PRIVMSG #x :x+$")
            self.assertLessEqual(len(re.sub("^@\\S+ ", "", told[-2])), LINE_BYTES - 2)

    def test_what_is_shown_has_its_id_also_with_the_time_before_the_words(self) -> None:
        eve = self.registered("eve", "message-tags")
        told = [line for line in eve.asks("JOIN #x") if "PRIVMSG" in line]
        ids = [re.match(r"@msgid=(\d+) :client1!", line) for line in told]
        self.assertEqual([each and each[1] for each in ids], self.ids)

    def test_read_markers_only_go_forward(self) -> None:
        first, second = self.times[:2]
        self.assertEqual(self.dan.asks("MARKREAD #x"), ["MARKREAD #x *"])
        for asked, answer in ((second, second), (first, second), (second, second)):
            told = self.dan.asks(f"MARKREAD #x timestamp={asked}")
            self.assertEqual(told, [f"MARKREAD #x timestamp={answer}"])
        self.assertIn("FAIL MARKREAD INVALID_PARAMS", self.dan.asks("MARKREAD #x *")[0])
        now = stamp(self.server.clock.now())
        told = self.dan.asks("MARKREAD #x timestamp=2040-01-01T00:00:00.000Z")
        self.assertEqual(told, [f"MARKREAD #x timestamp={now}"])

    def test_what_is_read_by_one_client_is_read_by_the_others_of_the_account(self) -> None:
        first = self.registered("eve", "draft/read-marker", host="127.0.0.1")
        first.asks("NS REGISTER correct-horse", "JOIN #x")
        second = self.registered("gus", "draft/read-marker", host="127.0.0.1")
        old = self.registered("hal", host="127.0.0.1")
        program = self.server.joined_by("127.0.0.1")
        program.types("/json", '{"do": "login", "name": "eve", "password": "correct-horse"}')
        program.types('{"do": "markread"}')
        for each in (second, old):
            each.asks("NS IDENTIFY eve correct-horse")
        program.hears()
        for each in (first, second, old):
            each.hears()
        first.asks(f"MARKREAD #x timestamp={self.times[0]}")
        [line] = second.hears()
        self.assertIn(f" MARKREAD #x timestamp={self.times[0]}", line)
        self.assertEqual(old.hears(), [])
        [line] = program.hears()
        self.assertEqual(json.loads(line)["until"], self.times[0])
        program.types(f'{{"do": "markread", "room": "@dan", "until": "{self.times[1]}"}}')
        for each in (first, second):
            [line] = each.hears()
            self.assertIn(f" MARKREAD dan timestamp={self.times[1]}", line)

    def test_a_mark_also_stores_how_far_the_account_has_read(self) -> None:
        eve = self.registered("eve", "draft/read-marker", host="127.0.0.1")
        eve.asks("NS REGISTER correct-horse", "JOIN #x")
        self.ann.types("/say #x line 8")
        eve.hears()
        eve.asks(f"MARKREAD #x timestamp={self.times[0]}")
        account = self.server.chat.accounts.find("eve")
        room = self.server.chat.rooms.get("#x")
        assert account is not None
        assert room is not None
        self.assertEqual(json.loads(account.kept)["cursors"][room.key], room.log.head)

    def test_what_was_said_is_removed_for_all(self) -> None:
        eve = self.registered("eve", "draft/message-redaction")
        eve.asks("JOIN #x")
        self.dan.hears()
        self.assertIn("REDACT_FORBIDDEN", eve.asks(f"REDACT #x {self.ids[0]}")[0])
        self.assertIn("UNKNOWN_MSGID", self.dan.asks("REDACT #x 99999")[0])
        self.dan.sends(f"REDACT #x {self.ids[0]} :spam")
        self.assertIn(f"REDACT #x {self.ids[0]} :spam", eve.hears()[-1])
        self.dan.hears()
        self.assertEqual(self.numbers(self.dan, "CHATHISTORY LATEST #x * 9"), [2, 3, 4, 5, 6, 7])


class PlaybackTests(IrcTestCase):
    """What is no message, and what is in no store (draft/event-playback)."""

    def start(self, **options: Any) -> Any:
        return super().start(throttle=Throttle.off(), **options)

    def setUp(self) -> None:
        super().setUp()
        caps = ("batch", "message-tags", "echo-message", "draft/chathistory")
        self.dan = self.registered("dan", *caps, "draft/event-playback")
        self.eve = self.registered("eve", *caps)

    def found(self, person: IrcPerson, asked: str) -> list[str]:
        """The verbs in the answer."""
        person.hears()
        inner = person.asks(f"CHATHISTORY {asked}")[1:-1]
        return [line.split(" ")[2] for line in inner]

    def test_events_stand_among_the_messages_for_those_who_want_that(self) -> None:
        for line in ("JOIN #x", "TOPIC #x :one", "PRIVMSG #x :two", "MODE #x +t"):
            self.dan.asks(line)
            self.server.clock.advance(1)
        self.eve.asks("JOIN #x", "@+typing=done TAGMSG #x", "PRIVMSG #x :three")
        self.dan.hears()
        all_of_it = ["JOIN", "TOPIC", "PRIVMSG", "MODE", "JOIN", "TAGMSG", "PRIVMSG"]
        self.assertEqual(self.found(self.dan, "LATEST #x * 50"), all_of_it)
        self.assertEqual(self.found(self.dan, "LATEST #x * 3"), all_of_it[-3:])
        self.assertEqual(self.found(self.eve, "LATEST #x * 50"), ["PRIVMSG", "PRIVMSG"])
        topic = self.server.chat.rooms["#x"].log.after(1, 1)[0]
        for reference in (f"msgid={topic.id}", f"timestamp={stamp(topic.at)}"):
            asked = f"AFTER #x {reference} 2"
            self.assertEqual(self.found(self.dan, asked), ["PRIVMSG", "MODE"], reference)
        self.assertEqual(self.found(self.dan, f"BEFORE #x msgid={topic.id} 9"), ["JOIN"])

    def test_a_join_stands_there_without_what_is_known_now_of_who_joined(self) -> None:
        fay = self.registered(
            "fay", "batch", "draft/chathistory", "draft/event-playback", "away-notify"
        )
        self.dan.asks("JOIN #x", "AWAY :lunch")
        self.assertEqual(self.found(fay, "LATEST #x * 9"), [])
        fay.asks("JOIN #x")
        lines = fay.asks("CHATHISTORY LATEST #x * 9")[1:-1]
        self.assertEqual([line.split(" ")[2] for line in lines], ["JOIN", "JOIN"])

    def test_what_guests_say_to_each_other_is_there_while_both_are(self) -> None:
        self.dan.asks("PRIVMSG eve :one", "@+draft/react=x TAGMSG eve")
        self.eve.asks("PRIVMSG dan :two")
        for person, other in ((self.dan, "EVE"), (self.eve, "dan")):
            found = [each for each in self.found(person, f"LATEST {other} * 9") if each != "TAGMSG"]
            self.assertEqual(found, ["PRIVMSG", "PRIVMSG"])
        self.assertEqual(self.found(self.dan, "LATEST eve * 1"), ["PRIVMSG"])
        self.assertIn("TAGMSG", self.found(self.dan, "LATEST eve * 9"))
        self.eve.sends("QUIT")
        self.eve.protocol.connectionLost()
        self.registered("eve")
        self.assertEqual(self.found(self.dan, "LATEST eve * 9"), [])

    def test_who_has_written_something_can_remove_it(self) -> None:
        cap = "draft/message-redaction"
        fay, gus = self.registered("fay", cap, "message-tags"), self.registered("gus", cap)
        fay.asks("PRIVMSG gus :secret")
        self.ann.types("/dm gus secret")
        gus.hears()
        fay.asks("PRIVMSG client1 :other")
        self.ann.hears()
        last = self.server.chat.delivery.last_id
        forbidden = gus.asks(f"REDACT fay {last - 2}")[0]
        self.assertIn("REDACT_FORBIDDEN", forbidden)
        self.assertIn("UNKNOWN_MSGID", gus.asks("REDACT fay 999999")[0])
        self.assertIn("INVALID_TARGET", gus.asks("REDACT dan 1")[0])
        told = fay.asks(f"REDACT gus {last - 2} :oops")[0].partition(" ")[2]
        self.assertEqual(told, f"REDACT gus {last - 2} :oops")
        self.assertEqual([line.partition(" ")[2] for line in gus.hears()], [told])
        fay.asks(f"REDACT client1 {last}")
        self.assertIn(f"fay has removed line {last}", self.ann.hears()[0])
        pair = self.server.chat.pairs.get(fay.session.user, gus.session.user)
        assert pair is not None
        self.assertEqual(pair.log.after(0, 9)[0].line, b"fay: (removed)")

    def test_of_several_lines_that_were_removed_nothing_is_left(self) -> None:
        caps = ("batch", "message-tags", "draft/multiline", "draft/chathistory")
        fay, gus = [self.registered(name, *caps) for name in ("fay", "gus")]
        fay.sends("@+reason=secret BATCH +x draft/multiline gus")
        fay.sends("@batch=x PRIVMSG gus :secret", "@batch=x PRIVMSG gus :word", "BATCH -x")
        self.assertIn("secret", "".join(gus.hears()))
        fay.asks(f"REDACT gus {self.server.chat.delivery.last_id}")
        gus.hears()
        [_, line, _] = gus.asks("CHATHISTORY LATEST fay * 9")
        self.assertTrue(line.endswith(" PRIVMSG gus :(removed)"), line)
        self.assertNotIn("secret", line)

    def test_what_one_says_to_oneself(self) -> None:
        self.dan.asks("PRIVMSG dan :note")
        self.assertEqual(self.found(self.dan, "LATEST dan * 9"), ["PRIVMSG"])

    def test_only_so_much_of_memory_is_looked_at(self) -> None:
        self.dan.asks("JOIN #x")
        self.patch(recall, "MOST_SCANNED", 3)
        self.dan.asks(*[f"TOPIC #x :{number}" for number in range(9)])
        self.assertEqual(len(self.found(self.dan, "LATEST #x * 50")), 3)
