"""The attacks: each is what one of many strangers does."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.attack.crowd import Says, Step
from chatsvc.command.command import Command, commands

LONGEST = 8192  # bytes of a line
FOR_EVER = 3600.0  # seconds
PASSWORD = "correct-horse"  # of everybody


@dataclass(frozen=True)
class Attack:
    """An attack.

    says: what the n-th stranger does; when that is done, the connection is cut and another comes.
    The others are as in Crowd.
    """

    name: str
    says: Says
    door: str = "line"
    strangers: int = 200
    addresses: int = 20
    reads: bool = True
    comes_again: bool = True
    halves: bool = False


ATTACKS: list[Attack] = []


def attack(**how: Any) -> Callable[[Says], Says]:
    """Put a function into the list; its name is that of the attack."""

    def add(says: Says) -> Says:
        ATTACKS.append(Attack(says.__name__.replace("_", " "), says, **how))
        return says

    return add


def _line(text: str) -> bytes:
    return text.encode()[: LONGEST - 1].decode(errors="ignore").encode() + b"\n"


def _asked(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _token(number: int) -> str:
    return f"{number:x}-{random.getrandbits(256):064x}"


# What is no line, or no request.


@attack()
def nonces_of_half_a_pair(stranger: int) -> Iterator[Step]:
    """Texts that cannot be kept, in each field."""
    yield b"/json\n"
    bad = r'"\ud800"'
    for field in itertools.cycle(["nonce", "text", "room", "do", "token", "username", "silence"]):
        fields = {"do": '"say"', "room": '"#lobby"', "text": '"x"', field: bad}
        yield (
            "{" + ", ".join(f'"{name}": {what}' for name, what in fields.items()) + "}\n"
        ).encode()


@attack()
def numbers(stranger: int) -> Iterator[Step]:
    """Numbers that are none, or that take long to read."""
    yield b"/json\n"
    for what in itertools.cycle(["NaN", "-Infinity", "9" * 8000, "1e999999", "9" * 4000, "-0.0"]):
        yield f'{{"do": "say", "room": "#lobby", "text": {what}, "seen": {what}}}\n'.encode()


@attack()
def deep_json(stranger: int) -> Iterator[Step]:
    """Objects and lists in each other."""
    yield b"/json\n"
    while True:
        yield b"[" * (LONGEST - 2) + b"\n"
        yield b'{"a":' * 1600 + b"\n"
        yield b'{"do": "ping", "nonce": ' + b"[" * 4000 + b"]" * 4000 + b"}\n"


@attack(strangers=1000, addresses=50)
def lines_without_an_end(stranger: int) -> Iterator[Step]:
    """Bytes, and never the end of a line."""
    while True:
        yield b"x" * 65536


@attack()
def negotiations_without_an_end(stranger: int) -> Iterator[Step]:
    """A subnegotiation of telnet that does not end, and many small ones."""
    yield b"\xff\xfa\x18" + b"\x00" * 65536
    while True:
        yield b"\xff\xfd\x06" * 20000 + b"\xff\xfa" + b"y" * 1000


@attack()
def noise(stranger: int) -> Iterator[Step]:
    """Any bytes at all."""
    while True:
        yield random.randbytes(4096)


@attack(door="proxied", addresses=5000)
def proxy_headers(stranger: int) -> Iterator[Step]:
    """Headers of proxies that are wrong, unfinished or many."""
    header = b"PROXY TCP4 203.0.113.9 203.0.113.1 1 2\r\n"
    yield header * 50
    yield 0.05


@attack(door="proxied", addresses=1)
def broken_proxy_headers(stranger: int) -> Iterator[Step]:
    """What follows a good header is one of version 2 with a length that is a lie."""
    yield b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + random.randbytes(300)
    yield 0.05


# Connections.


@attack(strangers=1000, addresses=50)
def slow_lines(stranger: int) -> Iterator[Step]:
    """A line that comes a byte at a time."""
    while True:
        yield b"x"
        yield 1.0


@attack(door="tls", strangers=500, addresses=50)
def slow_tls(stranger: int) -> Iterator[Step]:
    """A line that comes a byte at a time, over TLS."""
    while True:
        yield b"x"
        yield 1.0


@attack(door="tls", addresses=200)
def tls_handshakes(stranger: int) -> Iterator[Step]:
    """Handshakes, one after the other."""
    yield b""


@attack(strangers=500, addresses=200)
def resets(stranger: int) -> Iterator[Step]:
    """Connections that are reset at once."""
    yield b""


@attack(strangers=500, addresses=200)
def resets_behind_a_line(stranger: int) -> Iterator[Step]:
    """Connections that say something, and are reset."""
    yield b"/join #reset\nhello\n"


@attack(strangers=500, addresses=200, halves=True)
def half_closed(stranger: int) -> Iterator[Step]:
    """Connections that close their sending side, and go."""
    yield b"/history\n"


@attack(strangers=500, addresses=500)
def comings_and_goings(stranger: int) -> Iterator[Step]:
    """People who join, go into a room, and quit."""
    yield b"/join #coming\n/quit\n"
    yield 0.2


@attack(strangers=1000, addresses=2)
def too_many_from_an_address(stranger: int) -> Iterator[Step]:
    """Connections that are refused."""
    yield b"/json\n"
    yield 0.5


# Accounts.


@attack(addresses=50)
def logins(stranger: int) -> Iterator[Step]:
    """Wrong passwords."""
    for number in itertools.count():
        yield f"/login name{number} {PASSWORD}{stranger}\n".encode()


@attack(addresses=100)
def registrations(stranger: int) -> Iterator[Step]:
    """Accounts, one after the other."""
    yield _line(f"/nick name{stranger:x}")
    yield _line(f"/register {PASSWORD}")
    yield 0.5
    yield b"/logout\n"
    yield 0.2


@attack(addresses=100)
def sessions_of_one_account(stranger: int) -> Iterator[Step]:
    """Many connections of an account, which see what the others say."""
    if stranger == 0:
        yield b"/nick crowd\n"
        yield _line(f"/register {PASSWORD}")
    yield 1.0
    yield _line(f"/login crowd {PASSWORD}")
    while True:
        yield b"/users\n"


# People and names.


@attack()
def renames(stranger: int) -> Iterator[Step]:
    """Another name each time."""
    for number in itertools.count():
        yield _line(f"/nick n{stranger}-{number}")


@attack()
def names_of_accents(stranger: int) -> Iterator[Step]:
    """Names that take long to normalise."""
    while True:
        yield _line("/nick a" + "\u0315\u0300\u05ae\u0301" * 2000)
        yield _line("/join #" + "\u0315\u0300" * 4000)
        yield _line("/dm " + "\ufdfa" * 2700 + " x")


@attack(strangers=1000, addresses=50)
def joins(stranger: int) -> Iterator[Step]:
    """Rooms that are made, joined and left."""
    for number in itertools.count():
        yield _line(f"/join #r{stranger % 100}-{number % 50}")
        yield _line(f"/part #r{stranger % 100}-{number % 50}")


@attack(addresses=50)
def all_rooms(stranger: int) -> Iterator[Step]:
    """As many rooms as there may be, each to stay."""
    for number in itertools.count():
        yield _line(f"/join #mine{stranger}-{number}")
        yield b"/persist on\nhello\n"


@attack()
def invitations(stranger: int) -> Iterator[Step]:
    """Bystanders are invited all the time."""
    yield _line(f"/join #come{stranger}")
    while True:
        yield _line(f"/invite client{random.randint(1, 400)} #come{stranger}")


@attack()
def direct_messages(stranger: int) -> Iterator[Step]:
    """Bystanders, and each other, are written to."""
    for number in itertools.count():
        yield _line(f"/dm client{random.randint(1, 400)} {number} " + "x" * 2000)


@attack(addresses=50)
def everybody_talks(stranger: int) -> Iterator[Step]:
    """The longest lines, to all."""
    while True:
        yield _line("/bc " + "\u0489" * 3000)


@attack()
def programs_talk(stranger: int) -> Iterator[Step]:
    """Fifty lines at once, to all."""
    yield b"/json\n"
    for number in itertools.count():
        yield _asked(do="say", room="#lobby", text="\n".join(["x"] * 50), nonce=f"{number}")


@attack()
def ignoring(stranger: int) -> Iterator[Step]:
    """As many are ignored as may be, and let go."""
    for number in itertools.cycle(range(400)):
        yield _line(f"/ignore client{number}")
        yield _line(f"/unignore client{number - 50}")


# Keeping order.


@attack(door="proxied", addresses=2000)
def bans(stranger: int) -> Iterator[Step]:
    """Acts without end, in a room of one's own."""
    yield _line(f"/join #order{stranger}")
    for number in itertools.count():
        who = random.choice([f"client{random.randint(1, 400)}", f"10.{number % 200}.0.0/16"])
        yield _line(f"/ban #order{stranger} {who} " + "\u0301" * 150)
        yield _line(f"/unban #order{stranger} {who}")


@attack()
def mutes(stranger: int) -> Iterator[Step]:
    """Others are muted, and not, in a room that they have never seen."""
    yield _line(f"/join #mutes{stranger}")
    while True:
        who = f"client{random.randint(1, 400)}"
        yield _line(f"/mute #mutes{stranger} {who} for 1h because")
        yield _line(f"/unmute #mutes{stranger} {who}")
        yield _line(f"/op #mutes{stranger} {who}")


# What is looked for.


@attack(addresses=50)
def searches(stranger: int) -> Iterator[Step]:
    """Words that are everywhere, and parts of them."""
    yield _line("/bc " + "a b c bystander " * 200)
    while True:
        yield b"/search a* b* c* by* s* 1* 2* 3* l* sa*\n"
        yield b"/history 200\n"
        yield b"/since\n"


@attack(addresses=50)
def lists(stranger: int) -> Iterator[Step]:
    """Answers that are long."""
    while True:
        yield b"/users\n/rooms\n/who\n/log\n/help\n/bans\n/whois client1\n"


@attack(strangers=1000, addresses=50, reads=False)
def stalled(stranger: int) -> Iterator[Step]:
    """People who ask, and do not read the answers."""
    while True:
        yield b"/users\n/history 200\n/help\n/rooms\n"


@attack(strangers=500, addresses=50, reads=False)
def stalled_programs(stranger: int) -> Iterator[Step]:
    """Programs that have a place, ask, and do not read the answers."""
    yield b"/json\n"
    yield _asked(do="resume", token=_token(stranger))
    for number in itertools.count():
        yield _asked(do="history", what="200", nonce=f"{number}")
        yield _asked(do="dm", username=f"client{random.randint(1, 600)}", text="x" * 7000)


# Coming back.


@attack(addresses=100)
def tokens_made_and_dropped(stranger: int) -> Iterator[Step]:
    """A place for each connection, none of which is taken up again."""
    yield b"/json\n" + _asked(do="resume", token=_token(stranger))
    yield 0.05


@attack(addresses=100)
def tokens_in_one_connection(stranger: int) -> Iterator[Step]:
    """One token after the other."""
    yield b"/json\n"
    while True:
        yield _asked(do="resume")
        yield _asked(do="resume", token=_token(stranger))


@attack(addresses=50)
def resumes(stranger: int) -> Iterator[Step]:
    """The same place is taken again and again, by all of them."""
    token = f"{stranger % 20:064d}"
    yield b"/json\n" + _asked(do="resume", token=token, seen=0)
    yield _asked(do="join", room=f"#back{stranger % 7}")
    yield _asked(do="here", text="x", nonce=str(stranger))
    yield 0.05


# The worst of each command, from a thousand.


def _worst(command: Command, stranger: int) -> Iterator[Step]:
    long = "a\u0315\u0300" * 1000
    while True:
        own, who = f"#own{stranger % 500}", f"client{stranger % 1000}"
        for word in (long, "#lobby", own, who, "10.0.0.0/9"):
            arguments = []
            for each in command.parameters:
                if each.choices:
                    arguments.append(random.choice(each.choices))
                elif each.is_room:
                    arguments.append(own)
                elif each.is_message:
                    arguments.append(long)
                else:
                    arguments.append(word)
            yield _line(" ".join([f"/{command.names[0]}", *arguments]))


def _every_command(stranger: int) -> Iterator[Step]:
    yield _line(f"/join #own{stranger % 500}")
    yield from _worst(_WORST[stranger % len(_WORST)], stranger)


_WORST = [each for each in dict.fromkeys(commands().values()) if each.names[0] != "quit"]
ATTACKS.append(Attack("every command", _every_command, strangers=1000, addresses=50))
ATTACKS.extend(
    Attack(f"/{each.names[0]}", partial(_worst, each), strangers=1000, addresses=50)
    for each in _WORST
)
