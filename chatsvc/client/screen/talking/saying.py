"""Saying: typed lines are sent to the server."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chatsvc.client.connection.queue import MOST_WAITING
from chatsvc.client.notices.notices import NO_MENTIONS
from chatsvc.client.own_commands import OWN
from chatsvc.client.screen.modes.secret import Secret
from chatsvc.client.screen.showing.candidates import explained
from chatsvc.client.screen.talking.searching import Searching
from chatsvc.client.screen.writing.pieces import pieces
from chatsvc.client.settings.aliases import USUAL, meaning
from chatsvc.client.settings.keys import help_lines
from chatsvc.client.settings.values import CHOICES
from chatsvc.client.typed import hidden
from chatsvc.command.command import commands
from chatsvc.command.typed import meant
from chatsvc.errors import SHOWN, Misused, Unsaid
from chatsvc.terminal.colours import FAINT, URGENT
from chatsvc.terminal.styles import PLAIN
from chatsvc.text.names import ROOM_NAME_LENGTH

if TYPE_CHECKING:
    from chatsvc.client.notices.notices import Notices
    from chatsvc.client.own_name import OwnName
    from chatsvc.client.screen.shared import Shared
    from chatsvc.client.screen.talking.questions import Asking, Questions
    from chatsvc.client.screen.windows.past import Past
    from chatsvc.client.screen.windows.rooms import Rooms
    from chatsvc.client.screen.windows.window import Window
    from chatsvc.client.screen.windows.windows import Windows
    from chatsvc.client.settings.changing import Changing
    from chatsvc.terminal.styles import Segment

PENDING = (" …", FAINT)  # ends a line that the server has yet to answer
MOST_TYPED = MOST_WAITING - 100  # waiting lines; the rest is for the client's own requests


class Saying:
    """Sends the lines typed in the current window, and runs commands."""

    def __init__(
        self,
        link: Asking,
        windows: Windows,
        questions: Questions,
        rooms: Rooms,
        past: Past,
        notices: Notices,
        own: OwnName,
        changing: Changing,
        shared: Shared,
    ) -> None:
        self._link = link
        self._windows = windows
        self._questions = questions
        self._rooms = rooms
        self._searching = Searching(windows, questions, past, own, shared.begin)
        self._past = past
        self._notices = notices
        self._own = own
        self._changing = changing
        self._shared = shared
        self._doubted: tuple[Window, str, str] | None = None  # the last refusal: where, what, why

    def enter(self) -> None:
        """Send the typed line, or run its command; a refused line stays."""
        typed, window = self._shared.editor.text, self._windows.current
        text = meaning(typed, {**USUAL, **self._changing.settings.aliases})
        if typed and not text:
            self._refuse("That was not said: with the alias it is too long.")
            return
        try:
            name, rest = meant(text)
        except Unsaid as error:
            self._refuse(str(error))
            return
        said = [] if name else pieces(rest)
        if self._link.waiting + max(len(said), 1) > MOST_TYPED:
            waiting = self._link.waiting
            self._shared.hint(f"{waiting} lines are waiting already; this one stays here.")
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
        shown = self._shared.editor.shown if text == typed else text
        self._shared.editor.take(is_kept=not hidden(text))
        if not text.strip():
            return
        self._shared.history.add(typed)
        if name:
            self._command(name[1:].casefold(), rest, text, shown)
        for piece in said:
            self._say(piece)

    def _refuse(self, why: str) -> None:
        """Keep the line, and say why."""
        self._shared.hint("ctrl-u takes it away, ctrl-y puts it back.")
        self._shared.view.screen.picture.ring()
        self._tell(why, ("!! ", URGENT))

    def _tell(self, text: str, sign: Segment = ("-- ", PLAIN)) -> None:
        """Show an answer of the client's own, also to somebody who has scrolled back."""
        self._windows.current.follow()
        self._windows.tell(text, sign=sign)

    def _say(self, text: str) -> None:
        window = self._windows.current
        if window.is_room:
            nonce = self._questions.ask("say", room=window.name, text=text)
        else:
            nonce = self._questions.ask("dm", username=window.person, text=text)
        self._pend(text, nonce, f"{self._own.name}: ")

    def _pend(self, shown: str, nonce: str, name: str = "") -> None:
        """Show a line as pending until it is answered.

        name: precedes what is said.
        """
        now = datetime.now().astimezone()
        window = self._windows.current
        line = [(f"{now:%H:%M} ", FAINT), (name, FAINT), (shown, FAINT), PENDING]
        window.live.pend(nonce, line, 2)
        window.follow()

    def _command(self, name: str, rest: str, text: str, shown: str) -> None:
        """Run a command of the client, or send one to the server.

        text: the whole line; ``rest`` follows the command's name.
        shown: the line without its secrets.
        """
        found = commands().get(name)
        what = "part" if name == "close" else found.names[0] if found is not None else name
        room = _room(what, rest) if what in ("join", "part") else ""
        if self._changing.runs(name):
            for line in self._changing.run(name, rest, self._windows.current.name):
                self._tell(line)
        elif what == "quit":
            self._shared.leave()
        elif what == "login" and len(rest.split()) == 1:
            self._ask_to_log_in(rest.strip())
        elif name == "connect":
            self._shared.connect(rest.strip())
        elif name == "disconnect":
            self._shared.disconnect(rest.strip())
        elif what == "help" and (own := rest.strip(" /").casefold()) in OWN:
            self._tell(explained(f"/{own}"))
        elif name == "keys":
            for line in help_lines(self._changing.settings.keys):
                self._tell(line)
        elif what == "time":
            self._tell("The time stands before each line here.")
        elif name == "presence":
            self._set_presence(rest.strip().casefold())
        elif name == "window" and rest:
            self._shared.hint(self._shared.groups.go_to(rest))
        elif name == "window":
            self._shared.hint("Write it like this: /window bob, /window #ops or /window 2")
        elif name == "query":
            self._talk_to(rest.strip().removeprefix("@"), shown)
        elif name == "mentions" and self._notices.mentions:
            self._searching.choose("mentions", list(self._notices.mentions))
        elif name == "mentions":
            self._tell(NO_MENTIONS)
        elif what == "search" and rest and self._link.waiting < MOST_TYPED:
            self._searching.search(rest)
        elif what == "history" and (read := self._history_of(rest)):
            self._past.read(*read)
        elif what == "part" and (left := self._left_by(name, rest, room)):
            self._rooms.close(left)
        elif name == "close":
            self._shared.hint(f"There is no window {rest.strip()[:SHOWN]}.")
        else:
            self._send(what, rest, room, text, shown)

    def _ask_to_log_in(self, name: str) -> None:
        """Log in; ask for the password, which would be said to everybody if typed as a line."""

        def log_in(password: str) -> None:
            rest = f"{name} {password}"
            dots = "•" * len(password)
            self._send("login", rest, "", f"/login {rest}", f"/login {name} {dots}")

        self._shared.begin(Secret(f"Password of {name[:SHOWN]}: ", log_in))

    def _talk_to(self, rest: str, shown: str) -> None:
        """Go to the window of a person, and say there what follows the name."""
        name, _, text = rest.partition(" ")
        hint = "Write it like this: /query bob"
        if name:
            hint = self._shared.groups.go_to(f"@{name}")
        self._shared.hint(hint)
        if text.strip() and not hint:
            self._send("dm", rest, "", f"/dm {rest}", shown)

    def _set_presence(self, which: str) -> None:
        """Set which comings and goings are shown in the current window."""
        window, usual = self._windows.current, self._changing.settings.presence
        if which in CHOICES["presence"]:
            window.presence = which
        elif which:
            self._shared.hint(
                "Write it like this: /presence smart, /presence all or /presence none"
            )
            return
        shown = {
            "all": "All comings and goings are shown here.",
            "none": "No comings and goings are shown here.",
        }.get(window.presence or usual, "Those who have spoken lately are shown here.")
        self._tell(shown)

    def _history_of(self, rest: str) -> tuple[Window, str] | None:
        """The window of a /history, and what of it; None if the server has to answer that."""
        try:
            room, *what = commands()["history"].parse(rest)
        except (Misused, ValueError):
            return None
        window = self._windows.current
        is_here = room in ("", window.name) and self._link.waiting < MOST_TYPED
        return (window, " ".join(what)) if is_here else None

    def _left_by(self, name: str, rest: str, room: str) -> Window | None:
        """The window that a command closes; None if the server has to say what is wrong."""
        person = rest.strip().removeprefix("@") if name == "close" else ""
        window = self._windows.find(room) or self._windows.find(f"@{person}")
        window = window if rest else self._windows.current
        is_alone = window is not None and not window.is_room
        return None if is_alone and name != "close" else window

    def _send(self, what: str, rest: str, room: str, text: str, shown: str) -> None:
        """Send a command to the server."""
        window = self._windows.current
        if what == "help" and not rest:
            own = ", /".join(OWN)
            self._tell(f"The client has the commands /{own}; the server has:")
        here = {"room": window.name} if window.is_room else {"username": window.person}
        if what == "join" and room:  # the next line is said there, after the join
            joined = self._windows.open(room)
            joined.lost = ""
            self._windows.look_at(joined)
        if what == "dm" and (direct := _direct(rest)):  # can be withdrawn if the name changes hands
            self._pend(shown, self._questions.ask("dm", **direct))
            return
        is_direct = what == "me" and not window.is_room
        kind = "dm" if is_direct else what if room or what in ("away", "back") else "type"
        self._pend(shown, self._questions.ask("type", kind, line=text, **here))


def _direct(rest: str) -> dict[str, str]:
    """The arguments of a direct message after its command; empty if they are wrong."""
    try:
        username, text = commands()["dm"].parse(rest)
    except Misused:
        return {}
    return {"username": username, "text": text}


def _room(command: str, rest: str) -> str:
    """The room in a command's arguments; empty if it cannot be a room's name."""
    try:
        room = commands()[command].parse(rest)[0]
    except (Misused, IndexError):
        return ""
    return room if 1 < len(room) <= ROOM_NAME_LENGTH + 1 else ""
