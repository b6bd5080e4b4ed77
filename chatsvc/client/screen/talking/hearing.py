"""Hearing: events from the server are shown in their windows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatsvc.client import wording
from chatsvc.client.screen.talking.coming import is_shown
from chatsvc.events.answers import Admitted, Dismissed, Done, Notice, Paced, Resumable, Resumed
from chatsvc.events.forms import event_of
from chatsvc.events.orders import Kicked, Opped, Redaction, Removed, Undone
from chatsvc.events.people import (
    MISSED,
    CrowdJoined,
    Joined,
    Listed,
    LoggedIn,
    Lost,
    Presence,
    Quit,
    Renamed,
    Welcomed,
)
from chatsvc.events.rooms import Entered, GivenUp, Owned, Parted, RoomRenamed, TopicSet
from chatsvc.events.speech import Direct, Reacted, Spoken
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.text.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.notices.notices import Notices
    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.talking.missed import Missed
    from chatsvc.client.screen.talking.questions import Question, Questions
    from chatsvc.client.screen.windows.rooms import Rooms
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.events.event import Event


class Hearing:
    """Shows events and errors, and tracks who is where.

    presence: which comings and goings are shown: smart, all or none.
    """

    def __init__(
        self,
        windows: Windows,
        questions: Questions,
        rooms: Rooms,
        own: OwnName,
        notices: Notices,
        missed: Missed,
        presence: str,
    ) -> None:
        self._windows = windows
        self._questions = questions
        self._rooms = rooms
        self._own = own
        self._notices = notices
        self._missed = missed
        self.presence = presence

    def hear(self, received: dict[str, Any]) -> None:
        """Show an event or an error, as docs/protocol.md has them."""
        event = event_of(received)
        error = received.get("error")
        if error is not None:  # errors come without a time
            received = {"at": datetime.now().astimezone().isoformat(), **received}
        nonce = (received if error is None else error).get("nonce", "")
        question = self._questions.take(nonce)
        asked = question or self._questions.find(received.get("answers", ""))
        if asked is not None and asked.gather is not None:
            asked.gather.hear(received)
            return
        typed = question.window.live.settle(nonce) if question is not None else ()
        question = asked
        shared = self._windows.shared(event.name) if isinstance(event, Presence) else []
        if error is not None:
            if question is not None and not self._note_refusal(question):
                return
        elif self._note(event, received, question):
            return
        windows = [*self._places(event, received, question), *shared]
        if isinstance(event, Direct) and question is not None and not received.get("recalled"):
            windows[0].doubt = ""  # /dm was typed with that name
        if isinstance(event, Direct) and event.account and event.speaker == windows[0].person:
            windows[0].account = event.account
        if isinstance(event, Spoken) and not isinstance(event, Reacted):
            windows[0].heard(event.speaker, wording.moment(received))
            if wording.is_new(received):
                self._mark_unread(event, windows[0], question)
                self._notices.note(received, event, windows[0].name)
        at = wording.moment(received)
        me = self._own.name
        windows = [
            each
            for each in windows
            if is_shown(event, each, each.presence or self.presence, me, at)
        ]
        if error is not None and typed:
            text = "".join([each for each, _ in typed[1:-1]])
            windows[0].show([typed[0], ("!! ", URGENT), (text, FAINT)], at)
        for window in windows:
            line = wording.line(received, event, self._own)
            if isinstance(event, Spoken) and event.room and event.room != window.name:
                line.insert(1, (f"{event.room} ", FAINT))
            number = received.get("id") if isinstance(event, Spoken) else None
            window.show(line, at, number, self._own.is_meant(event))
        if isinstance(event, Redaction):
            self._remove(event)

    def _mark_unread(self, event: Spoken, window: Window, question: Question | None) -> None:
        """Mark a window that is not in view as unread, unless what is new was typed there."""
        if self._windows.is_in_view(window):
            return
        is_typed_there = question is None or question.window is window
        if event.speaker != self._own.name or not is_typed_there:  # as /dm can be elsewhere
            window.note_unread(self._own.is_meant(event), self._notices.is_muted(window.name))

    def _remove(self, event: Redaction) -> None:
        """Replace a message with who removed it."""
        words = f"What {event.name} said was removed by {event.actor}."
        for window in self._windows.all():
            window.replace(event.entry, lambda old: [*old[:1], ("-- ", FAINT), (words, FAINT)])

    def _places(
        self, event: Event | None, received: dict[str, Any], question: Question | None
    ) -> list[Window]:
        """The windows in which an event, or an error, is shown."""
        windows = self._windows
        if isinstance(event, Direct):
            return [windows.open(self._own.where(event))]
        if isinstance(event, Presence):
            name = event.new if isinstance(event, Renamed) else event.name
            persons = windows.find(f"@{name}")
            return [windows.lobby] if persons is None else [windows.lobby, persons]
        room = event.new if isinstance(event, RoomRenamed) else getattr(event, "room", "")
        found = windows.find(room) if room else None
        if question is not None and not (isinstance(event, Spoken) and "answers" not in received):
            found = question.window if question.window in windows.all() else found
        return [found or windows.current]

    def _note_refusal(self, question: Question) -> bool:
        """Note that a question was refused, and return whether the error is shown."""
        if question.what == "join" and question.window.is_room:
            self._rooms.lose(question.window)
        return question.what != "who"

    def _note(
        self, event: Event | None, received: dict[str, Any], question: Question | None
    ) -> bool:
        """Update who is where, and return whether the event is dealt with."""
        if self._own.hear(event):
            self._questions.ask("nick", name=self._own.wanted)
        windows = self._windows
        match event:
            case Welcomed():
                windows.all_in_doubt()
                self._take_back()
                self._rooms.forget_asked()
            case Resumed():
                self._rooms.forget_asked()
                windows.tell(f"The connection is back.{wording.missing(event)}")
                self._rooms.be_in(event.rooms)
                if event.missing or event.restarted:  # people may have come and gone meanwhile
                    windows.all_in_doubt()
                    self._take_back()
                return True
            case LoggedIn():  # or out
                self._rooms.be_in(event.rooms)
            case Notice() if event.text == MISSED:
                return self._missed.ask()
            case Notice(room="") if self._rooms.is_joining(received.get("answers", "")):
                return True  # that one is there already, with the account
            case Resumable():
                self._rooms.look_into(windows.lobby)
                return True
            case Done() | Paced():
                if question is not None and question.what in ("away", "back"):
                    self._rooms.look_into(windows.lobby)  # as nobody says who is away
                return True
            case Admitted():
                self._admitted(event, received, question)
            case Dismissed():
                return self._dismissed(event, question)
            case Listed():
                if listed := windows.find(event.room):
                    listed.people.hear(event)
                    listed.topic = event.topic
                if question is not None and question.what == "who":
                    self._rooms.looked_into(event.room)
                    return True
            case CrowdJoined():
                self._rooms.look_into(windows.lobby)
            case Joined():
                windows.lobby.people.add(event.name)
                windows.known(event.name, event.account)
            case Quit() | Lost() | Removed():
                windows.gone(event.name)
                self._take_back_from(event.name)
            case Renamed():
                windows.renamed(event.name, event.new, event.account)
                self._questions.readdress(event.name, event.new)
                windows.known(event.new, event.account)
            case RoomRenamed():
                self._room_renamed(event)
            case TopicSet() if there := windows.find(event.room):
                there.topic = event.topic
            case Opped() | Undone() | Owned() | GivenUp() if there := windows.find(event.room):
                self._rooms.look_into(there)
            case Entered() if there := windows.find(event.room):
                there.people.add(event.name)
            case Kicked() if event.name == self._own.name:
                return True  # which is told with more
            case Parted() | Kicked() if there := windows.find(event.room):
                there.people.remove(event.name)
        return self._rooms.is_leaving(getattr(event, "room", ""))

    def _room_renamed(self, event: RoomRenamed) -> None:
        """Rename the window of a room, and close another one of the new name.

        That was of an earlier room, or of this one, if the connection was lost meanwhile.
        """
        there, other = self._windows.find(event.room), self._windows.find(event.new)
        if there is None:
            return
        is_same = other is not None and other is not there and not other.lost
        if other is not None and other is not there:
            self._windows.close(other)
        there.name = event.new
        if is_same:
            there.lost = ""
            self._rooms.look_into(there)

    def _admitted(
        self, event: Admitted, received: dict[str, Any], question: Question | None
    ) -> None:
        """Note that the user is in a room, whose name may differ from the typed one."""
        windows = self._windows
        window = self._rooms.enter(event.room)
        if question is not None and question.what == "join" and question.window is not window:
            if question.window is windows.current:
                windows.turn_to(window)
            windows.close(question.window)
            self._questions.move(received.get("answers", ""), window)

    def _dismissed(self, event: Dismissed, question: Question | None) -> bool:
        """Note that the user has left a room, and return whether the event is dealt with."""
        windows = self._windows
        self._rooms.left(event.room)
        left = windows.find(event.room)
        if question is None or question.what != "part":
            if left is not None:
                self._rooms.lose(left)
                name = folded(left.name)
                for nonce in self._questions.withdraw(  # the client's own
                    "join", lambda about, waits: waits and about == name
                ):
                    self._questions.take(nonce)
            return False
        if left is not None and not self._questions.is_open(left, "join"):
            windows.close(left)  # otherwise it was joined again, with the new connection
        windows.tell(f"You have left {event.room}.")
        return True  # the rest of the notice does not apply to windows

    def _take_back_from(self, name: str) -> None:
        """Withdraw messages to somebody who has left, as others can take the name."""
        if not self._windows.is_owners(name):
            why = "That was not said: {} has left, and others can take that name."
            self._withdraw_directs(why, lambda about, waits: waits and about == folded(f"@{name}"))

    def _take_back(self) -> None:
        """Withdraw pending direct messages: somebody else may have the name by now."""
        why = "That may not have been said: this may be another {} than before."
        self._withdraw_directs(why, lambda about, _: not self._windows.is_owners(about[1:]))

    def _withdraw_directs(self, why: str, which: Callable[[str, bool], bool]) -> None:
        for nonce, each in self._questions.withdraw("dm", which).items():
            text = why.format(each.about[1:])
            self.hear({"error": {"code": "unsure", "text": text, "nonce": nonce}})
