"""What clients tell each other: tags, CTCP, several lines, and what is for a few."""

from __future__ import annotations

import re
from itertools import count
from typing import Any, cast

from chatsvc.chat.direct.inboxes import Inboxes
from chatsvc.chat.logs.log import Entry
from chatsvc.doors.irc.codec.message import ended
from chatsvc.events.relayed import Relayed
from chatsvc.events.speech import Direct, Said
from tests.doors.irc.irc import IrcTestCase


class TagTests(IrcTestCase):
    def test_client_only_tags_reach_those_who_understand_them(self) -> None:
        dan = self.registered("dan", "message-tags")
        eve = self.registered("eve", "message-tags")
        fay = self.registered("fay")
        for each in (dan, eve, fay):
            each.asks("JOIN #x")
        self.ann.types("/join #x")
        for person in (self.ann, dan, eve, fay):
            person.hears()
        dan.sends("@+typing=active;other=1 TAGMSG #x", "@+reply=1 PRIVMSG #x :yes")
        typing, said = eve.hears()
        self.assertRegex(typing, r"^@msgid=\d+;\+typing=active :dan!dan@\S+ TAGMSG #x$")
        self.assertRegex(said, r"^@msgid=\d+;\+reply=1 :dan!dan@\S+ PRIVMSG #x :yes$")
        self.assertEqual([line[:1] for line in fay.hears()], [":"])
        self.assertEqual(self.ann.hears(), ["#x dan: yes"])
        self.assertEqual(dan.hears(), [])

    def test_ctcp_is_for_clients_and_can_be_kept_out(self) -> None:
        dan, eve = self.registered("dan"), self.registered("eve")
        for each in (dan, eve):
            each.asks("JOIN #x")
        dan.hears()
        dan.sends("PRIVMSG #x :\x01VERSION\x01", "PRIVMSG eve :\x01VERSION\x01")
        self.assertEqual(len(eve.hears()), 2)
        self.assertIn("+C", dan.asks("MODE #x +C")[0])
        self.assertEqual(dan.asks("PRIVMSG #x :\x01VERSION\x01")[0][:3], "404")
        eve.asks("MODE eve +T")
        dan.sends("PRIVMSG eve :\x01VERSION\x01")
        self.assertEqual([line for line in eve.hears() if "VERSION" in line], [])

    def test_a_notice_is_refused_without_a_word(self) -> None:
        dan, eve = self.registered("dan"), self.registered("eve")
        for each in (dan, eve):
            each.asks("JOIN #x")
        dan.asks("MODE #x +m", "MODE dan +R")
        eve.hears()
        for target in ("#x", "dan"):
            for text in ("hi", "\x01VERSION mine\x01"):
                self.assertRegex(eve.asks(f"PRIVMSG {target} :{text}")[0], "^(400|404|531) ")
                self.assertEqual(eve.asks(f"NOTICE {target} :{text}"), [])


class RankTests(IrcTestCase):
    """Dan and Eve keep order in #x; Fay does not."""

    CAPS = ("message-tags", "server-time", "account-tag", "echo-message")

    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, **options)

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", *self.CAPS)
        self.eve = self.registered("eve", *self.CAPS, host="10.0.0.8")
        self.fay = self.registered("fay", host="10.0.0.7")
        for each in (self.dan, self.eve, self.fay):
            each.asks("JOIN #x")
        self.dan.asks("NS REGISTER a-long-password", "MODE #x +o eve")
        for each in (self.dan, self.eve, self.fay):
            each.hears()

    def test_what_is_for_some_has_tags_and_is_echoed(self) -> None:
        for asked in (
            "@+reply=1 PRIVMSG @#x :hi",
            "@+typing=active TAGMSG @#x",
            "@+draft/react=yes;+draft/reply=1 TAGMSG @#x",
            "PRIVMSG +#x :\x01ACTION waves\x01",
            "NOTICE @#x :\x01VERSION mine\x01",
        ):
            told, echo = self.dan.asks(asked), self.eve.hears()
            self.assertEqual(told, echo)
            line = asked.partition(" ")[2] if asked[0] == "@" else asked
            mark = f";{asked[1:].partition(' ')[0]}" if asked[0] == "@" else ""
            self.assertRegex(told[0], r"^@time=\S+;account=dan" + re.escape(mark) + " :dan!")
            self.assertTrue(told[0].endswith(line), told)
        self.assertEqual(self.fay.hears(), [])

    def test_what_somebody_does_is_told_to_those_at_every_door(self) -> None:
        self.ann.types("/join #x")
        self.ann.types("/nick ann")
        self.dan.asks("MODE #x +o ann", "MODE #x +C")
        for each in (self.ann, self.eve):
            each.hears()
        told = self.dan.asks("PRIVMSG @#x :\x01ACTION \x02waves\x02\x01")
        self.assertTrue(told[0].endswith(" PRIVMSG @#x :\x01ACTION waves\x01"), told)
        self.assertEqual(self.eve.hears(), told)
        [heard] = self.ann.hears()
        self.assertTrue(heard.endswith("dan to those who keep order: * dan waves"), heard)
        self.assertIn("(+C)", self.dan.asks("PRIVMSG @#x :\x01VERSION\x01")[0])

    def test_a_notice_to_those_is_refused_without_a_word(self) -> None:
        self.dan.asks("MODE #x +C", "MODE #x +m")
        self.fay.hears()
        for target, text, why in (
            ("@#none", "hi", " (+n)"),
            ("@#x", "\x01VERSION\x01", " (+C)"),
            ("@#x", "hi", ": "),
        ):
            [told] = self.fay.asks(f"PRIVMSG {target} :{text}")
            self.assertTrue(told.startswith(f"404 fay {target} :Cannot send to channel{why}"), told)
            self.assertEqual(self.fay.asks(f"NOTICE {target} :{text}"), [])

    def test_nobody_learns_of_a_hidden_channel_by_what_they_send(self) -> None:
        self.dan.asks("MODE #x +s", "MODE #x +v fay")
        gus = self.registered("gus", "message-tags", host="10.0.0.6")
        for asked in ("PRIVMSG {} :hi", "PRIVMSG {} :\x01VERSION\x01", "@+a=b TAGMSG {}"):
            told = [gus.asks(asked.format(name)) for name in ("#x", "#y")]
            self.assertEqual(told[0][0].replace("#x", "#y"), told[1][0])
            self.assertTrue(told[0][0].startswith("403 gus #x "), told)

    def test_what_one_says_from_outside_is_echoed(self) -> None:
        self.dan.asks("MODE #x -n")
        gus = self.registered("gus", *self.CAPS, "labeled-response", "batch", host="10.0.0.6")
        self.eve.hears()
        for asked in ("PRIVMSG #x :hi", "PRIVMSG #x :\x01VERSION\x01", "TAGMSG #x"):
            [told] = gus.asks(f"@label=7;+a=b {asked}")
            self.assertEqual([told], [f"@label=7;{line[1:]}" for line in self.eve.hears()])
            self.assertTrue(told.endswith(asked), told)


class TargetTests(IrcTestCase):
    def start(self, **options: Any) -> Any:
        return super().start(plaintext_passwords=True, **options)

    def test_who_comes_behind_somebody_for_whom_a_message_has_to_wait(self) -> None:
        """The first message between two accounts waits for the store."""
        dan, eve, fay = [self.registered(name) for name in ("dan", "eve", "fay")]
        for each in (dan, eve):
            each.asks("NS REGISTER a-long-password")
        fay.hears()
        dan.sends("PRIVMSG eve,fay,#lobby :hi")
        self.assertEqual([line.partition(" ")[2] for line in eve.hears()[:1]], ["PRIVMSG eve :hi"])
        told = [line.partition(" ")[2] for line in fay.hears()]
        self.assertEqual(told, ["PRIVMSG fay :hi", "PRIVMSG #lobby :hi"])

    def test_what_one_says_to_oneself_is_told_twice_with_one_time(self) -> None:
        dan = self.registered("dan", "echo-message", "server-time", "message-tags")
        self.patch(self.server.clock, "now", count(10**6, 1).__next__)
        told, echo = dan.asks("PRIVMSG dan :note")
        self.assertRegex(told, "^@time=.*PRIVMSG dan :note$")
        self.assertEqual(told, echo)

    def test_what_others_say_while_a_message_waits_for_somebody_is_not_lost(self) -> None:
        dan, eve = [self.registered(name, host=f"10.0.0.{len(name)}") for name in ("dan", "evelyn")]
        for each in (dan, eve):
            each.asks("NS REGISTER a-long-password")
        eve.sends("QUIT")
        dan.hears()
        keep = Inboxes.keep

        async def kept(inboxes: Inboxes, inbox: Any) -> None:
            self.ann.types("/bc meanwhile")
            await keep(inboxes, inbox)

        self.patch(Inboxes, "keep", kept)
        dan.sends("PRIVMSG evelyn :hi")
        told = [line.partition(" ")[2] for line in dan.hears()]
        self.assertIn("PRIVMSG #lobby :meanwhile", told)
        self.assertIn("NOTICE dan :evelyn is not here. Your message waits.", told)

    def test_a_message_to_who_is_away_has_no_nonce(self) -> None:
        dan, eve = self.registered("dan"), self.registered("eve", host="10.0.0.8")
        eve.asks("AWAY :soup")
        self.assertEqual(dan.asks("PRIVMSG eve :hi")[-1], "301 dan eve :soup")
        pair = self.server.chat.pairs.get(dan.session.user, eve.session.user)
        assert pair is not None
        [said] = pair.log.after(0, 9)
        self.assertEqual(cast("Direct", said.event).nonce, "")

    def test_reactions_to_who_is_away(self) -> None:
        dan = self.registered("dan", "message-tags", "echo-message")
        eve = self.registered("eve", host="10.0.0.8")
        for each in (dan, eve):
            each.asks("NS REGISTER a-long-password")
        eve.sends("AWAY :soup")
        for target in ("eve", "dan"):
            told = dan.asks(f"@+draft/react=x;+reply=1 TAGMSG {target}")
            self.assertEqual([line for line in told if line.startswith("301") or not line], [])


class MistypedTests(IrcTestCase):
    def test_what_is_nearly_a_command_is_not_said(self) -> None:
        dan = self.registered("dan", "echo-message")
        self.ann.hears()
        for text in (" /login ann secret", "\u200b/nope", "/users", "．login ann secret", "/"):
            for target in ("#lobby", "client1"):
                [told] = dan.asks(f"PRIVMSG {target} :{text}")
                self.assertTrue(told.startswith(f"404 dan {target} :That was not said: it looks "))
        self.assertEqual(self.ann.hears(), [])
        dan.sends("NOTICE #lobby :/users", "PRIVMSG #lobby :\x01ACTION /users\x01")
        self.assertEqual(self.ann.hears(), ["dan: /users", "* dan /users"])

    def test_nor_as_a_later_one_of_several_lines(self) -> None:
        dan = self.registered("dan", *MultilineTests.CAPS)
        self.ann.hears()
        told = dan.asks(
            "BATCH +x draft/multiline #lobby",
            "@batch=x PRIVMSG #lobby :one",
            "@batch=x PRIVMSG #lobby :/login ann secret",
            "BATCH -x",
        )
        self.assertIn("That was not said: it looks like /login.", told[0])
        self.assertEqual(self.ann.hears(), [])


class MultilineTests(IrcTestCase):
    CAPS = ("batch", "message-tags", "draft/multiline")

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.registered("dan", *self.CAPS, "echo-message", "labeled-response")
        self.eve = self.registered("eve", *self.CAPS)
        self.fay = self.registered("fay", "message-tags")
        for person in (self.ann, self.dan, self.eve, self.fay):
            person.hears()

    def test_several_lines_are_one_message_at_every_door(self) -> None:
        self.dan.sends(
            "@label=7 BATCH +x draft/multiline #lobby",
            "@batch=x PRIVMSG #lobby :one",
            "@batch=x PRIVMSG #lobby :two ",
            "@batch=x;draft/multiline-concat PRIVMSG #lobby :and a half",
            "BATCH -x",
        )
        self.assertEqual(self.ann.hears(), ["dan: one", "dan: two and a half"])
        start, *lines, end = self.eve.hears()
        self.assertRegex(start, r"^@msgid=(\d+) :dan!dan@\S+ BATCH \+m\1 draft/multiline #lobby$")
        self.assertEqual(len(lines), 3)
        self.assertIn("draft/multiline-concat", lines[2])
        self.assertIn("BATCH -m", end)
        self.assertEqual(len(self.fay.hears()), 3)
        self.assertTrue(self.dan.hears()[0].startswith("@label=7;msgid="))

    def test_blank_lines_around_reach_those_who_know_of_lines(self) -> None:
        lines = [f"@batch=x PRIVMSG #lobby :{line}" for line in ("", "one", "")]
        self.dan.sends("BATCH +x draft/multiline #lobby", *lines, "BATCH -x")
        self.assertEqual(self.ann.hears(), ["dan: one"])
        said = [line.partition(" PRIVMSG ")[2] for line in self.eve.hears()[1:-1]]
        self.assertEqual(said, ["#lobby :", "#lobby :one", "#lobby :"])
        self.assertEqual(len(self.fay.hears()), 1)

    def test_what_is_said_elsewhere_in_several_lines_is_a_batch(self) -> None:
        self.ann.types("x" * 1000)
        self.ann.hears()
        start, *lines, _ = self.eve.hears()
        self.assertIn("BATCH +m", start)
        self.assertEqual(["concat" in line for line in lines], [False, True, True])

    def test_what_is_wrong_is_told(self) -> None:
        begin = "BATCH +x draft/multiline #lobby"
        for lines, code in (
            (["BATCH -y"], "MULTILINE_INVALID"),
            (["@batch=y PRIVMSG #lobby :a"], "MULTILINE_INVALID"),
            ([begin, "@batch=y PRIVMSG #lobby :a"], "MULTILINE_INVALID"),
            ([begin, begin.replace("x", "y", 1)], "MULTILINE_INVALID"),
            ([begin, "@batch=x PRIVMSG eve :a"], "MULTILINE_INVALID_TARGET"),
            ([begin, "@batch=x;draft/multiline-concat PRIVMSG #lobby :a"], "MULTILINE_INVALID"),
            ([begin, *["@batch=x PRIVMSG #lobby :" + "a" * 400] * 11], "MULTILINE_MAX_BYTES"),
            ([begin, "@batch=x PRIVMSG #lobby : ", "BATCH -x"], "MULTILINE_INVALID"),
        ):
            self.dan.sends(*lines)
            for _ in range(8):  # the throttle lets so many pass
                self.server.clock.advance(10)
            told = [line for line in self.dan.hears() if "FAIL BATCH" in line]
            self.assertIn(f"FAIL BATCH {code} ", told[0], lines)
            self.dan.asks("BATCH -x")
        self.assertEqual(self.ann.hears(), [])

    def test_of_what_is_refused_nothing_is_said_and_the_label_is_answered_once(self) -> None:
        told = self.dan.asks(
            "@label=7 BATCH +x draft/multiline #lobby",
            "@batch=x PRIVMSG #lobby :one",
            "@batch=x PRIVMSG eve :two",
            "@batch=x PRIVMSG #lobby :three",
            "BATCH -x",
        )
        [failed] = told
        self.assertTrue(failed.startswith("@label=7 :chatsvc FAIL BATCH MULTILINE_INVALID_TARGET"))
        self.assertEqual(self.ann.hears() + self.eve.hears(), [])
        self.dan.sends("BATCH +x draft/multiline #lobby", "@batch=x PRIVMSG #lobby :four")
        self.dan.sends("BATCH -x")
        self.assertEqual(self.ann.hears(), ["dan: four"])

    def in_lines(self, target: str, *texts: str) -> list[str]:
        """What dan is told who says something in several lines."""
        lines = [f"@batch=x PRIVMSG {target} :{text}" for text in texts]
        return self.dan.asks(f"BATCH +x draft/multiline {target}", *lines, "BATCH -x")

    def test_what_is_relayed_has_one_line(self) -> None:
        """Else its next line would be a message of its own, with any source."""
        for person in (self.dan, self.eve, self.fay):
            person.asks("JOIN #x")
        self.ann.types("/join #x")
        self.dan.asks("MODE #x +o eve", "MODE #x +o ann")
        for each in (self.dan, self.eve, self.fay, self.ann):
            each.hears()
        forged = ":boss!b@h PRIVMSG eve :forged"
        for target, first in (
            *[(target, "\x01VERSION") for target in ("eve", "#x", "@#x", "#lobby")],
            *[(target, "\x01ACTION waves") for target in ("eve", "#x", "@#x", "#lobby")],
            *[("@#x", "hi"), ("+#x", "hi")],
        ):
            told = self.in_lines(target, first, forged)
            self.assertIn("FAIL BATCH MULTILINE_INVALID", told[-1])
            self.server.clock.advance(60)
            heard = [*self.ann.hears(), *self.eve.hears(), *self.fay.hears()]
            self.assertEqual(heard, [], (target, first))

    def test_its_pieces_are_sent_as_plainly_as_the_rest(self) -> None:
        self.in_lines("#lobby", "one", "\x01VERSION\x01", "\x02bold\x02 \x0304red")
        _, *lines, _ = self.eve.hears()
        texts = [line.partition(" :")[2].partition(" :")[2] for line in lines]
        self.assertEqual(texts, ["one", "VERSION", "bold red"])
        self.assertEqual([line[-3:] for line in self.fay.hears()], ["one", "ION", "red"])

    def test_what_somebody_does_in_several_pieces_is_done(self) -> None:
        self.dan.asks(
            "BATCH +x draft/multiline #lobby",
            "@batch=x PRIVMSG #lobby :\x01ACTION waves",
            "@batch=x;draft/multiline-concat PRIVMSG #lobby : twice\x01",
            "BATCH -x",
        )
        for each in (self.eve, self.fay):
            [line] = each.hears()
            self.assertTrue(line.endswith("PRIVMSG #lobby :\x01ACTION waves twice\x01"), line)

    def test_pieces_that_are_not_what_is_said_are_made_anew(self) -> None:
        """A code for a colour may be cut in two."""
        self.dan.asks(
            "BATCH +x draft/multiline #lobby",
            "@batch=x PRIVMSG #lobby :red \x03",
            "@batch=x;draft/multiline-concat PRIVMSG #lobby :04 roses",
            "BATCH -x",
        )
        [line] = self.eve.hears()
        self.assertTrue(line.endswith("PRIVMSG #lobby :red  roses"), line)

    def test_no_line_is_made_of_what_holds_the_end_of_one(self) -> None:
        """Whatever lets such a text in."""
        client = self.eve.protocol.client
        forging = "one\r\n:boss!b@h PRIVMSG eve :two\0three"
        event = Relayed("dan", "#x", "PRIVMSG", forging, "")
        said = Said("dan", "one\r:boss!b@h PRIVMSG eve :two\0three", "#x")
        entry = Entry(1, client.chat.lobby.log, 0.0, said, b"")
        lines = [
            client.wording.lines_of(event, 1, 0.0),
            client.wording.lines([entry])[0].decode(),
            client.wording.by("dan", f"PRIVMSG #x :{forging}", 0, 0.0),
            client.wording.own(f"NOTICE eve :{forging}", 0, 0.0),
        ]
        for line in lines:
            self.assertRegex(line, r"\A[^\0\r\n]*one[^\0\r\n]*two three\r\n\Z")
        client.inform(forging)
        client.tell(forging)
        client.flush()
        self.assertEqual(self.eve.hears(), [ended(forging).removesuffix("\r\n")] * 2)

    def test_what_cannot_be_said_takes_no_place_of_what_others_have_said(self) -> None:
        self.dan.sends(
            "BATCH +x draft/multiline #nowhere",
            "@batch=x PRIVMSG #nowhere :I am",
            "@batch=x PRIVMSG #nowhere :a fool",
        )
        self.ann.types("hello")
        self.assertIn("No such channel", self.dan.asks("BATCH -x")[-1])
        [line] = self.eve.hears()
        self.assertTrue(line.endswith(" PRIVMSG #lobby :hello"), line)

    def test_what_is_for_those_who_keep_order_is_for_nobody_else(self) -> None:
        for person in (self.dan, self.eve, self.fay):
            person.asks("JOIN #x")
        self.dan.asks("MODE #x +o eve")
        for person in (self.dan, self.eve, self.fay):
            person.hears()
        self.dan.sends("PRIVMSG @#x :look")
        self.assertIn("PRIVMSG @#x :look", self.eve.hears()[0])
        self.assertEqual(self.fay.hears(), [])
