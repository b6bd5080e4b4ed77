"""Attacks by the IRC door: what its clients can ask for that others cannot."""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Iterator

from benchmarks.attack.attack import FOR_EVER, PASSWORD, attack
from benchmarks.attack.crowd import Step

CAPS = "batch draft/multiline labeled-response message-tags away-notify extended-join setname"
TAGS = "@" + "+a/b=\\s;" * 560  # nearly as many bytes as there may be


def _lines(*lines: str) -> bytes:
    return "".join([f"{line}\r\n" for line in lines]).encode()


def _registers(stranger: int, caps: str = CAPS) -> bytes:
    negotiation = (f"CAP REQ :{caps}", "CAP END")
    return _lines(*negotiation, f"NICK i{stranger}", f"USER i{stranger} 0 * :Stranger {stranger}")


@attack(door="irc", strangers=500, addresses=200)
def irc_registrations(stranger: int) -> Iterator[Step]:
    """People who come, go into a channel, and quit."""
    yield _registers(stranger) + _lines("JOIN #coming", "QUIT :x")
    yield 0.2


@attack(door="irc", strangers=500, addresses=50)
def irc_before_registering(stranger: int) -> Iterator[Step]:
    """A hundred messages with long tags from each, none of whom registers."""
    yield _lines("CAP LS 302", *[f"{TAGS} CAP REQ :{CAPS}", f"NICK {'n' * 400}"] * 49)
    yield 0.05


@attack(door="irc", addresses=50)
def irc_empty_lines(stranger: int) -> Iterator[Step]:
    """Lines with nothing in them, from people and from those who have yet to register."""
    if stranger % 2:
        yield _registers(stranger)
    while True:
        yield b"\r\n" * 8000
        yield b"\n" * 16000


@attack(door="irc", addresses=50)
def irc_metadata(stranger: int) -> Iterator[Step]:
    """All subscribe to what each sets and clears, and are told of it when somebody joins."""
    yield _registers(stranger, f"{CAPS} draft/metadata-3")
    keys = [f"k{number}" for number in range(20)]
    yield _lines(*[f"METADATA * SUB {key}" for key in keys])
    while True:
        yield _lines(*[f"METADATA * SET {key} :{'x' * 300}" for key in keys])
        yield _lines("JOIN #meta", "METADATA #meta SYNC", "PART #meta", "METADATA * CLEAR")


@attack(door="irc", addresses=50)
def irc_watched_names(stranger: int) -> Iterator[Step]:
    """All watch two names, which one of them takes by turns."""
    yield _registers(stranger) + _lines("MONITOR + coming,going")
    while stranger == 0:
        yield _lines("NICK coming", "NICK going")
    yield FOR_EVER


@attack(door="irc", addresses=50)
def irc_passwords(stranger: int) -> Iterator[Step]:
    """Passwords in chunks that do not end, wrong ones, and exchanges that are begun."""
    name = f"name{stranger}"
    wrong = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
    first = base64.b64encode(f"n,,n={name},r=x".encode()).decode()
    for mechanism in itertools.cycle(["PLAIN", "SCRAM-SHA-256"]):
        yield _lines(f"AUTHENTICATE {mechanism}", *[f"AUTHENTICATE {'A' * 400}"] * 4)
        yield _lines(f"AUTHENTICATE {mechanism}", f"AUTHENTICATE {first}", f"AUTHENTICATE {wrong}")


@attack(door="irc", addresses=50)
def irc_tags(stranger: int) -> Iterator[Step]:
    """Reactions and messages with as many tags as there may be, to all."""
    yield _registers(stranger)
    while True:
        yield _lines(f"{TAGS} TAGMSG #lobby", f"{TAGS} PRIVMSG #lobby :x", f"{TAGS} BATCH +1 x")


@attack(door="irc", addresses=50)
def irc_lists(stranger: int) -> Iterator[Step]:
    """Lists of everybody and everything."""
    yield _registers(stranger) + _lines("JOIN #x")
    while True:
        masks = ",".join([f"*{random.randrange(10**6)}?*a*" for _ in range(30)])
        yield _lines(f"NAMES {'#lobby,' * 60}", "WHO * %tcuihsnfdlaor", f"WHO *{masks[:100]}",
                     "WHO #lobby", f"LIST {masks}", "MODE #x bbbbbbbbbbbb", "WHOIS i1")  # fmt: skip


@attack(door="irc", addresses=50)
def irc_joins(stranger: int) -> Iterator[Step]:
    """Lists of channels that are made, joined and left."""
    yield _registers(stranger)
    while True:
        names = ",".join([f"#i{random.randrange(300)}" for _ in range(60)])
        yield _lines(f"JOIN {names}", f"PART {names} :x", "JOIN 0")


@attack(door="irc", addresses=50)
def irc_monitors(stranger: int) -> Iterator[Step]:
    """As many are watched as may be, under names that nobody has."""
    yield _registers(stranger)
    while True:
        names = ",".join([f"{random.getrandbits(120):x}" for _ in range(14)])
        yield _lines(f"MONITOR + {names}", "MONITOR S", "MONITOR L")


@attack(door="irc", strangers=1000, addresses=50)
def irc_batches(stranger: int) -> Iterator[Step]:
    """Messages of several lines that do not end."""
    yield _registers(stranger)
    while True:
        yield _lines("BATCH +1 draft/multiline #lobby")
        yield _lines(*["@batch=1;draft/multiline-concat PRIVMSG #lobby :x"] * 90)


@attack(door="irc", addresses=50)
def irc_history(stranger: int) -> Iterator[Step]:
    """As much of what was said as can be asked for, under labels as long as may be."""
    yield _registers(stranger) + _lines(f"PRIVMSG #lobby :{'x' * 400}")
    label = f"@label={'x' * 60}"
    while True:
        yield _lines(f"{label} CHATHISTORY LATEST #lobby * 200")
        yield _lines(f"{label} CHATHISTORY AROUND #lobby msgid={random.randrange(10**6)} 200")
        yield _lines(f"{label} CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00Z"
                     " timestamp=2100-01-01T00:00:00Z 200")  # fmt: skip


@attack(door="irc", addresses=50)
def irc_changes(stranger: int) -> Iterator[Step]:
    """What all are told who want to know: who is away, and what they are called."""
    yield _registers(stranger)
    for number in itertools.count():
        yield _lines(
            f"AWAY :{'x' * 200}", f"SETNAME :{number}", "AWAY", f"NICK j{stranger}-{number}"
        )


@attack(door="irc", strangers=500, addresses=50, reads=False)
def irc_stalled(stranger: int) -> Iterator[Step]:
    """People who ask, and do not read the answers."""
    yield _registers(stranger)
    while True:
        yield _lines("WHO #lobby", "NAMES #lobby", "CHATHISTORY LATEST #lobby * 200", "LIST")
