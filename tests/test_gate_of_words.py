"""Every way by which one person's words reach another, against all that is to keep them off."""

from __future__ import annotations

from typing import Any, NamedTuple

from chatsvc.command.command import commands
from chatsvc.commands import people
from chatsvc.doors.irc.verb import verbs
from chatsvc.text.lookalikes import skeleton
from chatsvc.throttle import Throttle
from tests.commands.test_accounts import PASSWORD
from tests.doors.irc.irc import IrcPerson, IrcTestCase
from tests.harness import Person

WORD = "spam"  # what is not to be read
CAPS = (
    "account-notify", "account-tag", "away-notify", "batch", "draft/channel-rename",
    "draft/message-redaction", "draft/multiline", "draft/metadata-3", "extended-join",
    "extended-monitor", "invite-notify", "message-tags", "setname",
)  # fmt: skip


class Way(NamedTuple):
    """A way to put words before others. Eve, who does, moderates #x.

    by: the command, or the verb of IRC, that it is a way of.
    lines: what she types, or what her client sends; {id} is the number of what she has said.
    before: the same, done while nothing keeps her words off.
    is_of_room: whether only those in #x would read them.
    is_answer: whether they answer somebody, to whom the muted may do that.
    is_looked_for: whether they are read by whoever comes, or asks.
    """

    by: str
    lines: tuple[str, ...]
    before: tuple[str, ...] = ()
    is_of_room: bool = False
    is_answer: bool = False
    is_looked_for: bool = False


TYPED = [
    Way("bc", ("/bc spam",)),
    Way("here", ("spam",), ("/say #x x",), is_of_room=True),
    Way("say", ("/say #x spam",), is_of_room=True),
    Way("me", ("/me spam",), ("/say #x x",), is_of_room=True),
    Way("dm", ("/dm dan spam", "/dm client1 spam")),
    Way("reply", ("/reply spam",), is_answer=True),
    Way("answer", ("/answer {id} spam",), ("/say #x x",), is_of_room=True),
    Way("react", ("/react {id} spam",), ("/say #x x",), is_of_room=True),
    Way("unreact", ("/unreact {id} spam",), ("/say #x x",), is_of_room=True),
    Way("answer", ("/answer {id} spam",), ("/dm dan x",)),
    Way("react", ("/react {id} spam",), ("/dm dan x",)),
    Way("nick", ("/nick spam",)),
    Way("topic", ("/topic #x spam",), is_of_room=True),
    Way("rename", ("/rename #own #other spam",)),
    Way("invite", ("/invite client1 #spam", "/invite dan #spam"), ("/join #spam",)),
    Way("knock", ("/knock #shut spam",)),
    Way("away", ("/away spam",)),
    Way("kick", ("/kick #x client3 spam",), is_of_room=True),
    Way("ban", ("/ban #x client3 spam",), is_of_room=True),
    Way("ban", ("/ban #x spam!*@*",), is_of_room=True),
    Way("unban", ("/unban #x spam!*@*",), ("/ban #x spam!*@*",), is_of_room=True),
    Way("mute", ("/mute #x client3 for 1h spam",), is_of_room=True),
    Way("mute", ("/mute #x client1 for 1h spam",), is_of_room=True),
    Way("undo", ("/undo 2 spam",), ("/mute #x client3",), is_of_room=True),
    Way("redact", ("/redact {id} spam",), ("/say #x x",), is_of_room=True),
    Way("devoice", ("/devoice #x client3 spam",), ("/voice #x client3",), is_of_room=True),
]
SENT = [
    Way("PRIVMSG", ("PRIVMSG #lobby :spam",)),
    Way("PRIVMSG", ("PRIVMSG #x :spam",), is_of_room=True),
    Way("PRIVMSG", ("PRIVMSG #x :\x01ACTION spam\x01",), is_of_room=True),
    Way("PRIVMSG", ("PRIVMSG #x :\x01CTCP spam\x01",), is_of_room=True),
    Way("PRIVMSG", ("@+draft/x=spam PRIVMSG #x :hi",), is_of_room=True),
    Way("PRIVMSG", ("PRIVMSG @#x :spam",), is_of_room=True),
    Way("PRIVMSG", ("PRIVMSG dan :spam",)),
    Way("PRIVMSG", ("PRIVMSG dan :\x01CTCP spam\x01",)),
    Way("PRIVMSG", ("PRIVMSG dan,client1,#lobby :spam",)),
    Way("NOTICE", ("NOTICE #x :spam",), is_of_room=True),
    Way("NOTICE", ("NOTICE dan :spam",)),
    Way("TAGMSG", ("@+draft/react=spam TAGMSG #x",), is_of_room=True),
    Way("TAGMSG", ("@+draft/react=spam;+reply=1 TAGMSG #x",), is_of_room=True),
    Way("TAGMSG", ("@+draft/react=spam TAGMSG #lobby",)),
    Way("TAGMSG", ("@+draft/react=spam TAGMSG dan",)),
    Way("TAGMSG", ("@+draft/react=spam;+reply={id} TAGMSG dan",), ("PRIVMSG dan :x",)),
    Way("BATCH", (
        "BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x :spam", "@batch=1 PRIVMSG #x :more",
        "BATCH -1",
    ), is_of_room=True),
    Way("TOPIC", ("TOPIC #x :spam",), is_of_room=True),
    Way("PART", ("PART #x :spam",), is_of_room=True),
    Way("QUIT", ("QUIT :spam",)),
    Way("KICK", ("KICK #x client3 :spam",), is_of_room=True),
    Way("MODE", ("MODE #x +b spam!*@*",), is_of_room=True),
    Way("MODE", ("MODE #x -b spam!*@*",), ("MODE #x +b spam!*@*",), is_of_room=True),
    Way("MODE", ("MODE #x +b ~account:spam",), is_of_room=True),
    Way("MODE", ("MODE #x +b m:~account:spam",), is_of_room=True),
    Way("MODE", ("MODE #x +e ~account:spam",), is_of_room=True),
    Way("MODE", ("MODE #x +I ~account:spam",), is_of_room=True),
    Way("MODE", ("MODE #x -b ~account:spam",), ("MODE #x +b ~account:spam",), is_of_room=True),
    Way("REDACT", ("REDACT #x {id} :spam",), ("PRIVMSG #x :x",), is_of_room=True),
    Way("RENAME", ("RENAME #own #other :spam",)),
    Way("INVITE", ("INVITE dan #spam",), ("JOIN #spam",)),
    Way("KNOCK", ("KNOCK #shut :spam",)),
    Way("NICK", ("NICK spam",)),
    Way("AWAY", ("AWAY :spam",)),
    Way("SETNAME", ("SETNAME :spam",)),
    Way("METADATA", ("METADATA * SET status :spam",)),
    Way("METADATA", ("METADATA #x SET status :spam",), is_of_room=True),
    Way("USER", ("QUIT", "", "NICK eve", "USER eve 0 * :spam")),
]  # fmt: skip
# What she has done before, and others are told of when they, or she, come into #x.
TOLD_LATER = [
    Way("TOPIC", (), ("TOPIC #x :spam",), is_looked_for=True),
    Way("JOIN", ("PART #x", "JOIN #x"), ("SETNAME :spam",), is_looked_for=True),
    Way("JOIN", ("PART #x", "JOIN #x"), ("AWAY :spam",), is_looked_for=True),
    Way("METADATA", (), ("METADATA * SET status :spam",), is_looked_for=True),
    Way("redact", ("/say #x y",), ("/say #x x", "/redact {id} spam"), is_looked_for=True),
    Way("WHOWAS", ("QUIT",), ("SETNAME :spam",), is_looked_for=True),
]
EVERY = [*TYPED, *SENT, *TOLD_LATER]
# What carries no words of whoever does it: names of rooms and people, numbers, what only they are
# told, what others ask for, and what only operators can do, whom nobody mutes.
WORDLESS = {
    "cert", "register", "login", "logout", "passwd", "setpass", "forget", "unregister", "history",
    "since", "search", "join", "part", "rooms", "who", "privacy", "guests", "dms", "key", "owner",
    "persist", "keep", "help", "reactions",
    "ban?", "bans", "unmute", "op", "deop", "voice", "moderated", "log", "time", "watch", "unwatch",
    "ping", "type", "resume", "invitecode", "lockdown", "rehash", "seen", "account", "quit",
    "markread", "users", "whois", "back", "ignore", "unignore", "hook", "token", "sessions",
}  # fmt: skip
WORDLESS_VERBS = {
    "ADMIN", "AUTHENTICATE", "CAP", "CHANSERV", "CHATHISTORY", "CS", "HELP", "HELPOP", "INFO",
    "ISON", "ISUPPORT", "KILL", "LINKS", "LIST", "LUSERS", "MARKREAD", "MONITOR", "MOTD", "NAMES",
    "NICKSERV", "NS", "OPER", "PASS", "PING", "PONG", "REGISTER", "REHASH", "SEARCH", "STATS",
    "TIME", "USERHOST", "VERIFY", "VERSION", "WALLOPS", "WHO", "WHOIS", "WHOWAS",
}  # fmt: skip


class GateTests(IrcTestCase):
    """Bob owns #x, which Ann, Cat, Eve, and by IRC Dan and Fay are in; Ann owns #shut, Eve #own.

    Rooty is an operator.
    """

    def begin(self, way: Way) -> None:
        self.ann, self.bob, self.cat = self.start(
            operators=frozenset({skeleton("rooty")}),
            plaintext_passwords=True,
            throttle=Throttle.off(),
        )
        self.root = self.server.joined_by("127.0.0.1")
        self.dan = self.registered("dan", *CAPS, host="10.0.0.8")
        self.fay = self.registered("fay", host="10.0.0.7")
        self.eve: Person | IrcPerson
        self.said = 0
        if way.by.islower():
            self.eve = self.server.joined_by("10.0.0.66")
            self.eve.types("/nick eve")
        else:
            self.eve = self.registered("eve", *CAPS, host="10.0.0.66")
        self.root.types("/nick rooty", f"/register {PASSWORD}")
        for person in (self.bob, self.ann, self.cat, self.dan, self.fay, self.eve):
            self.does(person, "/join #x" if isinstance(person, Person) else "JOIN #x")
        self.does(self.bob, "/op #x eve")
        for person in (self.eve, self.ann, self.bob, self.dan, self.fay):
            self.does(person, "/join #own" if isinstance(person, Person) else "JOIN #own")
        self.does(self.ann, "/join #shut", "/privacy #shut invite-only")
        self.does(self.dan, "MONITOR + eve", "METADATA * SUB status")
        if way.is_answer:
            self.does(self.dan, "PRIVMSG eve :hi")
        self.eve_does(*way.before)
        self.heard()

    def does(self, person: Person | IrcPerson, *lines: str) -> None:
        for line in lines:
            if isinstance(person, Person):
                person.types(line)
            else:
                person.sends(line)
            self.server.clock.pump([0, 0.2])

    def eve_does(self, *lines: str) -> None:
        for line in lines:
            if line:
                self.does(self.eve, line.replace("{id}", str(self.said)))
                if line.startswith(("/say", "/dm", "PRIVMSG")):
                    self.said = self.server.chat.delivery.last_id
            else:
                self.eve = self.connected("10.0.0.66")

    def heard(self) -> dict[str, list[str]]:
        """What each has heard since the last time."""
        people: dict[str, Any] = {
            "ann": self.ann,
            "bob": self.bob,
            "dan": self.dan,
            "fay": self.fay,
        }
        return {name: each.hears() for name, each in people.items()}

    def readers(self, way: Way) -> set[str]:
        """Who reads Eve's words when she goes that way, and then looks as somebody who comes."""
        self.eve_does(*way.lines)
        if way.is_looked_for:
            self.does(self.ann, "/part #x", "/join #x", "/whois eve", "/rooms", "/topic #x")
            self.does(self.ann, "/history #x")
            for each in (self.dan, self.fay):
                self.does(each, "PART #x", "JOIN #x", "WHOIS eve", "WHO #x", "LIST", "TOPIC #x")
                self.does(each, "METADATA eve GET status", "METADATA #x SYNC", "WHOWAS eve")
                self.does(each, "WHO eve %nr", "PRIVMSG eve :hello", "INVITE eve #lobby")
        return {name for name, lines in self.heard().items() if WORD in "\n".join(lines)}

    def test_every_command_and_verb_is_a_way_or_carries_no_words(self) -> None:
        ways = {way.by for way in EVERY}
        names = {each.names[0] for each in commands().values()}
        self.assertEqual(names, (ways | WORDLESS) & names)
        self.assertEqual(set(verbs()), (ways | WORDLESS_VERBS) & set(verbs()))

    def test_each_way_reaches_somebody(self) -> None:
        self.assertEqual([way for way, read in self.tried(EVERY).items() if not read], [])

    def test_who_ignores_somebody_reads_nothing_of_theirs(self) -> None:
        tried = self.tried(EVERY, "/ignore eve")
        self.assertEqual({way: read for way, read in tried.items() if read - {"bob"}}, {})

    def test_who_is_muted_in_a_room_is_read_by_nobody_there(self) -> None:
        ways = [way for way in (*TYPED, *SENT) if way.is_of_room]
        self.assertEqual(self.reached(ways, "/mute #x eve for 1h"), {})

    def test_who_is_muted_everywhere_is_read_by_nobody(self) -> None:
        ways = [way for way in (*TYPED, *SENT) if not way.is_answer]
        self.assertEqual(self.reached(ways, "/mute server eve for 1h"), {})

    def test_who_is_banned_from_a_room_is_read_by_nobody_there(self) -> None:
        ways = [way for way in (*TYPED, *SENT) if way.is_of_room]
        self.assertEqual(self.reached(ways, "/ban #x eve"), {})

    def test_who_is_banned_from_the_server_is_read_by_nobody(self) -> None:
        self.assertEqual(self.reached([*TYPED, *SENT], "/ban server eve"), {})

    def reached(self, ways: list[Way], line: str) -> dict[Way, set[str]]:
        """Those of some ways on which she is read, though somebody has typed that before."""
        return {way: read for way, read in self.tried(ways, line).items() if read}

    def tried(self, ways: list[Way], line: str = "") -> dict[Way, set[str]]:
        tried = {}
        for way in ways:
            self.begin(way)
            if line.startswith("/ignore"):
                for each in (self.ann, self.dan, self.fay):
                    people.ignore(self.server.chat, each.session, "eve")
            elif line:
                self.does(self.root if " server " in line else self.bob, line)
            self.heard()
            tried[way] = self.readers(way)
        return tried
