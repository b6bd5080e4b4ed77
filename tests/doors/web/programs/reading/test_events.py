"""Streams of events: what programs hear, from when, and for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from chatsvc.chat.logs.log import Entry
from chatsvc.chat.presence.departures import CLOSE_WITHIN
from chatsvc.clock import TURN_EVERY
from chatsvc.dialects import json_lines
from chatsvc.doors.web.programs.reading import frames, streams
from chatsvc.doors.web.programs.reading.streams import BEAT_EVERY, MOST_RECEIVED
from chatsvc.events.relayed import Relayed
from tests.chat.history.test_archive import Lasting
from tests.commands.test_accounts import PASSWORD
from tests.doors.web.programs.asking import Ear, ProgramTestCase


class StreamTestCase(ProgramTestCase):
    def ear(self, path: str = "/rooms/ops/events", **headers: str) -> Ear:
        return Ear(self.browser(), path, **headers)


class EventTests(StreamTestCase):
    def test_it_hears_what_people_hear(self) -> None:
        ear = self.ear()
        self.assertTrue(ear.head.startswith("HTTP/1.1 200 OK\r\n"))
        for line in (
            "Content-Type: text/event-stream", "X-Accel-Buffering: no", "Cache-Control: no-store",
            "Connection: close", "X-Content-Type-Options: nosniff",
        ):  # fmt: skip
            self.assertIn(line.lower(), ear.head.lower())
        self.assertNotIn("transfer-encoding", ear.head.lower())
        self.assertEqual(ear.hears(), ["retry: 2000"])
        self.bob.types("hi\nthere", "/me waves", "/nick bobby", "/topic of the day", "/part")
        said, *_, acted, topic, parted = ear.objects()
        facts = {"event": "said", "room": "#ops", "from": "client2", "text": "hi"}
        self.assertEqual(said | facts, said)
        self.assertEqual([acted["event"], topic["event"], parted["event"]], [
            "acted", "topic-set", "parted",
        ])  # fmt: skip

    def test_it_can_be_text(self) -> None:
        ear = self.ear("/rooms/ops/events?format=text")
        ear.hears()
        self.bob.types("hi")
        [hi] = ear.hears()
        last_id = self.server.chat.delivery.last_id
        self.assertEqual(hi, f"id: {last_id}\ndata: #ops client2: hi")
        key = self.key()
        self.posts(f"/hook/{key}", "a\n\nb")
        *_, lines = ear.hears()
        begin = "data: #ops ci[hook]: "
        self.assertEqual(lines.split("\n")[1:], [f"{begin}a", begin, f"{begin}b"])

    def test_it_has_a_line_in_the_log_at_its_end(self) -> None:
        journal = self.journal()
        browser = self.browser()
        Ear(browser, "/rooms/ops/events").hears()
        self.server.clock.advance(5)
        browser.transport.protocol.connectionLost(Failure(ConnectionDone()))
        [line] = journal
        self.assertRegex(line, r"^A stream of #ops ended after \d s: Connection was closed clean")

    def test_presence_is_heard_in_the_lobby(self) -> None:
        ear = self.ear("/rooms/lobby/events")
        ear.hears()
        self.cat.types("/quit")
        self.assertEqual([each["event"] for each in ear.objects()], ["quit"])

    def test_it_goes_on_after_an_id(self) -> None:
        self.bob.types("one", "two")
        self.hush()
        first = self.ear(Last_Event_ID="0")
        texts = [each["text"] for each in first.objects() if "text" in each]
        self.assertEqual(texts, ["one", "two"])
        last_id = self.server.chat.delivery.last_id
        again = self.ear(Last_Event_ID=str(last_id - 1))
        self.assertEqual([each["text"] for each in again.objects()], ["two"])
        self.bob.types("three")
        for ear in (first, again):
            self.assertEqual([each["text"] for each in ear.objects()], ["three"])

    def test_what_only_irc_clients_tell_each_other_is_left_out(self) -> None:
        ears = [self.ear(), self.ear("/rooms/ops/events?format=text")]
        room = self.server.chat.rooms["#ops"]
        event = Relayed("ann", room.name, "TAGMSG", "", "+typing=active")
        self.server.chat.delivery.append(room, event)
        for ear in ears:
            self.assertEqual(ear.hears(), ["retry: 2000"])

    def test_a_bug_ends_one_stream_and_is_logged(self) -> None:
        ear, other = self.ear(), self.ear("/rooms/ops/events?format=text")
        for each in (ear, other):
            each.hears()
        logged = self.logged()
        self.patch(json_lines, "wording", lambda entries: 1 / 0)
        self.bob.types("hi")
        self.assertEqual(ear.hears(), [])
        self.assertEqual(len(other.hears()), 1)
        self.assertTrue(ear.is_closed())
        self.assertIn("ZeroDivisionError", logged[0])

    def test_what_is_wrong(self) -> None:
        for path, headers, status in (
            ("/rooms/ops/events?format=xml", {}, 400),
            ("/rooms/ops/events?format=text&format=json", {}, 400),
            ("/rooms/ops/events", {"Last_Event_ID": "x"}, 400),
            ("/rooms/ops/events", {"Last_Event_ID": "9" * 19}, 400),
            ("/rooms/nowhere/events", {}, 404),
            ("/rooms/ops/events", {"Authorization": "Bearer x"}, 401),
            ("/rooms/ops/events/more", {}, 404),
            ("/rooms/ops", {}, 404),
        ):
            self.assertEqual(self.gets(path, **headers).status, status, (path, headers))
        browser = self.browser()
        response = browser.asks("HEAD", "/rooms/ops/events")
        self.assertEqual((response.status, response.body), (200, ""))
        self.assertNotIn("content-length", response.headers)
        self.assertTrue(browser.is_closed())
        self.assertEqual(self.posts("/rooms/ops/events", "").status, 405)

    def test_it_shows_that_it_is_alive(self) -> None:
        ear = self.ear()
        ear.hears()
        self.server.clock.pump([BEAT_EVERY, 0, 0])
        self.assertEqual(ear.hears(), [":"])

    def test_it_ends_when_the_room_may_no_longer_be_read(self) -> None:
        token = self.token()
        ear, owners = self.ear(), self.ear(Authorization=token)
        self.ann.types("/privacy invite-only")
        owners.hears()
        self.bob.types("secret")
        self.assertNotIn("secret", str(ear.hears()))
        self.assertTrue(ear.is_closed())
        self.assertIn("secret", str(owners.hears()))
        self.ann.types("/token revoke bot1")
        self.hush()
        self.assertTrue(owners.is_closed())

    def test_many_end_in_several_turns_and_hear_nothing_meanwhile(self) -> None:
        self.patch(streams, "AT_ONCE", 2)
        ears = [self.ear() for _ in range(5)]
        ears[0].stalls()
        clock, closed = self.server.clock, []
        close = streams.Stream.close

        def closes(stream: streams.Stream) -> None:
            closed.append(clock.seconds())
            close(stream)

        self.patch(streams.Stream, "close", closes)
        self.ann.types("/privacy invite-only")
        self.bob.types("secret")
        ears[0].reads()
        clock.pump([0, *[TURN_EVERY] * 4])
        self.assertEqual(len(closed), 5)
        self.assertLessEqual(max(Counter(closed).values()), 2)
        self.assertNotIn("secret", str([ear.hears() for ear in ears]))
        self.assertEqual([ear.is_closed() for ear in ears], [True] * 5)

    def test_those_that_may_read_on_hear_everything_once_though_many_are_checked(self) -> None:
        self.patch(streams, "AT_ONCE", 2)
        token = self.token()
        ears = [self.ear(Authorization=token) for _ in range(5)]
        for ear in ears:
            ear.hears()
        ears[0].stalls()
        clock, checked = self.server.clock, []
        may_go_on = streams.Stream.may_go_on

        def checks(stream: streams.Stream) -> bool:
            checked.append(clock.seconds())
            return may_go_on(stream)

        self.patch(streams.Stream, "may_go_on", checks)
        self.ann.types("/privacy invite-only")
        self.bob.types("first")
        clock.advance(0)
        self.bob.types("second")
        ears[0].reads()
        clock.pump([0, *[TURN_EVERY] * 6])
        self.bob.types("third")
        self.assertEqual(len(checked), 5)
        self.assertLessEqual(max(Counter(checked).values()), 2)
        for ear in ears:
            heard = str(ear.hears())
            self.assertEqual([heard.count(each) for each in ("first", "second", "third")], [1] * 3)

    def test_one_that_has_not_begun_hears_nothing_before_it_is_closed(self) -> None:
        browser = self.browser()
        register = browser.transport.registerProducer

        def registers(producer: Any, streaming: bool) -> None:
            register(producer, streaming)
            producer.pauseProducing()  # the head of the answer has filled the transport's buffer

        self.patch(browser.transport, "registerProducer", registers)
        ear = Ear(browser, "/rooms/ops/events")
        self.ann.types("/privacy invite-only")
        ear.reads()
        self.bob.types("secret")
        self.assertNotIn("secret", str(ear.hears()))
        self.assertTrue(ear.is_closed())

    def test_it_ends_with_its_token(self) -> None:
        new = "another-horse"
        for line in (f"/passwd {PASSWORD} {new}", "/logout everywhere"):
            ear, others = self.ear(Authorization=self.token()), self.ear()
            self.ann.types(line)
            self.hush()
            self.assertTrue(ear.is_closed(), line)
            self.assertFalse(others.is_closed())
        self.ann.types(f"/login ann {new}", "/join #ops")
        self.hush()
        ear = self.ear(Authorization=self.token())
        self.ann.types("/logout")
        self.ann.types(f"/login ann {new}")
        self.hush()
        self.assertFalse(ear.is_closed())
        self.ann.types(f"/unregister {new}")
        self.hush()
        self.assertTrue(ear.is_closed())

    def test_it_ends_with_the_room(self) -> None:
        ear = self.ear()
        self.ann.types("/part")
        self.bob.types("/part")
        self.hush()
        self.server.clock.pump([BEAT_EVERY, 0, 0])
        self.assertTrue(ear.is_closed())
        self.server.clock.advance(CLOSE_WITHIN)

    def test_it_follows_a_renamed_room(self) -> None:
        ear = self.ear()
        self.ann.types("/rename #ops #sre")
        self.hush()
        self.server.clock.pump([BEAT_EVERY, 0, 0])
        self.bob.types("hi")
        self.assertEqual(ear.objects()[-1]["room"], "#sre")
        self.assertFalse(ear.is_closed())

    def test_there_are_bounds(self) -> None:
        self.patch(streams, "MOST_OF_ADDRESS", 2)
        ears = [self.ear() for _ in range(2)]
        response = self.gets("/rooms/ops/events")
        self.assertEqual(response.status, 429)
        self.assertIn("2 streams go to your address, which is the most", response.error)
        ears[0].drops()
        Ear(self.browser("10.0.0.8"), "/rooms/ops/events")
        Ear(self.browser(), "/rooms/ops/events")
        self.patch(streams, "MOST_STREAMS", 3)
        response = self.browser("10.0.0.8").asks("GET", "/rooms/ops/events")
        self.assertIn("Too many read along", response.error)

    def test_the_fewer_are_left_the_fewer_an_address_can_have(self) -> None:
        self.patch(streams, "MOST_STREAMS", 75)
        numbers = []
        for host in [f"10.1.0.{last}" for last in range(1, 31)]:
            numbers.append(0)
            while " 200 " in Ear(self.browser(host), "/rooms/ops/events").head:
                numbers[-1] += 1
        self.assertEqual(numbers, [2] * 13 + [1] * 17)  # one in 25 of 75, and then of fewer
        response = self.browser(host).asks("GET", "/rooms/ops/events")
        self.assertIn("1 stream goes to your address, which is the most", response.error)

    def test_whoever_says_more_is_cut_off(self) -> None:
        ear = self.ear()
        ear.sends(b"x" * MOST_RECEIVED)
        self.assertFalse(ear.is_closed())
        ear.sends(b"x")
        self.assertTrue(ear.is_closed())

    def test_a_slow_one_is_a_cursor_that_lags(self) -> None:
        ear = self.ear()
        ear.hears()
        ear.stalls()
        self.bob.types(*[f"line {n} {'x' * 1000}" for n in range(100)])
        self.hush()
        self.server.clock.pump([BEAT_EVERY, 0, 0])
        self.assertEqual(ear.hears(), [])
        ear.reads()
        heard = []
        for _ in range(20):
            heard += [each["text"].split()[1] for each in ear.objects()]
        self.assertEqual(heard, [str(n) for n in range(100)])

    def test_one_that_a_beat_fills_waits(self) -> None:
        ear = self.ear()
        ear.hears()
        ear.is_full_from_now_on()
        self.server.clock.pump([BEAT_EVERY, 0, 0])
        self.bob.types("hi")
        self.assertEqual(ear.hears(), [":"])
        ear.reads()
        self.assertEqual([each["text"] for each in ear.objects()], ["hi"])

    def test_a_reader_costs_no_wording_of_its_own(self) -> None:
        ears = [self.ear() for _ in range(3)]
        worded: list[int] = []
        as_json = frames.as_json

        def counted(entries: Sequence[Entry]) -> bytes:
            worded.append(len(entries))
            return as_json(entries)

        self.patch(frames, "as_json", counted)
        counting = [self.ear() for _ in range(3)]
        self.bob.types("hi")
        for ear in (*ears, *counting):
            self.assertEqual(len(ear.objects()), 1)
        self.assertEqual(worded, [1])


class ForgottenTests(StreamTestCase):
    """Memory holds ten events, and the store the messages."""

    limits: ClassVar[dict[str, Any]] = {"history": 10}

    def start(self, **options: Any) -> Any:
        self.store = Lasting()
        return super().start(store=self.store, **options)

    def heard(self, ear: Ear) -> list[str]:
        found = []
        for _ in range(50):
            found += [each["text"] for each in ear.objects() if each["event"] == "said"]
        return found

    def test_it_goes_on_from_the_store(self) -> None:
        said = [str(number) for number in range(1200)]
        for line in said:
            self.bob.types(line)
            self.hush()
        self.assertEqual(self.heard(self.ear(Last_Event_ID="1")), said)

    def test_a_slow_one_does(self) -> None:
        ear = self.ear()
        ear.hears()
        ear.stalls()
        said = [str(number) for number in range(100)]
        for line in said:
            self.bob.types(line)
            self.hush()
        ear.reads()
        self.bob.types("more")
        self.assertEqual(self.heard(ear), [*said, "more"])

    def test_it_says_so_when_something_is_lost(self) -> None:
        for number in range(20):
            self.bob.types(str(number))
            self.hush()
        self.store.broken = True
        notice, *_ = self.ear(Last_Event_ID="1").hears()[1:]
        self.assertIn("Not all events from the meantime are kept", notice)
        self.assertNotIn("id:", notice)
