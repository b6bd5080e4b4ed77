"""Attacks by the line and JSON doors: what people and programs can ask for."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from benchmarks.attack.attack import PASSWORD, asked, attack, line, token
from benchmarks.attack.crowd import Step

# Accounts.


@attack(addresses=50)
def logins(stranger: int) -> Iterator[Step]:
    """Wrong passwords."""
    for number in itertools.count():
        yield f"/login name{number} {PASSWORD}{stranger}\n".encode()


@attack(addresses=100)
def registrations(stranger: int) -> Iterator[Step]:
    """Accounts, one after the other."""
    yield line(f"/nick name{stranger:x}")
    yield line(f"/register {PASSWORD}")
    yield 0.5
    yield b"/logout\n"
    yield 0.2


@attack(addresses=100)
def sessions_of_one_account(stranger: int) -> Iterator[Step]:
    """Many connections of an account, which see what the others say."""
    if stranger == 0:
        yield b"/nick crowd\n"
        yield line(f"/register {PASSWORD}")
    yield 1.0
    yield line(f"/login crowd {PASSWORD}")
    while True:
        yield b"/users\n"


# People and names.


@attack()
def renames(stranger: int) -> Iterator[Step]:
    """Another name each time."""
    for number in itertools.count():
        yield line(f"/nick n{stranger}-{number}")


@attack()
def names_of_accents(stranger: int) -> Iterator[Step]:
    """Names that take long to normalise."""
    while True:
        yield line("/nick a" + "\u0315\u0300\u05ae\u0301" * 2000)
        yield line("/join #" + "\u0315\u0300" * 4000)
        yield line("/dm " + "\ufdfa" * 2700 + " x")


@attack(strangers=1000, addresses=50)
def joins(stranger: int) -> Iterator[Step]:
    """Rooms that are made, joined and left."""
    for number in itertools.count():
        yield line(f"/join #r{stranger % 100}-{number % 50}")
        yield line(f"/part #r{stranger % 100}-{number % 50}")


@attack(addresses=50)
def all_rooms(stranger: int) -> Iterator[Step]:
    """As many rooms as there may be, each to stay."""
    for number in itertools.count():
        yield line(f"/join #mine{stranger}-{number}")
        yield b"/persist on\nhello\n"


@attack()
def invitations(stranger: int) -> Iterator[Step]:
    """Bystanders are invited all the time."""
    yield line(f"/join #come{stranger}")
    while True:
        yield line(f"/invite client{random.randint(1, 400)} #come{stranger}")


@attack()
def direct_messages(stranger: int) -> Iterator[Step]:
    """Bystanders, and each other, are written to."""
    for number in itertools.count():
        yield line(f"/dm client{random.randint(1, 400)} {number} " + "x" * 2000)


@attack(addresses=50)
def everybody_talks(stranger: int) -> Iterator[Step]:
    """The longest lines, to all."""
    while True:
        yield line("/bc " + "\u0489" * 3000)


@attack()
def programs_talk(stranger: int) -> Iterator[Step]:
    """Fifty lines at once, to all."""
    yield b"/json\n"
    for number in itertools.count():
        yield asked(do="say", room="#lobby", text="\n".join(["x"] * 50), nonce=f"{number}")


@attack()
def ignoring(stranger: int) -> Iterator[Step]:
    """As many are ignored as may be, and let go."""
    for number in itertools.cycle(range(400)):
        yield line(f"/ignore client{number}")
        yield line(f"/unignore client{number - 50}")


@attack(addresses=50)
def watches(stranger: int) -> Iterator[Step]:
    """As many are watched as may be, and those who are rename themselves."""
    for number in itertools.count():
        yield line(f"/watch n{number % 300}")
        yield line(f"/nick n{random.randrange(300)}")
        yield line(f"/unwatch n{(number - 50) % 300}")


# Keeping order.


@attack(door="proxied", addresses=2000)
def bans(stranger: int) -> Iterator[Step]:
    """Acts without end, in a room of one's own."""
    yield line(f"/join #order{stranger}")
    for number in itertools.count():
        who = random.choice([f"client{random.randint(1, 400)}", f"10.{number % 200}.0.0/16"])
        yield line(f"/ban #order{stranger} {who} " + "\u0301" * 150)
        yield line(f"/unban #order{stranger} {who}")


@attack()
def mutes(stranger: int) -> Iterator[Step]:
    """Others are muted, and not, in a room that they have never seen."""
    yield line(f"/join #mutes{stranger}")
    while True:
        who = f"client{random.randint(1, 400)}"
        yield line(f"/mute #mutes{stranger} {who} for 1h because")
        yield line(f"/unmute #mutes{stranger} {who}")
        yield line(f"/op #mutes{stranger} {who}")


# What is looked for.


@attack(addresses=50)
def searches(stranger: int) -> Iterator[Step]:
    """Words that are everywhere, and parts of them."""
    yield line("/bc " + "a b c bystander " * 200)
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
    yield asked(do="resume", token=token(stranger))
    for number in itertools.count():
        yield asked(do="history", what="200", nonce=f"{number}")
        yield asked(do="dm", username=f"client{random.randint(1, 600)}", text="x" * 7000)


# Coming back.


@attack(addresses=100)
def tokens_made_and_dropped(stranger: int) -> Iterator[Step]:
    """A place for each connection, none of which is taken up again."""
    yield b"/json\n" + asked(do="resume", token=token(stranger))
    yield 0.05


@attack(addresses=100)
def tokens_in_one_connection(stranger: int) -> Iterator[Step]:
    """One token after the other."""
    yield b"/json\n"
    while True:
        yield asked(do="resume")
        yield asked(do="resume", token=token(stranger))


@attack(addresses=50)
def resumes(stranger: int) -> Iterator[Step]:
    """The same place is taken again and again, by all of them."""
    shared = f"{stranger % 20:064d}"
    yield b"/json\n" + asked(do="resume", token=shared, seen=0)
    yield asked(do="join", room=f"#back{stranger % 7}")
    yield asked(do="here", text="x", nonce=str(stranger))
    yield 0.05
