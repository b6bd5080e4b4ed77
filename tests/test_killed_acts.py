"""A server that is killed in the middle of moderation and of changes of accounts."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.commands.test_accounts import PASSWORD
from tests.forking.forked import Forked
from tests.patience import only_long
from tests.processes import TWISTD, UNMEASURED, Caller, free_port

KILLS = 10
BEFORE = 6  # requests that are answered before the one during which the server is killed


class Program:
    """A program that knows what was done, and what may have been."""

    def __init__(self, port: int) -> None:
        self._caller = Caller(port)
        self._caller.types("/json")
        self._rest = b""
        self._nonces = 0
        self.told: list[dict[str, Any]] = []

    def sends(self, **fields: str) -> str:
        self._nonces += 1
        nonce = f"n{self._nonces}"
        self._caller.types(json.dumps({**fields, "nonce": nonce}))
        return nonce

    def answer(self, nonce: str) -> str | None:
        """Whether it was done, or why not; None if the server ended before."""
        while True:
            with suppress(OSError):
                data = self._caller.socket.recv(65536)
                if data:
                    *lines, self._rest = (self._rest + data).split(b"\n")
                    self.told += [json.loads(line) for line in lines if line[:1] == b"{"]
                    for told in self.told:
                        if told.get("error", {}).get("nonce") == nonce:
                            return str(told["error"]["text"])
                        if told.get("event") in ("done", "said") and told.get("nonce") == nonce:
                            return "done"
                    continue
            return None

    def asks(self, **fields: str) -> str | None:
        return self.answer(self.sends(**fields))

    def texts(self, **fields: str) -> str:
        """All that is answered to a question."""
        del self.told[:]
        assert self.asks(**fields) == "done", self.told
        return "\n".join([json.dumps(each) for each in self.told])

    def closes(self) -> None:
        self._caller.socket.close()


class House:
    """A server whose store outlives it, its owner, and what may be true of it.

    bans: by names, whether they may be banned from #ops.
    topics: that #ops may have.
    removed: by what was said there, whether that may be removed; and its number.
    accounts: by names, whether they may be there.
    passwords: that Vic may have.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance
        self.bans: dict[str, set[bool]] = {name: {False} for name in ("ann", "bob", "cat")}
        self.topics = {""}
        self.removed: dict[str, tuple[int, set[bool]]] = {}
        self.accounts: dict[str, set[bool]] = {}
        self.passwords = {f"{PASSWORD}0"}
        self.number = 0
        self.begins()
        for name in (*self.bans, "vic", "owner"):
            each = Program(self.port)
            assert each.asks(do="nick", name=name) == "done"
            password = f"{PASSWORD}0" if name == "vic" else PASSWORD
            assert each.asks(do="register", password=password) == "done"
            each.closes()
        self.comes()
        assert self.owner.asks(do="join", room="#ops") == "done"
        assert self.owner.asks(do="persist", room="#ops") == "done"

    def begins(self) -> None:
        self.port = free_port()
        options = ["--port", self.port, "--interface", "127.0.0.1", "--throttle", "off"]
        command = [TWISTD, "-n", "--pidfile=", "chatsvc", *map(str, options)]
        with (self.folder / "log").open("ab") as log:
            self.server = Forked[bytes](
                command, cwd=self.folder, stdout=log, stderr=log, env=os.environ | UNMEASURED
            )

    def comes(self) -> None:
        self.owner = Program(self.port)
        answer = self.owner.asks(do="login", name="owner", password=PASSWORD)
        assert answer == "done", (answer, (self.folder / "log").read_text("utf-8")[-2000:])

    def does(self, is_last: bool) -> None:
        """Something is asked for; if it is the last thing, the server is killed meanwhile."""
        what = self.chance.choice([self.bans_or_not, self.sets_topic, self.removes,
                                   self.registers, self.changes_password])  # fmt: skip
        what(is_last)

    def asks(self, program: Program, is_last: bool, **fields: str) -> bool | None:
        """Whether it was done; None if that is not known."""
        nonce = program.sends(**fields)
        if is_last:
            time.sleep(self.chance.choice([0, 0, 0.001, 0.003, 0.01, 0.1]) * self.chance.random())
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()
        answer = program.answer(nonce)
        assert answer in ("done", None), answer
        return None if answer is None else True

    def bans_or_not(self, is_last: bool) -> None:
        name = self.chance.choice(list(self.bans))
        [is_banned] = self.bans[name]
        done = self.asks(
            self.owner, is_last, do="unban" if is_banned else "ban", room="#ops", name=name
        )
        self.bans[name] = {not is_banned} if done else {True, False}

    def sets_topic(self, is_last: bool) -> None:
        self.number += 1
        topic = f"topic {self.number}"
        done = self.asks(self.owner, is_last, do="topic", room="#ops", topic=topic)
        self.topics = {topic} if done else self.topics | {topic}

    def removes(self, is_last: bool) -> None:
        self.number += 1
        text = f"words {self.number}"
        assert self.owner.asks(do="say", room="#ops", text=text) == "done"
        said = next(each for each in self.owner.told if each.get("text") == text)
        done = self.asks(self.owner, is_last, do="redact", number=str(said["id"]), reason="spam")
        self.removed[text] = (said["id"], {True} if done else {True, False})

    def registers(self, is_last: bool) -> None:
        self.number += 1
        name = f"new{self.number}"
        guest = Program(self.port)
        assert guest.asks(do="nick", name=name) == "done"
        done = self.asks(guest, is_last, do="register", password=PASSWORD)
        self.accounts[name] = {True} if done else {True, False}
        guest.closes()

    def changes_password(self, is_last: bool) -> None:
        self.number += 1
        [old], new = self.passwords, f"{PASSWORD}{self.number}"
        vic = Program(self.port)
        assert vic.asks(do="login", name="vic", password=old) == "done"
        done = self.asks(vic, is_last, do="passwd", password=old, new=new)
        self.passwords = {new} if done else {old, new}
        vic.closes()

    def looks(self) -> None:
        """See that all is true that was answered, and of the rest all or nothing."""
        owner = self.owner
        bans = owner.texts(do="bans", room="#ops")
        for name, may_be in self.bans.items():
            is_banned = f"banned {name}" in bans
            assert is_banned in may_be, (name, bans)
            self.bans[name] = {is_banned}
        shown = owner.texts(do="topic", room="#ops")
        self.topics = {each for each in self.topics if f"#ops: {each or 'there is no'}" in shown}
        assert len(self.topics) == 1, shown
        history = owner.texts(do="history", room="#ops", what="200")
        log = owner.texts(do="log", room="#ops")
        for text, (entry_id, may_be) in self.removed.items():
            is_removed = f'"{text}"' not in history
            assert is_removed in may_be, (text, history)
            if may_be == {True, False}:
                assert is_removed is (f"line {entry_id} of" in log), (text, log)
            self.removed[text] = (entry_id, {is_removed})
        for name, may_be in self.accounts.items():
            if may_be == {True, False} or self.chance.random() < 0.1:
                is_there = self.logs_in(name, PASSWORD)
                assert is_there in may_be, name
                self.accounts[name] = {is_there}
        self.passwords = {each for each in self.passwords if self.logs_in("vic", each)}
        assert len(self.passwords) == 1, "Vic has one password"

    def logs_in(self, name: str, password: str) -> bool:
        program = Program(self.port)
        answer = program.asks(do="login", name=name, password=password)
        program.closes()
        assert answer is not None
        return answer == "done"


@only_long
def test_nothing_that_was_answered_is_lost_and_nothing_is_half_done() -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), random.Random(1))
        try:
            for _ in range(KILLS):
                for _ in range(house.chance.randrange(BEFORE)):
                    house.does(is_last=False)
                house.does(is_last=True)
                house.owner.closes()
                house.begins()
                house.comes()
                assert house.owner.asks(do="join", room="#ops") == "done"
                house.looks()
        finally:
            house.owner.closes()
            house.server.kill()
            house.server.wait()
