"""Flooding: a sender that is too fast is warned, slowed down, and in the end muted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.text.numbers import counted

if TYPE_CHECKING:
    from chatsvc.chat.people.user import Session
    from chatsvc.journal import Journal

MOST_SLOWED = 600  # slowed lines in a row, a minute's worth at the default rate; then it is muted
MUTED_FOR = 10.0  # seconds


class Flooding:
    """The flooding of one connection, from the first line that was too fast."""

    __slots__ = ("_is_warned", "_journal", "_muted_until", "_not_taken", "_slowed")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._is_warned = False  # since the sender last rested
        self._slowed = 0  # lines taken since the warning
        self._muted_until = 0.0
        self._not_taken = 0  # lines dropped since it was muted

    def warn(self, session: Session, costly: str) -> None:
        """Warn the sender once that its lines are slowed down.

        costly: the request that counts as several lines, if that is why.
        """
        if self._is_warned:
            return
        self._is_warned = True
        why = f" ({costly})" if costly else ""
        session.tell(f"You are sending too fast{why}: your lines are taken more slowly now.")
        self._journal.write("slowed", session.address, name=session.user.name)

    def takes(self, session: Session, line: bytes, now: float, has_rested: bool) -> bool:
        """Count a line, and return whether it is taken: not if its sender is muted.

        has_rested: whether the sender has rested since its last line, and so starts afresh.
        """
        if has_rested:
            self._is_warned = False
            self._slowed = 0
        else:
            self._count(session, now)
        return not self._refuses(session, line, now)

    def _count(self, session: Session, now: float) -> None:
        """Count a line of a sender that has not rested, and mute it after too many."""
        if not self._is_warned:
            return
        self._slowed += 1
        if self._slowed <= MOST_SLOWED:
            return
        self._slowed = 0
        self._muted_until = now + MUTED_FOR
        self._journal.write("silenced", session.address, name=session.user.name, seconds=MUTED_FOR)
        session.tell(
            "You have been sending too fast for long: nothing but /quit is taken for"
            f" {MUTED_FOR:.0f} seconds."
        )

    def _refuses(self, session: Session, line: bytes, now: float) -> bool:
        """Whether a line is dropped, as its sender is muted."""
        if not self._muted_until:
            return False
        if now < self._muted_until and line.strip().lower() not in (b"/quit", b"/exit"):
            self._not_taken += 1
            return True
        self._muted_until = 0.0
        session.tell(
            f"{counted(self._not_taken, 'line of yours was', 'lines of yours were')} not taken."
        )
        self._not_taken = 0
        return False
