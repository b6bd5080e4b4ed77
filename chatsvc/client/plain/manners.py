"""The manners of standard input and output: lines as people type them, or JSON objects."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from chatsvc.client import wording
from chatsvc.client.files.settings_file import SettingsFile
from chatsvc.client.notices.notices import NO_MENTIONS, Notices
from chatsvc.client.notices.on_mention import OnMention
from chatsvc.client.own_commands import OWN
from chatsvc.client.own_name import OwnName
from chatsvc.client.settings.aliases import meaning
from chatsvc.client.settings.changing import Changing
from chatsvc.command.command import commands
from chatsvc.command.typed import meant
from chatsvc.errors import Misused, Unsaid
from chatsvc.events.event import LOBBY
from chatsvc.events.forms import event_of
from chatsvc.events.rooms import RoomRenamed
from chatsvc.events.speech import Spoken
from chatsvc.terminal.styles import neutral
from chatsvc.text.names import folded
from chatsvc.text.safe import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chatsvc.client.connection.link import Link
    from chatsvc.client.connection.objects import Received
    from chatsvc.client.settings.values import Settings

_LEAVING = ("quit", "exit")
_TURNING = ("join", "login")


class Manner(Protocol):
    """The language of standard input and output."""

    def ask(self, link: Link, line: bytes) -> str | None:
        """Send the request of a line; returns its nonce, empty for no request, None to leave.

        Raises ValueError, with the reason, if it cannot be done.
        """

    def turns(self, line: bytes) -> bool:
        """Whether the answer to a line decides where the next lines go."""

    def word(self, received: Received) -> str:
        """The lines for an event or an error; empty for none."""


class Plain:
    """Lines as people type and read them; for one room only, if given.

    is_scripted: whether nobody types them: then refusals are reported elsewhere, and every line for
        one room is said, and there are no aliases.
    is_read: whether they are typed and read on a terminal: then there are notices, and settings can
        be changed.
    """

    def __init__(self, settings: Settings, is_scripted: bool, is_read: bool, reactor: Any) -> None:
        self._room = settings.room
        self._is_scripted = is_scripted
        self._is_read = is_read
        keeping = SettingsFile(settings.file)
        self._changing = Changing(settings, keeping, self._use, has_screen=False)
        self._is_timed = False
        self._own = OwnName()
        on_mention = OnMention(reactor, lambda: self.settings.on_mention if is_read else "")
        self._notices = Notices(settings, self._own, on_mention.run)
        # What the client does and answers itself, by the nonces of pings, behind what was said.
        self._answers: dict[str, Callable[[], Iterable[str]]] = {}

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self._changing.settings

    def _use(self, attribute: str, value: Any, source: str) -> None:
        self._changing.settings = settings = self.settings.changed(attribute, value, source)
        self._notices.use(settings)

    def ask(self, link: Link, line: bytes) -> str | None:
        """Say a line or run its command."""
        text = decode(line).strip()
        if self._room and self._is_scripted and text:
            return link.ask("say", room=self._room, text=text)
        aliases = {} if self._is_scripted else self.settings.aliases
        if text and not (text := meaning(text, aliases)):
            raise ValueError("that was not said: with the alias it is too long")
        name, rest = _command(text)
        if name in _LEAVING:
            return None
        if name == "time":  # the client words the events
            try:
                [state] = commands()[name].parse(rest)
            except Misused as error:
                raise ValueError(str(error)) from None
            return self._answer(link, lambda: self._set_timed(state == "on"))
        if name == "mentions":
            return self._answer(link, self._listed)
        if self._changing.runs(name):
            if not self._is_read:
                raise ValueError(f"/{name} works on a terminal only, without --quiet.")
            return self._answer(link, lambda: self._changing.run(name, rest, self._room))
        if name in OWN:
            raise ValueError(f"/{name} works on the whole screen only.")
        if not text:
            return ""
        if (found := commands().get(name)) and found.names[0] == "dm":
            with suppress(Misused):  # the server refuses it
                username, message = found.parse(rest)
                return link.ask("dm", username=username, text=message)
        return link.ask("type", line=text, **({"room": self._room} if self._room else {}))

    def _answer(self, link: Link, answer: Callable[[], Iterable[str]]) -> str:
        """Do something, and tell its result, once all earlier lines are answered."""
        nonce = link.ask("ping")
        self._answers[nonce] = answer
        return nonce

    def turns(self, line: bytes) -> bool:
        """Whether a line joins a room or logs in."""
        return not self._room and _command(decode(line).strip())[0] in _TURNING

    def word(self, received: Received) -> str:
        """The event in the server's words."""
        event = event_of(received)
        if isinstance(event, RoomRenamed) and folded(event.room) == folded(self._room):
            self._room = event.new
        is_refused = "error" in received
        answer = self._answers.pop((received.get("error") or received).get("nonce", ""), tuple)
        if is_refused and self._is_scripted:
            return ""
        if received.get("event") in ("done", "paced", "resumable"):
            return "\n".join(map(neutral, answer()))
        at = wording.moment(received)
        self._own.hear(event)
        if isinstance(event, Spoken) and wording.is_new(received):
            self._notices.note(received, event, self._own.where(event) or LOBBY)
        before = self._notices.take().decode() if self._is_read else ""
        return before + _lines(received, f"{at:%H:%M:%S} " if self._is_timed and at else "")

    def _set_timed(self, is_timed: bool) -> Iterable[str]:
        """Show the time of all later events, or no longer."""
        self._is_timed = is_timed
        return ()

    def _listed(self) -> Iterable[str]:
        """The answer to /mentions."""
        if not self._notices.mentions:
            return [NO_MENTIONS]
        return [
            line
            for received, _ in self._notices.mentions
            for line in _lines(received, _minute(received)).split("\n")
        ]


class Objects:
    """JSON objects as the server has them, with the input's own nonces."""

    def __init__(self) -> None:
        self._nonces: dict[str, str] = {}  # the input's nonces, by the link's

    def ask(self, link: Link, line: bytes) -> str | None:
        """Send an object as a request. Raises ValueError."""
        try:
            request = json.loads(line)
        except RecursionError:
            request = None
        if not isinstance(request, dict) or not isinstance(request.get("do"), str):
            raise ValueError('a line is an object like {"do": "help"}')
        name = request["do"].removeprefix("/").casefold()
        if name == "type":
            name, _ = _command(str(request.get("line", "")))
        if name in _LEAVING:
            return None
        theirs = str(request.pop("nonce", ""))
        nonce = link.ask(request.pop("do"), **request)
        self._nonces[nonce] = theirs
        return nonce

    def turns(self, line: bytes) -> bool:
        """No: programs handle that themselves."""
        return False

    def word(self, received: Received) -> str:
        """The object with the input's nonce, without the token, which is secret."""
        if received.get("event") == "resumable":
            return ""
        found = {
            name: value
            for name, value in received.get("error", received).items()
            if name != "token"
        }
        if "answers" in found:
            found["answers"] = self._nonces.get(found["answers"], "")
            found = {name: value for name, value in found.items() if value != ""}
        nonce = found.get("nonce", "")
        is_answer = "error" in received or found.get("event") == "done"
        if nonce in self._nonces or (nonce and is_answer):  # or else it is another program's
            theirs = self._nonces.pop(nonce, "")
            found = {each: value for each, value in found.items() if each != "nonce"}
            found |= {"nonce": theirs} if theirs else {}
            if found.get("event") == "done" and not theirs:
                return ""
        return json.dumps({"error": found} if "error" in received else found)


def _lines(received: Received, before: str) -> str:
    """The lines of an event, each of them after a text."""
    return "\n".join([before + neutral(line) for line in wording.text(received).split("\n")])


def _minute(received: Received) -> str:
    at = wording.moment(received)
    return f"{at:%H:%M} " if at is not None else ""


def _command(text: str) -> tuple[str, str]:
    """The typed command without its slash, and its arguments; empty for none."""
    try:
        name, rest = meant(text)
    except Unsaid:  # the server refuses it
        return "", ""
    return name[1:].casefold(), rest
