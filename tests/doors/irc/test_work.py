"""How long anything takes that IRC clients ask for, on a server that holds as much as it may."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.people.user import AWAY_LENGTH
from chatsvc.chat.presence.watches import MOST_WATCHED, MOST_WATCHERS
from chatsvc.chat.rooms.metadata import MOST_KEYS, VALUE_BYTES
from chatsvc.doors.irc.client import Client
from chatsvc.doors.irc.door import IrcFactory
from chatsvc.doors.irc.network.gone import MOST_GONE
from chatsvc.doors.irc.network.network import MOST_WAITING
from chatsvc.doors.irc.sets import NO_NAMES
from chatsvc.doors.irc.supported.capabilities import capabilities
from chatsvc.doors.irc.verb import verbs
from chatsvc.passwords import scram
from tests.crowded import ROUND, Crowded, Taken, long, slow, undisturbed
from tests.doors.irc.irc import IrcPerson
from tests.patience import only_long

TOLD_ALONE = 300  # whom one request may have told something that is shared with nobody
PEOPLE = ("guest-irc", "owner-irc", "boss-irc")  # who ask
KEY = "k" * 64
VALUE = "ñ" * (VALUE_BYTES // 2)
TWENTY = ",".join([f"#z{number}" for number in range(20)])
REASON = "x" * 200
SINCE = "timestamp=1970-01-01T00:00:00.000Z"
UNTIL = "timestamp=2040-01-01T00:00:00.000Z"
CONDITIONS = "*ñ*r*1*,!*1*2*3*,C>0,T<99999,<20000,>0,*?*?*?*,*a*,*b*,*c*"

# What is asked for. {one}, {two} and so on are people, {many} as many as fit, {room} where all are.
ASKED = {
    "NAMES": ["", "#lobby", "{room}", "#lobby,{room}"],
    "WHO": [
        *("#lobby", "{room}", "*", "b*", "*ñ*ñ*ñ*ñ*x", "?*?*?*?*?*?*", "{one}"),
        *("* %tcuihsnfdlaor,123", "#lobby %tcuihsnfdlaor,123", "{room} %tuhnfar,1", "{room} o"),
    ],
    "WHOIS": ["{one}", "{many}", "{one} {one}"],
    "WHOWAS": ["gone", "gone 100000000", "{one}"],
    "LIST": ["", CONDITIONS, "{room}", "#lobby", ",".join(["*a*b*c*d*"] * 20)],
    "ISON": ["{many}", ":{blanks}"],
    "USERHOST": ["{blanks}"],
    "MONITOR": ["C", "+ {many}", "+ {hundred}", "S", "L", "- {many}", "C"],
    "LUSERS": [""],
    "JOIN": ["{room}", "#lobby", "#new", TWENTY, "0", "{rooms}", "{room}"],
    "PART": ["#lobby", "{rooms}", TWENTY, "{room}"],
    "TOPIC": ["{room}", "{room} :" + "t" * 300, "#lobby"],
    "INVITE": ["", "{one} {room}", "{one} #own"],
    "KICK": ["{room} {one}", "{room} {many}", "{room} {one} :" + REASON],
    "KNOCK": ["{room}", "#own", "{other} :" + REASON],
    "MODE": [
        *("{room}", "{room} b", "{room} e", "{room} I", "{room} +b *!*@*", "{room} -b *!*@*"),
        *("{room} +bbbb a b c d", "{room} +o {one}", "{room} -o {one}", "{room} +v {one}"),
        *("{room} +imnstRCkl key 5", "{room} -imnstRCkl key", "{me} +iBw", "{me} -iBw"),
        *("{room} +eI {one} ~account:{one}", "{room} +b ~account:{one}", "#lobby +m", "#lobby -m"),
    ],
    "AWAY": [":" + "a" * AWAY_LENGTH, ""],
    "SETNAME": [":" + "é" * 100],
    "NICK": ["{nick}", "{one}", "x" * 200, ":" + "e" + "\u0301" * 200, "{nick}"],
    "METADATA": [
        *(f"* SUB {KEY}", "* SYNC", "{room} SYNC", "#lobby SYNC", f"* SET {KEY} :{VALUE}"),
        *(f"* SET {KEY} :other", "{one} LIST", f"{{room}} SET {KEY} :{VALUE}", "* SUBS"),
        *("* CLEAR", "{room} CLEAR", f"{{one}} GET {KEY}"),
    ],
    "PRIVMSG": [
        *("{room} :hi", "#lobby :hi", "@{room} :hi", "+{room} :hi", "{one} :hi", "NickServ :help"),
        *("{room} :\x01VERSION\x01", "{one} :\x01VERSION\x01", "{many} :hi"),
    ],
    "NOTICE": ["{room} :hi", "@{room} :hi", "{one} :hi"],
    "TAGMSG": ["{room}", "{one}", "{many}", "#lobby"],
    "BATCH": ["+1 draft/multiline {room}", "-1"],
    "CHATHISTORY": [
        "LATEST {room} * 200", "LATEST #lobby * 200", "AROUND {room} msgid=5000 200",
        "BETWEEN {room} msgid=1 msgid=9000 200", f"BEFORE {{room}} {SINCE} 200",
        f"TARGETS {SINCE} {UNTIL} 200",
        "LATEST {one} * 200",
    ],
    "SEARCH": ["text=aa", "text=a;in={room}", "from={one};text=a"],
    "MARKREAD": ["{room}", f"{{room}} {UNTIL}", f"{{one}} {UNTIL}"],
    "REDACT": ["{room} 9001 :" + REASON, "#lobby 9000", "{one} 5"],
    "WALLOPS": [":" + REASON],
    "KILL": ["{one} :" + REASON],
    "OPER": ["boss password"],
    "CAP": ["LS 302", "LIST", "REQ :{caps}", "REQ :" + "x " * 200],
    "AUTHENTICATE": [
        "PLAIN", *["A" * 400] * 3, "*", "SCRAM-SHA-256", "biwsbj1vd25lcixyPXg=",
    ],
    "REGISTER": ["* * password"],
    "VERIFY": ["a b"],
    "NICKSERV": ["HELP", "IDENTIFY another password", "LOGOUT"],
    # Somebody in one room less may take those of the account.
    "NS": ["HELP\r\nPART #own\r\nNS IDENTIFY another password", "LOGOUT"],
    "CHANSERV": ["HELP"],
    "CS": ["HELP"],
    "HELP": ["", "NAMES"],
    "HELPOP": [""],
    "MOTD": [""],
    "VERSION": [""],
    "ISUPPORT": [""],
    "TIME": [""],
    "ADMIN": [""],
    "INFO": [""],
    "LINKS": [""],
    "REHASH": [""],
    "RENAME": ["#own #{nick}", "{room} #{nick} :" + REASON],
    "STATS": ["u"],
    "PING": [":" + "x" * 400],
    "PONG": [":" + "x" * 400],
    "PASS": ["x"],
    "USER": ["a b c d"],
    "QUIT": [":" + REASON],
}  # fmt: skip


class Channel:
    """The channel of somebody in the crowd, who says nothing."""

    is_local = False
    fingerprint = ""

    def __init__(self, session: Any) -> None:
        self.visit = self
        self.session = session
        self.address = self.host = session.address


class Asked(Crowded):
    """Everybody has an IRC client, and three people ask for everything.

    auto_join: whether they are in the lobby.
    """

    def __init__(self, auto_join: bool) -> None:
        super().__init__()
        entrance = self.server.factory.entrance
        self.door = IrcFactory(entrance, "chatsvc", auto_join)
        self.network = self.door.network
        self._numbers = iter(range(len(self.crowd)))
        lobby = self.chat.lobby
        for number, user in enumerate(self.crowd):
            [session] = user.sessions
            channel: Any = Channel(session)
            client = Client(self.network, channel)
            client.caps = frozenset(capabilities(client)) if number % 2 else NO_NAMES
            client.modes = frozenset({"w", "B"} if number % 2 else {"i"})
            client.subscribed = frozenset([KEY])
            client.told_name = user.name
            session.alone = self.network.alone
            self.network.clients[session] = client
            client.reword()
            user.away = "a" * AWAY_LENGTH
            user.realname = "é" * 100
            if number % 100 == 0:
                facts = {f"{n:064}" if n else KEY: VALUE for n in range(MOST_KEYS)}
                user.as_guest = user.as_guest._replace(metadata=facts)
            for room in (lobby, self.first):
                room.add_reader(session)
            if number < MOST_GONE:
                self.network.gone.note(user, "gone")
            if number < MOST_WATCHERS:
                for name in (*PEOPLE, *[long(f"b{n}") for n in range(MOST_WATCHED - 3)]):
                    self.network.monitors.add(client, name)
        for _ in range(MOST_WAITING):
            person = IrcPerson(self.door, self.clock, "127.0.0.1")
            person.sends("CAP LS 302")
        self._people: dict[str, IrcPerson] = {}

    def _ready(self, name: str) -> IrcPerson:
        """One of the people, registered and in a room."""
        self.chat.gate._locked_until = 0.0
        self.chat.accounts._attempts._rested.clear()
        person = self._people.get(name)
        if person is None or person.session.has_left:
            person = self._people[name] = IrcPerson(self.door, self.clock, "127.0.0.1")
            caps = sorted(capabilities(person.protocol.client))
            person.sends("CAP LS 302", *[f"CAP REQ :{each}" for each in caps], "CAP END")
            person.sends(f"NICK {name}-irc", f"USER {name} 0 * :{name}")
            self.settles()
        if name in ("owner", "boss") and person.session.user.account is None:
            person.sends(f"NS IDENTIFY {name} password")
        person.sends(f"JOIN {self.first.name},#own", "MODE #own +i")
        self.settles()
        person.transport.clear()
        return person

    def measures(self) -> Taken:
        """How much each thing takes that is asked for: in loops, and in people told alone."""
        taken = Taken()
        with undisturbed():
            for verb in sorted(ASKED, key=lambda each: each in ("KILL", "QUIT")):
                for name in ("boss", "owner", "guest"):
                    for number, params in enumerate(ASKED[verb]):
                        self.clock.took.clear()
                        person = self._ready(name)
                        line = f"{verb} {self._filled(params, person)}".rstrip().encode()
                        assert len(line) <= 510, line
                        if name == "boss":
                            line = b"@label=x;+draft/reply=5;+draft/react=y " + line
                        self.clock.times(
                            "dataReceived", person.protocol.dataReceived, line + b"\r\n"
                        )
                        what = f"{verb} {params[:40]!r} by {name} ({number})"
                        due = len(self.chat.delivery._reading.due)
                        if due > TOLD_ALONE:
                            taken[f"{what}: told alone"] = float(due)
                        self.settles()
                        for seconds, call in self.clock.took:
                            if call != ROUND:
                                taken.note(f"{what}: {call}", seconds)
        return taken

    def _filled(self, params: str, person: IrcPerson) -> str:
        one = long(f"b{next(self._numbers)}")
        many = [long(f"b{next(self._numbers)}") for _ in range(6)]
        rooms = [room.name for room in list(self.chat.rooms.values())[5:11]]
        return params.format(
            one=one,
            many=",".join(many),
            blanks=" ".join(many),
            hundred=",".join(f"b{n}" for n in range(60)),
            room=self.first.name,
            other=rooms[-1],
            rooms=",".join(rooms),
            caps=" ".join(sorted(person.protocol.client.caps)[:10]),
            me=person.session.user.name,
            nick=f"nick{next(self._numbers)}",
        )


class WorkTests(SynchronousTestCase):
    def setUp(self) -> None:
        # The keys are made in another process, which here is this one.
        self.patch(scram, "ITERATIONS", 1)

    def test_every_verb_is_asked_for(self) -> None:
        self.assertEqual(set(ASKED), set(verbs()))

    @only_long
    def test_nothing_takes_long_with_all_in_the_lobby(self) -> None:
        self.assertEqual(slow(lambda: Asked(auto_join=True).measures()), {})

    @only_long
    def test_nothing_takes_long_with_nobody_in_the_lobby(self) -> None:
        self.assertEqual(slow(lambda: Asked(auto_join=False).measures()), {})
