"""A room in which order is kept, and those who are in it."""

from __future__ import annotations

import time
from typing import Any

from chatsvc.text.lookalikes import skeleton
from tests.commands.test_accounts import PASSWORD, AccountTestCase
from tests.harness import Person


class ModerationTestCase(AccountTestCase):
    """Ann owns #ops by her account, in which Bob and Cat are; so has Root, the operator, one."""

    def begin(self, **options: Any) -> None:
        super().begin(**{"operators": frozenset({skeleton("rooty")}), **options})
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types("/nick rooty", f"/register {PASSWORD}")
        self.meet("#ops")

    def meet(self, room: str) -> None:
        for person in (self.ann, self.bob, self.cat):
            person.types(f"/join {room}")
            person.hears()
        self.hush()

    def hush(self) -> None:
        super().hush()
        self.root.hears()

    def register(self, person: Person, name: str) -> None:
        person.types(f"/nick {name}", f"/register {PASSWORD}")
        self.hush()

    def asks(self, person: Person, *lines: str) -> list[str]:
        """What somebody hears of that; nothing of what was before."""
        self.hush()
        return person.asks(*lines)

    def restart(self) -> None:
        self.root.types("/quit")
        super().restart()
        self.root = self.server.joined_by("127.0.0.1")
        self.root.types(f"/login rooty {PASSWORD}")
        self.hush()

    def clock(self, seconds: float) -> str:
        """The time of day so many seconds from now."""
        return time.strftime("%H:%M", time.localtime(self.server.clock.seconds() + seconds))
