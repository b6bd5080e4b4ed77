"""Replies and reactions of IRC clients, and of others for them."""

from __future__ import annotations

from chatsvc.doors.irc.door import IrcFactory
from chatsvc.events.speech import Said
from tests.doors.irc.irc import ChannelTestCase

TAGS = "message-tags"


class ReactionTests(ChannelTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tagged = self.registered("tag", TAGS)
        self.bare = self.registered("bare")
        for each in (self.tagged, self.bare):
            each.asks("JOIN #x")
        self.ann.asks("/join #x")
        self.ann.types("/here shall we?")
        self.number = self.server.chat.delivery.last_id
        for each in (self.tagged, self.bare):
            each.hears()

    def test_from_other_doors(self) -> None:
        n = self.number
        self.ann.types(f"/answer {n} yes", f"/react {n} a;b", f"/unreact {n} a;b")
        reply = f"+reply={n};+draft/reply={n}"
        heard = self.tagged.hears()
        begin = [line.partition(" :")[0].partition(";")[2] for line in heard]
        self.assertEqual(
            begin, [reply, f"+draft/react=a\\:b;{reply}", f"+draft/unreact=a\\:b;{reply}"]
        )
        self.assertIn("PRIVMSG #x :yes", heard[0])
        self.assertTrue(heard[1].endswith(" TAGMSG #x"), heard[1])
        self.assertEqual(len(self.bare.hears()), 1)

    def test_to_other_doors(self) -> None:
        n = self.number
        self.ann.hears()
        self.tagged.sends(
            f"@+draft/react=x;+draft/reply={n} TAGMSG #x",
            f"@+draft/unreact=x;+reply={n} TAGMSG #x",
            "@+draft/react=x;+draft/reply=?? TAGMSG #x",
            f"@+draft/react={'x' * 33};+draft/reply={n} TAGMSG #x",
            "@+typing=active TAGMSG #x",
            f"@+draft/reply={n} PRIVMSG #x :yes",
        )
        self.tagged.hears()
        told = [f"#x * tag reacts to [{n}]: x", f"#x * tag no longer reacts to [{n}]: x"]
        self.assertEqual(self.ann.hears(), [*told, "#x tag: yes"])
        room = self.server.chat.rooms.get("#x")
        assert room is not None
        [answer] = room.log.after(room.log.head - 1, 1)
        assert isinstance(answer.event, Said)
        self.assertEqual(answer.event.reply_to, n)

    def test_where_nothing_can_be_said_nobody_reacts(self) -> None:
        tags = f"@+draft/react=x;+draft/reply={self.number}"
        [answer] = self.tagged.asks(f"{tags} TAGMSG #nowhere")
        self.assertTrue(answer.startswith("403 tag #nowhere"), answer)
        self.dan.asks("MODE #x +m")
        self.tagged.hears()
        [answer] = self.tagged.asks(f"{tags} TAGMSG #x")
        self.assertTrue(answer.startswith("404 tag #x"), answer)

    def test_in_direct_messages(self) -> None:
        name = "client1"
        self.ann.types("/dm tag shall we?")
        n = self.server.chat.delivery.last_id
        self.tagged.hears()
        self.ann.hears()
        self.tagged.sends(
            f"@+draft/reply={n} PRIVMSG {name} :yes",
            f"@+draft/react=x;+draft/reply={n} TAGMSG {name}",
            f"@+draft/unreact=x;+draft/reply={n} TAGMSG {name}",
        )
        [answer] = self.tagged.asks(f"@+draft/react=x;+draft/reply={n} TAGMSG nobody")
        self.assertTrue(answer.startswith("401 tag nobody"), answer)
        told = [f"* tag reacts to [{n}]: x", f"* tag no longer reacts to [{n}]: x"]
        self.assertEqual(self.ann.hears(), ["tag: yes", *told])
        self.ann.types(f"/answer {n} really", f"/react {n} y", "/dm bare and you?")
        answer, reaction = self.tagged.hears()
        for line in (answer, reaction):
            self.assertIn(f"+reply={n};+draft/reply={n}", line)
        self.assertTrue(reaction.endswith(" TAGMSG tag"), reaction)
        self.bare.hears()
        self.ann.types(f"/react {self.server.chat.delivery.last_id} y")
        self.assertEqual(self.bare.hears(), [])

    def test_history_has_them_for_those_who_want_events(self) -> None:
        self.ann.types(f"/react {self.number} x")
        for caps, has_it in (((), False), (("draft/event-playback",), True)):
            reader = self.registered(f"r{len(caps)}", TAGS, "batch", "draft/chathistory", *caps)
            reader.asks("JOIN #x")
            told = reader.asks("CHATHISTORY LATEST #x * 10")
            self.assertIs(any(" TAGMSG #x" in line for line in told), has_it)
            self.assertTrue(any("shall we?" in line for line in told))

    def test_history_goes_on_behind_reactions(self) -> None:
        self.ann.types(*[f"/react {self.number} {number}" for number in range(5)])
        self.ann.types("/here they like it")
        reader = self.registered("reader", TAGS, "batch", "draft/chathistory")
        reader.asks("JOIN #x")
        for asked, wanted in (
            ("LATEST #x * 2", ["shall we?", "they like it"]),
            (f"AFTER #x msgid={self.number} 1", ["they like it"]),
        ):
            told = reader.asks(f"CHATHISTORY {asked}")[1:-1]
            self.assertEqual([line.rpartition(":")[2] for line in told], wanted)

    def test_actions_and_notices_answer_as_well_once_their_tags_are_forgotten(self) -> None:
        tags = f"@+draft/reply={self.number}"
        self.tagged.sends(f"{tags} PRIVMSG #x :\x01ACTION waves\x01", f"{tags} NOTICE #x :yes")
        self.tagged.hears()
        self.door = IrcFactory(self.server.factory.entrance, "chatsvc", self.auto_join)
        reader = self.registered("reader", TAGS, "batch", "draft/chathistory")
        reader.asks("JOIN #x")
        told = reader.asks("CHATHISTORY LATEST #x * 2")
        replies = [line for line in told if f"+draft/reply={self.number}" in line]
        said = [line.rpartition(":")[2] for line in replies]
        self.assertEqual(said, ["\x01ACTION waves\x01", "yes"])
