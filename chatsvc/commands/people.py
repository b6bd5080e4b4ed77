"""Who is here."""

from __future__ import annotations

from chatsvc.chat.sessions import Session
from chatsvc.command import command

WIDTH = 70  # characters in a line of names, so that it fits a terminal
MOST_LINES = 1000  # so that what one session is told stays below 100 KB


@command("users")
def users(session: Session) -> None:
    """List who is connected, in the order in which they came."""
    names = list(session.chat.users)
    rows: list[list[str]] = [[]]
    width = 0
    for name in names:
        width += len(name) + 2
        if width > WIDTH and rows[-1]:
            rows.append([])
            width = len(name) + 2
        rows[-1].append(name)
    lines = [", ".join(row) for row in rows[:MOST_LINES]]
    title = "1 user is connected" if len(names) == 1 else f"{len(names)} users are connected"
    if len(lines) == 1:
        session.tell(f"{title}: {lines[0]}")
        return
    session.tell(f"{title}:")
    for line in lines:
        session.tell(f"  {line}")
    if len(rows) > MOST_LINES:
        session.tell(f"  and {sum(map(len, rows[MOST_LINES:]))} more")
