"""RENAME: another name for a channel (draft/channel-rename)."""

from __future__ import annotations

from typing import Any

from chatsvc.chat.accounts.ignored import Someone
from chatsvc.chat.history import read_markers
from chatsvc.chat.people.ignoring import keys_of
from chatsvc.chat.rooms.settings import RENAMED_EVERY
from chatsvc.doors.irc.client import Client
from chatsvc.doors.irc.wording import alone
from tests.doors.irc.irc import ChannelTestCase, IrcPerson

CAP = "draft/channel-rename"


class RenameTests(ChannelTestCase):
    """Dan has made #x; Gus, whose client knows of renaming, and Eve, whose does not, are in it."""

    def setUp(self) -> None:
        super().setUp()
        self.gus = self.registered("gus", CAP, "labeled-response", "batch", host="10.0.0.7")
        self.eve.sends("JOIN #x")
        self.gus.sends("JOIN #x")
        self.hush()

    def hush(self) -> None:
        for person in (self.dan, self.eve, self.gus):
            person.hears()

    def behind(self, person: IrcPerson) -> list[str]:
        """What somebody hears, without where it comes from."""
        return [line.partition(" ")[2] for line in person.hears()]

    def test_whose_client_knows_of_it_is_told(self) -> None:
        self.dan.sends("RENAME #x #y :a better \x02name")
        [told] = self.gus.hears()
        self.assertTrue(told.startswith(":dan!dan@"), told)
        self.assertTrue(told.endswith(" RENAME #x #y :a better name"), told)
        self.gus.sends("PRIVMSG #y :hi")
        self.assertEqual(self.behind(self.dan)[-1], "PRIVMSG #y :hi")
        self.dan.sends("PART #y")
        self.assertEqual(self.behind(self.gus)[0], "PART #y")

    def test_others_leave_the_old_one_and_join_the_new_one(self) -> None:
        self.dan.asks("TOPIC #x :all about x")
        self.hush()
        self.dan.sends("RENAME #x #y :why")
        for person, nick in ((self.eve, "eve"), (self.dan, "dan")):
            lines = person.hears()
            self.assertTrue(all(f":{nick}!{nick}@" in line for line in lines[:2]), lines)
            told = [line.partition(" ")[2] for line in lines]
            self.assertEqual(told[:3], ["PART #x :why", "JOIN #y", f"332 {nick} #y :all about x"])
            self.assertEqual(told[-1], f"366 {nick} #y :End of /NAMES list")
            self.assertIn(f"353 {nick} = #y :@dan eve gus", told)
        self.eve.sends("PART #y")
        self.assertEqual(self.behind(self.eve), ["PART #y"])

    def test_without_a_reason_it_is_empty(self) -> None:
        self.dan.sends("RENAME #x #y")
        self.assertEqual(self.behind(self.gus), ["RENAME #x #y :"])
        self.assertEqual(self.behind(self.eve)[0], "PART #x")

    def test_another_case_is_no_other_channel(self) -> None:
        self.dan.sends("RENAME #x #X")
        self.assertEqual(self.behind(self.gus), ["RENAME #x #X :"])
        self.assertEqual(self.behind(self.eve), [])
        self.dan.sends("PART #x")
        self.assertEqual(self.behind(self.eve)[0], "PART #X")

    def test_it_answers_its_label(self) -> None:
        self.server.chat.rooms["#x"].belong_to(self.gus.session.user)
        self.gus.sends("@label=1 RENAME #x #y")
        [told] = self.gus.hears()
        self.assertTrue(told.startswith("@label=1 :gus!gus@"), told)
        self.assertTrue(told.endswith(" RENAME #x #y :"), told)

    def test_what_cannot_be(self) -> None:
        self.eve.asks("JOIN #taken")
        for person, asked, told in (
            (self.dan, "RENAME #x", "461 dan RENAME :Not enough parameters"),
            (self.dan, "RENAME #none #y", "403 dan #none :No such channel"),
            (self.dan, "RENAME #taken #y", "442 dan #taken :You're not on that channel"),
            (self.dan, "RENAME #lobby #y", "442 dan #lobby :You're not on that channel"),
            (self.eve, "RENAME #x #y", "482 eve #x :Only the owner can rename the channel"),
            (self.dan, "RENAME #x %y", "FAIL RENAME CANNOT_RENAME #x %y :Names begin with #"),
            (self.dan, "RENAME #x #", "FAIL RENAME CANNOT_RENAME #x # :The name of a room is #"),
            (
                self.dan,
                "RENAME #x #TAKEN",
                "FAIL RENAME CHANNEL_NAME_IN_USE #x #TAKEN :There is a room called #TAKEN",
            ),
        ):
            [line] = person.asks(asked)
            self.assertTrue(line.startswith(told), line)
        self.dan.asks("RENAME #x #y")
        [line] = self.dan.asks("RENAME #y #z")
        self.assertTrue(line.startswith("FAIL RENAME CANNOT_RENAME #y #z :#y was renamed"), line)
        self.server.clock.advance(RENAMED_EVERY)
        self.assertIn("JOIN #z", self.dan.asks("RENAME #y #z")[1])

    def test_who_comes_later_is_sent_there(self) -> None:
        self.dan.asks("RENAME #x #y")
        fay = self.registered("fay", host="10.0.0.6")
        hal = self.registered("hal", CAP, host="10.0.0.5")
        moved = "FAIL JOIN CHANNEL_RENAMED #x #y :The channel has been renamed"
        self.assertEqual(hal.asks("JOIN #x"), [moved])
        told = fay.asks("JOIN #x")
        self.assertEqual(told[0], "470 fay #x #y :The channel has been renamed")
        self.assertTrue(told[1].endswith(" JOIN #y"), told)
        self.dan.asks("MODE #y +s")
        ida = self.registered("ida", host="10.0.0.4")
        self.assertEqual(ida.asks("JOIN #x"), ["437 ida #x :The name is not free yet"])

    def test_those_in_it_can_make_another_of_the_old_name(self) -> None:
        self.dan.asks("RENAME #x #y")
        self.eve.hears()
        self.assertTrue(self.eve.asks("JOIN #x")[0].endswith(" JOIN #x"))
        self.assertEqual(self.eve.asks("MODE #x +k beer")[0].partition(" ")[2], "MODE #x +k *")

    def test_what_is_shown_of_before_has_the_new_name(self) -> None:
        caps = ("batch", "draft/chathistory", "draft/event-playback", "message-tags", CAP)
        jim = self.registered("jim", *caps, host="10.0.0.3")
        jim.asks("JOIN #x")
        self.dan.asks("PRIVMSG #x :hello", "TOPIC #x :about", "RENAME #x #y")
        jim.hears()
        told = [line.split(" ", 2)[2] for line in jim.asks("CHATHISTORY LATEST #y * 4")[1:-1]]
        expected = ["JOIN #y", "PRIVMSG #y :hello", "TOPIC #y :about", "RENAME #x #y :"]
        self.assertEqual(told, expected)

    def test_how_far_accounts_have_read_is_stored_a_few_at_a_time(self) -> None:
        self.patch(read_markers, "ACCOUNTS_AT_ONCE", 1)
        for person in (self.dan, self.eve):
            person.asks("REGISTER * * correct-horse")
            self.server.chat.read_markers.mark(person.session, "#x", 1.0)
        self.hush()
        stored: list[str] = []

        async def put(name: str, value: str | None, version: int) -> None:
            stored.append(name.partition("/")[2])

        self.dan.sends("RENAME #x #y")
        self.patch(self.server.store, "put", put)
        self.hush()
        self.assertEqual(stored, ["eve"])
        for person in (self.dan, self.eve):
            self.assertEqual(self.server.chat.read_markers.marked(person.session.user, "#y"), 1.0)

    def test_how_far_one_has_read_goes_with_it(self) -> None:
        caps = ("draft/read-marker", CAP)
        jim = self.registered("jim", *caps, host="10.0.0.3")
        jim.asks("JOIN #x", "MARKREAD #x timestamp=1970-01-12T05:00:00.000Z")
        self.dan.asks("RENAME #x #y")
        jim.hears()
        marked = "MARKREAD #y timestamp=1970-01-12T05:00:00.000Z"
        self.assertEqual(jim.asks("MARKREAD #y"), [marked])

    def test_who_is_put_out_at_that_moment_is_in_neither(self) -> None:
        ivy = self.registered("ivy", host="10.0.0.2")
        kim = self.registered("kim", CAP, host="10.0.0.1")
        for person in (ivy, kim):
            person.asks("JOIN #x")
        self.dan.sends("KICK #x ivy", "KICK #x kim", "RENAME #x #y")
        for person in (ivy, kim):
            self.assertNotIn("#y", " ".join(self.behind(person)))
            self.assertEqual(person.protocol.client.joined, frozenset())

    def test_who_is_put_out_just_after_it_is_told_both(self) -> None:
        ivy = self.registered("ivy", host="10.0.0.2")
        kim = self.registered("kim", CAP, host="10.0.0.1")
        for person in (ivy, kim):
            person.asks("JOIN #x")
        ivy.hears()
        self.dan.sends("RENAME #x #y", "KICK #y ivy", "KICK #y kim")
        for person, first in ((ivy, ["PART #x", "JOIN #y"]), (kim, ["RENAME #x #y :"])):
            told = self.behind(person)
            self.assertEqual(told[: len(first)], first)
            self.assertTrue(told[-1].startswith(f"KICK #y {person.session.user.name}"), told)
            self.assertEqual(person.protocol.client.joined, frozenset())

    def test_whoever_ignores_who_does_it_is_told_no_reason(self) -> None:
        for person in (self.eve, self.gus):
            person.session.user.ignore(Someone("dan", keys_of(self.dan.session.user)))
            self.server.chat.users.show(person.session, person.session.wording)
        self.dan.sends("PRIVMSG #x :hi", "RENAME #x #y :why")
        self.assertEqual(self.behind(self.eve)[:2], ["PART #x", "JOIN #y"])
        self.assertEqual(self.behind(self.gus), ["RENAME #x #y :"])

    def test_who_has_missed_it_for_good_is_told_where_it_is(self) -> None:
        memory = self.server.chat.delivery._memory
        self.patch(memory, "events", 50)
        self.patch(memory, "_batch", 0)
        producers: list[Any] = [each.transport.producer for each in (self.eve, self.gus)]
        for each in producers:
            each.pauseProducing()
        self.dan.asks("PRIVMSG #x :hi", "RENAME #x #y")
        for number in range(100):
            self.dan.asks(f"PRIVMSG #y :{number}")
        for person, producer in zip((self.eve, self.gus), producers, strict=True):
            producer.resumeProducing()
            told = self.behind(person)
            missed = [line.endswith(" lines.") for line in told].index(True)
            self.assertEqual(told[missed + 1 : missed + 3], ["PART #x", "JOIN #y"])
            self.assertEqual(told[-1], "PRIVMSG #y :99")
            self.assertEqual(person.protocol.client.joined, frozenset({"#y"}))

    def test_names_are_told_when_there_is_time_for_each(self) -> None:
        asked: list[str] = []

        def enter(client: Client, name: str, at: float) -> str:
            asked.append(name)
            return ""

        self.patch(alone, "enter", enter)
        self.dan.sends("RENAME #x #y")
        self.assertEqual(asked, [])
        self.hush()
        self.assertEqual(asked, ["#y", "#y"])
