"""How things look to oneself."""

from __future__ import annotations

import time
from typing import Literal

from chatsvc.chat import wording
from chatsvc.chat.sessions import Session
from chatsvc.command import command


@command("time")
def show_times(session: Session, state: Literal["on", "off"]) -> None:
    """Show the time before each line, or no longer."""
    if state == "on":
        session.wording = wording.timed
        session.tell(f"Times are shown from here on, as it is at the server ({time.tzname[0]}).")
    else:
        session.wording = wording.plain
        session.tell("Times are no longer shown.")
