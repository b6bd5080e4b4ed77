"""Attacks by each command, with the worst that it takes, from a thousand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from benchmarks.attack.attack import ATTACKS, Attack, line
from benchmarks.attack.crowd import Step
from chatsvc.command.command import Command, commands


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
            yield line(" ".join([f"/{command.names[0]}", *arguments]))


def _every_command(stranger: int) -> Iterator[Step]:
    yield line(f"/join #own{stranger % 500}")
    yield from _worst(_WORST[stranger % len(_WORST)], stranger)


_WORST = [each for each in dict.fromkeys(commands().values()) if each.names[0] != "quit"]
ATTACKS.append(Attack("every command", _every_command, strangers=1000, addresses=50))
ATTACKS.extend(
    Attack(f"/{each.names[0]}", partial(_worst, each), strangers=1000, addresses=50)
    for each in _WORST
)
