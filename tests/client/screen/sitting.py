"""Somebody who sits before the full screen, without a terminal and without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client.connection.queue import MOST_WAITING
from chatsvc.client.files.settings_file import SettingsFile
from chatsvc.client.screen.interface import Interface
from chatsvc.client.screen.session import Session
from chatsvc.client.settings.values import Settings, Wrong
from chatsvc.client.typed import History
from chatsvc.terminal.keys import Keys
from tests.terminal.emulator import Emulator
from tests.zone import move_to

AT = "2026-11-23T08:15:00.000Z"


class Link:
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.lag = 0.0
        self.waiting = 0
        self.asked: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        self.unsent: list[str] = []
        self.readdressed: list[tuple[str, str]] = []

    def ask(self, do: str, /, **arguments: Any) -> str:
        assert self.waiting < MOST_WAITING
        self.asked.append({"do": do, **arguments})
        return str(len(self.asked))

    ask_last = ask

    def forget(self, nonce: str) -> None:
        self.forgotten.append(nonce)

    def waits(self, nonce: str) -> bool:
        return nonce in self.unsent

    def readdress(self, name: str, new: str) -> None:
        self.readdressed.append((name, new))


class Connections:
    """Notes which servers are connected to, with which passwords, and which are left.

    unsaid: what is left unsaid.
    """

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.started: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.unsaid: list[str] = []
        self._passwords: dict[str, str] = {}

    def link(self, session: Session, password: str) -> Link:
        if session.settings.ca:
            raise Wrong("--tls needs pip install 'chatsvc[tls]'")
        self.links[session.name] = Link()
        self._passwords[session.name] = password
        return self.links[session.name]

    def start(self, session: Session) -> None:
        self.started.append((session.name, self._passwords[session.name]))

    def leave(self, session: Session, then: Callable[[Iterable[str]], object]) -> None:
        self.left.append(session.name)
        then(self.unsaid)


class InterfaceTestCase(SynchronousTestCase):
    """Bob, whose clock shows UTC, has just come.

    file: his settings'; None for none.
    history: has what he types.
    """

    file: Path | None = None
    history = History(None)

    def setUp(self) -> None:
        move_to(self, "UTC")
        self.begins()

    def begins(self, size: tuple[int, int] = (80, 24), **options: Any) -> None:
        self.connections = Connections()
        self.asked_first = 0
        self.has_left = False
        self.noticed: list[tuple[str, str, str, str]] = []
        self.interface = Interface(
            [(Settings(**{"host": "chat.example.org", **options}), "")],
            size,
            self.history,
            self.leaves,
            self.leaves,
            lambda *what: self.noticed.append(what),
            SettingsFile(self.file),
            self.connections,
        )
        self.link = self.connections.links[self.interface.here.name]
        self.emulator = Emulator(*size)
        self.emulator.feed(self.interface.screen.picture.start())
        self.told("welcome", name="bob", others=2, rooms=["#lobby"])
        self.interface.here.status(True)
        self.told("resumable", token="t", seen=0)
        self.lists("#lobby", "ann", "bob", "cat")
        self.link.asked.clear()

    def leaves(self, why: str = "") -> None:
        self.has_left = True

    def told(self, event: str, **fields: Any) -> None:
        self.interface.here.hear({"event": event, "at": AT, **fields})

    def lists(self, room: str, *names: str, more: int = 0, **others: Any) -> None:
        """The server answers what the client wants to know by itself."""
        facts = {"names": [*names], "where": f"in {room}", "room": room, "more": more, **others}
        nonce = str(len(self.link.asked))
        self.told("listed", **facts, answers=nonce)
        self.told("done", nonce=nonce)

    def joins(self, room: str) -> None:
        """Bob joins a room, and looks at it."""
        self.enters(f"/join {room}")
        self.told("admitted", room=room, text=f"You are in {room}.", answers="1")
        self.told("done", nonce="1")

    def asks_first(self) -> list[tuple[str, str | None]]:
        """What is asked for at a new place."""
        asked: list[dict[str, Any]] = []

        def ask(do: str, /, **what: Any) -> str:
            asked.append({"do": do, **what})
            self.asked_first += 1
            return f"first{self.asked_first}"

        self.told("welcome", name="client9", others=2, rooms=["#lobby"])
        self.interface.here.begin(ask, "client9", ["#lobby"])
        return [(each["do"], each.get("room")) for each in asked]

    def said(self, room: str, speaker: str, text: str, **fields: Any) -> None:
        self.told("said", **{"room": room, "from": speaker, "text": text, "id": 9, **fields})

    def types(self, text: str) -> None:
        for press in Keys().feed(text.encode()):
            self.interface.press(press)

    def enters(self, text: str) -> list[dict[str, Any]]:
        """What is asked for when that is typed and entered."""
        self.link.asked.clear()
        self.types(text)
        self.types("\r")
        return self.link.asked

    def refuses(self, text: str, why: str) -> None:
        """What is typed is not said, and stays."""
        self.assertEqual(self.enters(text), [])
        self.assertIn(f"!! That was not said: {why}", self.screen)
        self.assertTrue(self.screen.endswith(f"> {text}"), self.screen)
        self.types("\x15")

    def draws(self) -> bytes:
        data = self.interface.render()
        self.emulator.feed(data)
        return data

    @property
    def screen(self) -> str:
        self.emulator.feed(self.interface.render())
        return "\n".join(row.rstrip() for row in self.emulator.rows)

    @property
    def status(self) -> str:
        return self.screen.split("\n")[-2]
