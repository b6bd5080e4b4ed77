"""The full screen: what is told goes into windows, and what is typed goes to the server."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from chatsvc.chat.events import (
    Admitted,
    CrowdJoined,
    Direct,
    Dismissed,
    Done,
    Entered,
    Event,
    Joined,
    Kicked,
    Listed,
    LoggedIn,
    Lost,
    Paced,
    Parted,
    Presence,
    Quit,
    Removed,
    Renamed,
    Resumable,
    Resumed,
    Spoken,
    Welcomed,
)
from chatsvc.chat.nicks import mentions
from chatsvc.client import wording
from chatsvc.client.completion import complete
from chatsvc.client.connecting import beginning
from chatsvc.client.windows import Window, Windows
from chatsvc.command import secrets
from chatsvc.forms import event_of
from chatsvc.link import MOST_WAITING
from chatsvc.terminal.editor import TEXT as LONGEST
from chatsvc.terminal.editor import Editor, Outcome
from chatsvc.terminal.keys import Key, Paste, Press
from chatsvc.terminal.styles import PLAIN, Segment, Style, neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.history import History
    from chatsvc.client.settings import Settings

MOST_TYPED = MOST_WAITING - 100  # things that wait; the rest is for what we want to know ourselves
MOST_LINES = 50  # that the server takes at once
MOST_BYTES = 7000  # of the same, as JSON
NOTICE_LENGTH = 100  # characters that are shown on the desktop
MOST_SHOWN = 9  # windows in the status line, but for those with something new
LONG = 0.5  # seconds that an answer takes before that is worth telling
PUBLIC = ("me", "here")  # commands that say something in a room
OWN = ("close", "keys", "window")  # commands that are ours
HELP = """\
alt-1 to alt-9, {next}, {previous}: to that window, the next, the one before
{older}, {newer}: to what was said before, and back
tab: completes commands, names and rooms; once more for the next that fits
up, down: what you typed before; ctrl-r searches it
alt-enter: another line of the same message
ctrl-a, ctrl-e, alt-b, alt-f, ctrl-k, ctrl-u, ctrl-w, ctrl-y, ctrl-_: as in Emacs
{redraw}: draws everything anew; {suspend}: suspends; {quit}: leaves
/window bob: talks to bob alone; /window 2: to that window; /close: closes this one"""


class Asking(Protocol):
    """As much of a link as this needs."""

    lag: float

    @property
    def waiting(self) -> int:
        """How many things that were asked for are not answered."""

    def ask(self, do: str, **arguments: Any) -> str:
        """Ask for a command; the nonce by which its answer is known."""


class Interface:
    """Everything but the terminal itself, of which it knows the size, as (columns, rows).

    server: its address, as it is shown.
    password: with which `settings.login` logs in.
    farewell: why whoever sat here was put off the server; empty if they were not.
    leave: called when whoever sits here wants to leave.
    """

    def __init__(
        self,
        link: Asking,
        server: str,
        settings: Settings,
        password: str,
        size: tuple[int, int],
        history: History,
        leave: Callable[[], object],
    ) -> None:
        self._link = link
        self._server = server
        self._settings = settings
        self._password = password
        self._history = history
        self.leave = leave
        self._editor = Editor(lambda before: complete(before, self.windows, OWN), history.texts)
        self.windows = Windows(self._editor, *size)
        self.name = ""
        self.farewell = ""
        self._is_up = False
        self._is_joining = False  # somebody wants to look at the room that comes next
        self._hint = ""
        self._alert = b""
        self._asked: dict[str, tuple[Window, str]] = {}  # where, and for what, by the nonce
        self._listing: set[str] = set()  # of which rooms we want to know who is there
        self._keys = {key: what for what, key in settings.keys.items()}

    # What the terminal has to do with it

    def render(self) -> bytes:
        """What brings the terminal from the last time to now."""
        alert, self._alert = self._alert, b""
        screen = self.windows.current.screen
        screen.status = self._coloured([(self._hint, PLAIN)] if self._hint else self._status())
        return alert + screen.render()

    def press(self, press: Press) -> bool:
        """A key was pressed; whether the terminal is to be given up for a while."""
        hint, self._hint = self._hint, ""
        what = self._keys.get(press.name) if isinstance(press, Key) else None
        if what is not None:
            self._do(what, is_sure=hint == self._how_to_leave)
            return what == "suspend"
        outcome = self._editor.press(press)
        if outcome is Outcome.ENTERED:
            self._enter()
        elif outcome is Outcome.REFUSED:
            self.windows.current.screen.ring()
            if isinstance(press, Paste):
                self._hint = f"That would be more than {LONGEST // 1024} KiB; it was not taken."
        elif press == Key("ctrl-d"):
            self.leave()
        elif outcome is Outcome.UNUSED and isinstance(press, Key):
            number = press.name.removeprefix("alt-")
            if number.isdecimal():
                self._look_at(number)
        return False

    def _do(self, what: str, is_sure: bool) -> None:
        """Do what a key of the settings means."""
        screen = self.windows.current.screen
        if what in ("next", "previous"):
            self.windows.go(1 if what == "next" else -1)
        elif what == "older":
            screen.page_up()
        elif what == "newer":
            screen.page_down()
        elif what == "redraw":
            screen.redraw()
        elif what == "quit" and self._editor.text:
            self._editor.take(is_kept=False)
        elif what == "quit" and is_sure:
            self.leave()
        elif what == "quit":
            self._hint = self._how_to_leave

    @property
    def _how_to_leave(self) -> str:
        return f"{self._settings.keys['quit']} once more leaves; so does /quit."

    def _look_at(self, which: str) -> None:
        """Look at the window of that number or name; one for a person is opened."""
        windows = self.windows.all()
        if not which.isdecimal():
            found = self.windows.find(which)
            if found is None and which.startswith("#"):
                self._hint = f"You are not in {which}. /join {which}"
                return
            self.windows.look_at(found or self.windows.open(f"@{which.removeprefix('@')}"))
        elif 0 < int(which) <= len(windows):
            self.windows.look_at(windows[int(which) - 1])
        else:
            self._hint = f"There is no window {which}."

    def _status(self) -> list[Segment]:
        current = self.windows.current
        found: list[Segment] = []
        if not self._is_up:
            waiting = f", {self._link.waiting} waiting" if self._link.waiting else ""
            found.append((f"no connection, trying again{waiting} ", wording.URGENT))
        elif self._link.lag >= LONG:
            found.append((f"lag {self._link.lag:.1f} s ", PLAIN))
        here = len(current.people) + current.more
        for number, window in enumerate(self.windows.all(), 1):
            if window is current:
                company = f", {here} here" if window.is_room else ""
                found.append((f"[{number} {window.name}{company}] ", Style(bold=True)))
            elif window.unread:
                sign = "!" if window.is_urgent else "+"
                style = wording.URGENT if window.is_urgent else PLAIN
                found.append((f" {number} {window.name} {sign}{window.unread}  ", style))
            elif number <= MOST_SHOWN:
                found.append((f" {number} {window.name}  ", PLAIN))
        return [*found, (f"{self.name}@{self._server}", PLAIN)]

    def _coloured(self, segments: Iterable[Segment]) -> list[Segment]:
        if self._settings.colours == "off":
            return [(words, style._replace(colour=None)) for words, style in segments]
        return [*segments]

    # What is typed

    def _enter(self) -> None:
        text = self._editor.text
        is_command = text.startswith("/") and not text.startswith("//")
        name = text[1:].partition(" ")[0].casefold() if is_command else ""
        said = [] if is_command else _pieces(text.removeprefix("/") if text[:1] == "/" else text)
        if self._link.waiting + max(len(said), 1) > MOST_TYPED:
            self._hint = f"{self._link.waiting} lines are waiting already; this one stays here."
            return
        is_kept = not secrets(text)
        self._editor.take(is_kept)
        if not text.strip():
            return
        if is_kept:
            self._history.add(text)
        if is_command:
            self._command(name, text)
        for piece in said:
            self._say(piece)

    def _say(self, text: str) -> None:
        window = self.windows.current
        if not self._is_up:
            first, *more = text.split("\n")
            self._tell(f"waits: {first}{' …' if more else ''}")
        if window.is_room:
            self._ask("say", room=window.name, text=text)
        else:
            self._ask("dm", username=window.person, text=text)

    def _command(self, name: str, text: str) -> None:
        window = self.windows.current
        rest = text[1:].partition(" ")[2].strip()
        if name in ("quit", "exit"):
            self.leave()
        elif name == "keys":
            for line in HELP.format_map(self._settings.keys).split("\n"):
                self._tell(line)
        elif name == "window" and rest:
            self._look_at(rest)
        elif name == "window":
            self._hint = "Write it like this: /window bob, /window #ops or /window 2"
        elif name in ("close", "part", "leave") and not rest and not window.is_room:
            self.windows.close(window)
        elif name in PUBLIC and not window.is_room:
            self._tell(f"/{name} is for rooms.")
        else:
            self._is_joining = name == "join"
            if name == "help" and not rest:
                self._tell(f"Of this client there are /{', /'.join(OWN)}; of the server:")
            room = {"room": window.name} if window.is_room else {}
            self._ask("type", line="/part" if name == "close" else text, **room)

    def _ask(self, do: str, **arguments: Any) -> None:
        self._asked[self._link.ask(do, **arguments)] = (self.windows.current, do)

    def _tell(self, text: str) -> None:
        """Tell whoever sits here something that is our own."""
        now = datetime.now().astimezone()
        line = [(f"{now:%H:%M} ", wording.FAINT), ("-- ", PLAIN), (text, PLAIN)]
        self.windows.current.show(line, now)

    # What the server tells

    def status(self, is_up: bool) -> None:
        """There is a connection, or it was lost."""
        self._is_up = is_up
        if not is_up:
            self._tell("The connection was lost. What you type meanwhile waits, and is said once.")

    def hear(self, told: dict[str, Any]) -> None:
        """Something was told."""
        event = event_of(told)
        error = told.get("error")
        nonce = (told if error is None else error).get("nonce", "")
        window, _ = self._asked.pop(nonce, (self.windows.current, ""))
        if error is None:
            if self._note(event):
                return
            window = self._place(event)
        if window not in self.windows.all():
            window = self.windows.current
        if isinstance(event, Spoken):
            window.heard(event.speaker)
            if not told.get("recalled") or isinstance(event, Direct):
                self._attend(event, window)
        at = wording.moment(told)
        for line in wording.lines(told, event, self.name):
            window.show(self._coloured(line), at)

    def _place(self, event: Event | None) -> Window:
        """Where an event is shown."""
        if isinstance(event, Direct):
            other = event.to if event.speaker == self.name else event.speaker
            return self.windows.open(f"@{other}")
        if isinstance(event, Presence):
            return self.windows.lobby
        room = getattr(event, "room", "")
        if isinstance(event, Admitted | Entered):
            return self.windows.open(room)
        if room:
            return self.windows.find(room) or self.windows.current
        # The answer to a command comes before it is done, and one is done after the other.
        asked = [window for window, do in self._asked.values() if do == "type"]
        return asked[0] if asked else self.windows.current

    def _note(self, event: Event | None) -> bool:
        """Know who is where; whether that is all that is to be done about an event."""
        windows = self.windows
        match event:
            case Welcomed():
                self.name = event.name
                self._listing.clear()
            case Resumed():
                self.name = event.name
                self._listing.clear()
                for room in event.rooms:
                    self._look_into(windows.open(room))
                lost = (
                    f" Lines of {event.missing} rooms are missing: /history"
                    if event.missing
                    else ""
                )
                self._tell(f"The connection is back.{lost}")
                return True
            case LoggedIn():
                self.name = event.name
                for room in event.rooms:
                    self._look_into(windows.open(room))
            case Resumable():
                self._look_into(windows.lobby)
                return True
            case Done() | Paced():
                return True
            case Admitted():
                window = windows.open(event.room)
                self._look_into(window)
                if self._is_joining:
                    windows.look_at(window)
                self._is_joining = False
            case Dismissed() if event.room == windows.lobby.name:
                self.farewell = event.text
                self.leave()
            case Dismissed():
                if left := windows.find(event.room):
                    windows.close(left)
            case Listed():
                if listed := windows.find(event.room):
                    listed.has(event.names, event.more)
                if event.room in self._listing:
                    self._listing.remove(event.room)
                    return True
            case CrowdJoined():
                self._look_into(windows.lobby)
            case Joined():
                windows.lobby.add(event.name)
            case Quit() | Lost() | Removed():
                windows.gone(event.name)
            case Renamed():
                windows.renamed(event.name, event.new)
                if event.name == self.name:
                    self.name = event.new
            case Entered():
                windows.open(event.room).add(event.name)
            case Parted() | Kicked():
                windows.open(event.room).remove(event.name)
        return False

    def begin(self) -> list[dict[str, Any]]:
        """What is asked for at a new place: what somebody wants to have, and had at the old one."""
        rooms = [window.name for window in self.windows.all()[1:] if window.is_room]
        return beginning(self._settings, self._password, rooms)

    def _look_into(self, window: Window) -> None:
        """See who is in a room."""
        if window.name not in self._listing:
            self._listing.add(window.name)
            self._ask("who", room=window.name)

    def _attend(self, event: Spoken, window: Window) -> None:
        """Let somebody know that something was said."""
        if event.speaker == self.name:
            return
        is_urgent = isinstance(event, Direct) or mentions(self.name, event.text)
        if window is not self.windows.current:
            window.note_unread(is_urgent)
        if not is_urgent:
            return
        words = neutral(f"{event.speaker}: {event.text}")[:NOTICE_LENGTH]
        if self._settings.notices == "bell":
            self.windows.current.screen.ring()
        elif self._settings.notices == "osc9":
            self._alert = f"\x1b]9;{words}\a".encode()
        elif self._settings.notices == "osc777":
            self._alert = f"\x1b]777;notify;chatsvc;{words}\a".encode()


def _pieces(text: str) -> list[str]:
    """A text in parts that the server takes, parted between its lines if that can be."""
    pieces: list[str] = []
    for line in text.split("\n"):
        rest = line
        while len(part := _beginning(rest)) < len(rest):
            pieces.append(part)
            rest = rest[len(part) :]
        together = f"{pieces[-1]}\n{rest}" if pieces else rest
        if pieces and together.count("\n") < MOST_LINES and _size(together) <= MOST_BYTES:
            pieces[-1] = together
        else:
            pieces.append(rest)
    return [piece for piece in pieces if piece.strip()]


def _beginning(text: str) -> str:
    """As much of a text as the server takes at once."""
    end = len(text)
    while _size(text[:end]) > MOST_BYTES:
        end = min(end // 2 + 1, end - 1)
    return text[:end]


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))
