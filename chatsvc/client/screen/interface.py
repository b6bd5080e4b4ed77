"""The full screen: what is told goes into windows, and what is typed goes to the server."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chatsvc.client import wording
from chatsvc.client.connection.link import MOST_WAITING
from chatsvc.client.connection.server import ask_first
from chatsvc.client.own_name import OwnName
from chatsvc.client.screen.completion import OWN, complete
from chatsvc.client.screen.status_line import Part, status
from chatsvc.client.screen.windows import Window, Windows
from chatsvc.command import commands, meant, secrets
from chatsvc.errors import SHOWN, Misused, Unsaid
from chatsvc.events.answers import Admitted, Dismissed, Done, Paced, Resumable, Resumed
from chatsvc.events.event import Event
from chatsvc.events.forms import event_of
from chatsvc.events.orders import Kicked, Redaction, Removed
from chatsvc.events.people import (
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
from chatsvc.events.rooms import Entered, Parted
from chatsvc.events.speech import Direct, Spoken
from chatsvc.terminal import colours
from chatsvc.terminal.colours import URGENT, WITHOUT, palette
from chatsvc.terminal.editor import TEXT as LONGEST
from chatsvc.terminal.editor import Editor, Outcome
from chatsvc.terminal.keys import Background, Key, Paste, Press
from chatsvc.terminal.styles import PLAIN, Segment, Style, neutral
from chatsvc.text.names import LONGEST as LONGEST_NAME
from chatsvc.text.names import ROOM_NAME_LENGTH as ROOM_LENGTH
from chatsvc.text.names import folded, mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.settings import Settings
    from chatsvc.client.typed import History
    from chatsvc.terminal.screen import Screen

MOST_TYPED = MOST_WAITING - 100  # things that wait; the rest is for what we want to know ourselves
MOST_LINES = 50  # that the server takes at once
MOST_BYTES = 7000  # of the same, as JSON
NOTICE_LENGTH = 100  # characters that are shown on the desktop
LONG = 0.5  # seconds that an answer takes before that is worth telling
HINT = 8  # seconds that a hint is shown
_WHEEL: dict[Press, int] = {Key("wheel-up"): -3, Key("wheel-down"): 3}  # rows
_ASK_FOR_BACKGROUND = b"\x1b]11;?\x1b\\"
HELP = """\
alt-1 to alt-9, {next}, {previous}: to that window, the next, the one before
{older}, {newer}, {newest}, wheel: to what was said before, back, to the newest
tab: completes commands, names and rooms; once more for the next that fits
up, down: what you typed before; ctrl-r searches it
alt-enter: another line of the same message
ctrl-a, ctrl-e, alt-b, alt-f, ctrl-k, ctrl-u, ctrl-w, ctrl-y, ctrl-_: as in Emacs
{redraw}: draws everything anew; {suspend}: suspends; {quit}: leaves
/window bob: talks to bob alone; /window 2: to that window; /close: closes this one"""


class Asking(Protocol):
    """As much of a link as this needs."""

    @property
    def lag(self) -> float:
        """For how many seconds that has been on its way that was sent first; 0 for nothing."""

    @property
    def waiting(self) -> int:
        """How many things that were asked for are not answered."""

    def ask(self, do: str, /, **arguments: Any) -> str:
        """Ask for a command; the nonce by which its answer is known."""

    def ask_last(self, do: str, /, **arguments: Any) -> str:
        """The same, but all others go before."""

    def forget(self, nonce: str) -> None:
        """Ask for something no more."""


class Asked(NamedTuple):
    """Something that was asked for and is not answered.

    window: where the answer is shown.
    what: the command; `type` for most that somebody has typed.
    """

    window: Window
    what: str


class Interface:
    """Everything but the terminal itself, of which it knows the size, as (columns, rows).

    server: its address, as it is shown.
    leave: called when whoever sits here wants to leave.
    """

    def __init__(
        self,
        link: Asking,
        server: str,
        settings: Settings,
        size: tuple[int, int],
        history: History,
        leave: Callable[[], object],
    ) -> None:
        self._link = link
        self._server = server
        self._settings = settings
        self._history = history
        self.leave = leave
        self._editor = Editor(lambda before: complete(before, self.windows), history.texts, secrets)
        self.windows = Windows(self._editor, *size)
        self._is_up = False
        self._has_begun = False  # there was a place
        self._doubted: tuple[Window, str, str] | None = None  # where, what and why it was refused
        self._own = OwnName()
        self._hint = ""
        self._hinted = 0  # for how many seconds
        self._alert = b""
        self._is_selecting = False  # with the mouse
        self._has_mouse = False  # its wheel scrolls
        self._palette = WITHOUT if settings.colours == "off" else palette(None)
        self._asked: dict[str, Asked] = {}  # by nonce
        self._leaving: set[str] = set()  # rooms whose windows are closed, until they are left
        self._listing: set[str] = set()  # of which rooms we want to know who is there
        self._keys = {key: what for what, key in settings.keys.items()}

    @property
    def name(self) -> str:
        """One's own."""
        return self._own.name

    # What the terminal has to do with it

    def start(self) -> bytes:
        """What takes over the terminal, and asks it for its background's colour."""
        ask = b"" if self._palette == WITHOUT else _ASK_FOR_BACKGROUND
        self._has_mouse = False
        return self.windows.current.screen.start() + ask

    def render(self) -> bytes:
        """What brings the terminal from the last time to now."""
        alert, self._alert = self._alert, b""
        screen = self.windows.current.screen
        screen.status = self._status(screen)
        if self._has_mouse != (self._settings.mouse and not self._is_selecting):
            self._has_mouse = not self._has_mouse
            alert += screen.mouse(self._has_mouse)
        return alert + screen.render(self._palette.paint)

    def tick(self) -> None:
        """A second has gone by."""
        self._hinted += 1
        if self._hinted > HINT:
            self._hint = ""

    def press(self, press: Press) -> bool:
        """A key was pressed; whether the terminal is to be given up for a while."""
        if isinstance(press, Background):
            if self._settings.colours != "off":
                self._palette = palette((press.red, press.green, press.blue))
                self.windows.current.screen.redraw()
            return False
        hint, self._hint, self._hinted = self._hint, "", 0
        self._is_selecting = press == Key("mouse")
        if self._is_selecting:
            self._hint = "The mouse selects text now, and scrolls after the next key."
            return False
        if press in _WHEEL:
            self.windows.current.screen.scroll(_WHEEL[press])
            return False
        what = self._keys.get(press.name) if isinstance(press, Key) else None
        if what is not None and (what != "newest" or self.windows.current.screen.is_back):
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
        elif what == "newest":
            screen.follow()
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
        shown = which[:SHOWN]
        if not which.isdecimal():
            found = self.windows.find(which) or self.windows.find(f"@{which}")
            if found is None and which.startswith("#"):
                self._hint = f"You are not in {shown}. /join {shown}"
                return
            name = which.removeprefix("@")
            is_name = 0 < len(name) <= LONGEST_NAME and name.isprintable() and " " not in name
            if found is None and not is_name:
                self._hint = "Nobody has such a name."
                return
            name = self.windows.lobby.people.get(folded(name), name)
            self.windows.look_at(found or self.windows.open(f"@{name}"))
        elif 0 < int(shown) <= len(windows):
            self.windows.look_at(windows[int(shown) - 1])
        else:
            self._hint = f"There is no window {shown}."

    def _status(self, screen: Screen) -> list[Segment]:
        notes = []
        if not self._is_up:
            waiting = f", {self._link.waiting} waiting" if self._link.waiting else ""
            notes.append(Part(f"no connection, trying again{waiting}", URGENT))
        elif self._link.lag >= LONG:
            notes.append(Part(f"lag {self._link.lag:.1f} s"))
        hint = self._editor.hint or self._hint
        if screen.is_back and not hint:
            what = f"{screen.arrived} new below" if screen.arrived else "scrolled back"
            notes.append(Part(f"{what} ({self._settings.keys['newest']})", Style(bold=True)))
        me = f"{self.name}@{self._server}"
        line = status(self.windows, screen.columns, notes, hint, me)
        is_whole = hint != self._hint or any(text == hint for text, _ in line)
        screen.hint = "" if is_whole else hint
        return line if is_whole else status(self.windows, screen.columns, notes, "", me)

    # What is typed

    def _enter(self) -> None:
        text, window = self._editor.text, self.windows.current
        try:
            name, rest = meant(text)
            if not name:
                for line in text.split("\n")[1:]:
                    if secrets(line):
                        raise Unsaid(line.split()[0])
        except Unsaid as error:
            self._refuse(str(error))
            return
        said = [] if name else _pieces(rest)
        if self._link.waiting + max(len(said), 1) > MOST_TYPED:
            self._hint = f"{self._link.waiting} lines are waiting already; this one stays here."
            return
        is_said = bool(said) or (bool(window.person) and name.casefold() == "/me")
        if is_said and window.lost:
            self._refuse(f"That was not said: {window.lost}")
            return
        doubted = window, text, window.doubt
        if is_said and window.doubt and self._doubted != doubted:
            self._doubted = doubted
            self._refuse(f"That was not said: {window.doubt} Enter once more sends it.")
            return
        if is_said:
            window.doubt = ""
        shown = self._editor.shown
        self._editor.take(is_kept=not secrets(text))
        if not text.strip():
            return
        self._history.add(text)
        if name:
            self._command(name[1:].casefold(), rest, text, shown)
        for piece in said:
            self._say(piece)

    def _refuse(self, why: str) -> None:
        """Do nothing with what is typed, which stays."""
        self._hint = "ctrl-u takes it away, ctrl-y puts it back."
        self.windows.current.screen.ring()
        self._tell(why, sign=("!! ", URGENT))

    def _say(self, text: str) -> None:
        window = self.windows.current
        shown = f"{self.name}: {text}"
        if window.is_room:
            self._pend(shown, self._ask("say", room=window.name, text=text))
        else:
            self._pend(shown, self._ask("dm", username=window.person, text=text))

    def _pend(self, shown: str, nonce: str) -> None:
        """Show at once what was typed, until it is answered."""
        now = datetime.now().astimezone()
        screen = self.windows.current.screen
        screen.pend(nonce, [(f"{now:%H:%M} ", colours.FAINT), (shown, colours.FAINT)])
        screen.follow()

    def _command(self, name: str, rest: str, text: str, shown: str) -> None:
        window = self.windows.current
        found = commands().get(name)
        what = "part" if name == "close" else found.names[0] if found is not None else name
        room = _room(what, rest) if what in ("join", "part") else ""
        if what == "quit":
            self.leave()
        elif name == "keys":
            for line in HELP.format_map(self._settings.keys).split("\n"):
                self._tell(line)
        elif what == "time":
            self._tell("The time stands before each line here.")
        elif name == "window" and rest:
            self._look_at(rest)
        elif name == "window":
            self._hint = "Write it like this: /window bob, /window #ops or /window 2"
        elif what == "part" and (left := self.windows.find(room) if rest else window):
            self._close(left)
        else:
            if what == "help" and not rest:
                self._tell(f"Of this client there are /{', /'.join(OWN)}; of the server:")
            here = {"room": window.name} if window.is_room else {"username": window.person}
            if what == "join" and room:  # what is typed next is said there, in its turn
                joined = self.windows.open(room)
                joined.lost = ""
                self.windows.look_at(joined)
            is_direct = what == "me" and not window.is_room
            kind = "dm" if is_direct else what if room else "type"
            self._pend(shown, self._ask("type", kind, line=text, **here))

    def _close(self, window: Window) -> None:
        """Close a window; if it is a room's in which one is, leave that."""
        self.windows.close(window)
        if window.is_room and not window.lost:
            if window is not self.windows.lobby:
                self._leaving.add(folded(window.name))
            self._ask("part", room=window.name)

    def _ask(self, do: str, what: str = "", /, **arguments: Any) -> str:
        nonce = self._link.ask(do, **arguments)
        self._asked[nonce] = Asked(self.windows.current, what or do)
        return nonce

    def _tell(
        self, text: str, window: Window | None = None, sign: Segment = ("-- ", PLAIN)
    ) -> None:
        """Tell whoever sits here something that is our own; where they look, if not elsewhere."""
        now = datetime.now().astimezone()
        line = [(f"{now:%H:%M} ", colours.FAINT), sign, (text, PLAIN)]
        (window or self.windows.current).show(line, now)

    # What the server tells

    def status(self, is_up: bool) -> None:
        """There is a connection, or it was lost."""
        self._is_up = is_up
        self._has_begun = True
        if not is_up:
            self._tell("The connection was lost. What you type meanwhile waits, and is said once.")

    def hear(self, told: dict[str, Any]) -> None:
        """Something was told."""
        event = event_of(told)
        error = told.get("error")
        if error is not None:  # which is told without its time
            told = {"at": datetime.now().astimezone().isoformat(), **told}
        nonce = (told if error is None else error).get("nonce", "")
        asked = self._asked.pop(nonce, None)
        typed = asked.window.screen.settle(nonce) if asked is not None else ()
        asked = asked or self._asked.get(told.get("answers", ""))
        if error is not None:
            if asked is not None and not self._note_refusal(asked):
                return
        elif self._note(event, told, asked):
            return
        windows = self._places(event, told, asked)
        if isinstance(event, Direct) and asked is not None and not told.get("recalled"):
            windows[0].doubt = ""  # /dm was typed with that name
        if isinstance(event, Spoken):
            windows[0].heard(event.speaker)
            if not told.get("recalled") or isinstance(event, Direct):
                self._attend(event, windows[0], asked)
        at = wording.moment(told)
        if error is not None and typed:
            windows[0].show([typed[0], ("!! ", URGENT), *typed[1:]], at)
        for window in windows:
            line = wording.line(told, event, self.name)
            if isinstance(event, Spoken) and event.room and event.room != window.name:
                line.insert(1, (f"{event.room} ", colours.FAINT))
            window.show(line, at, told.get("id") if isinstance(event, Spoken) else None)
        if isinstance(event, Redaction):
            self._remove(event)

    def _remove(self, event: Redaction) -> None:
        """Show no longer what was removed."""
        words = f"-- What {event.name} said was removed by {event.actor}."
        for window in self.windows.all():
            window.screen.replace(event.entry, lambda old: [*old[:1], (words, colours.FAINT)])

    def _places(
        self, event: Event | None, told: dict[str, Any], asked: Asked | None
    ) -> list[Window]:
        """Where an event, or an error, is shown."""
        windows = self.windows
        if isinstance(event, Direct):
            return [windows.open(f"@{self._other(event)}")]
        if isinstance(event, Presence):
            name = event.new if isinstance(event, Renamed) else event.name
            persons = windows.find(f"@{name}")
            return [windows.lobby] if persons is None else [windows.lobby, persons]
        room = getattr(event, "room", "")
        found = windows.find(room) if room else None
        if asked is not None and not (isinstance(event, Spoken) and "answers" not in told):
            found = asked.window if asked.window in windows.all() else found
        return [found or windows.current]

    def _other(self, event: Direct) -> str:
        """With whom one speaks."""
        return event.to if event.speaker == self.name else event.speaker

    def _note_refusal(self, asked: Asked) -> bool:
        """Something that was asked for is refused; whether that is to be shown."""
        if asked.what == "join" and asked.window.is_room:
            self._lose(asked.window)
        return asked.what != "who"

    def _note(self, event: Event | None, told: dict[str, Any], asked: Asked | None) -> bool:
        """Know who is where; whether that is all that is to be done about an event."""
        if self._own.hear(event):
            self._ask("nick", name=self._own.wanted)
        windows = self.windows
        room = folded(getattr(event, "room", ""))
        match event:
            case Welcomed():
                windows.all_in_doubt()
                self._take_back()
                self._listing.clear()
                self._leaving.clear()
            case Resumed():
                self._listing.clear()
                self._leaving.clear()
                self._be_in(event.rooms)
                if event.missing:  # somebody may have gone and come meanwhile
                    windows.all_in_doubt()
                self._tell(f"The connection is back.{wording.missing(event)}")
                return True
            case LoggedIn():  # or out
                self._be_in(event.rooms)
            case Resumable():
                self._look_into(windows.lobby)
                return True
            case Done() | Paced():
                return True
            case Admitted():
                self._leaving.discard(room)
                window = windows.open(event.room)
                window.name = event.room  # as it is written there
                window.lost = ""
                self._look_into(window)
                if asked is not None and asked.what == "join" and asked.window is not window:
                    # It was called by a name that looks like this.
                    if asked.window is windows.current:
                        windows.look_at(window)
                    windows.close(asked.window)
                    self._asked[told.get("answers", "")] = Asked(window, "join")
            case Dismissed():
                self._leaving.discard(room)
                left = windows.find(event.room)
                if asked is None or asked.what != "part":
                    if left is not None:
                        self._lose(left)
                    return False
                if left is not None and Asked(left, "join") not in self._asked.values():
                    windows.close(left)  # it was opened again, with the connection
                self._tell(f"You have left {event.room}.")
                return True  # where one speaks then is another matter here
            case Listed():
                if listed := windows.find(event.room):
                    listed.has(event.names, event.more)
                if asked is not None and asked.what == "who":
                    self._listing.discard(room)
                    return True
            case CrowdJoined():
                self._look_into(windows.lobby)
            case Joined():
                windows.lobby.add(event.name)
                windows.known(event.name)
            case Quit() | Lost() | Removed():
                windows.gone(event.name)
            case Renamed():
                windows.renamed(event.name, event.new)
                windows.known(event.new)
            case Entered() if there := windows.find(event.room):
                there.add(event.name)
            case Parted() | Kicked() if there := windows.find(event.room):
                there.remove(event.name)
        return room in self._leaving

    def _be_in(self, rooms: Iterable[str]) -> None:
        """Be in these rooms and no others."""
        found = [self.windows.open(room) for room in rooms]
        for window in found:
            window.lost = ""
            self._look_into(window)
        for window in self.windows.all()[1:]:
            if window.is_room and not window.lost and window not in found:
                self._lose(window)
                self._tell(f"You are no longer in {window.name}.", window)

    def _take_back(self) -> None:
        """What waits to be said to one person does not go to whoever has the name by now."""
        for nonce, asked in [*self._asked.items()]:
            if asked.what == "dm":
                self._link.forget(nonce)
                who = asked.window.person
                why = f"That may not have been said: this may be another {who} than before."
                self.hear({"error": {"code": "unsure", "text": why, "nonce": nonce}})

    def _lose(self, window: Window) -> None:
        """Somebody is not in a room any more; its window stays, with what is typed there."""
        window.lost = f"you are not in {window.name}. To come back: /join {window.name}"
        window.has(())
        if window is not self.windows.current:
            window.note_unread(is_urgent=True)

    def begin(self, ask: Callable[..., str], name: str, rooms: Iterable[str]) -> None:
        """Ask for what comes first at a place: what somebody wants, or had at the last one."""
        had = [each.name for each in self.windows.all()[1:] if each.is_room and not each.lost]

        def note(do: str, **what: str) -> None:
            room = what.get("room", "")
            if room and self._has_begun and room not in had:
                return  # it was left since
            nonce = ask(do, **what)
            if len(self._asked) >= MOST_WAITING:  # the link has lost some, before it had a place
                del self._asked[next(iter(self._asked))]
            if window := self.windows.find(room):
                self._asked[nonce] = Asked(window, "join")

        self._own.wanted = ask_first(self._settings, note, name, rooms, had)

    def _look_into(self, window: Window) -> None:
        """See who is in a room."""
        if folded(window.name) not in self._listing:
            self._listing.add(folded(window.name))
            nonce = self._link.ask_last("who", room=window.name)
            self._asked[nonce] = Asked(self.windows.current, "who")

    def _attend(self, event: Spoken, window: Window, asked: Asked | None) -> None:
        """Let somebody know that something was said."""
        if event.speaker == self.name:
            if asked is not None and window is not self.windows.current:
                window.note_unread(is_urgent=False)  # /dm was typed elsewhere
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


def _room(command: str, rest: str) -> str:
    """The room that is named behind a command; empty if none is, or none can have that name."""
    try:
        room = commands()[command].parse(rest)[0]
    except (Misused, IndexError):
        return ""
    return room if 1 < len(room) <= ROOM_LENGTH + 1 else ""
