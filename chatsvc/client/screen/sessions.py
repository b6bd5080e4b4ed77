"""The servers that the screen talks to: /connect adds one, /disconnect removes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from chatsvc.client.password import kept_password, question
from chatsvc.client.screen.modes.secret import Secret
from chatsvc.client.screen.session import Session
from chatsvc.client.settings.checking import MOST_AT_ONCE
from chatsvc.client.settings.values import OF_A_SERVER, Settings, Wrong, dashed
from chatsvc.terminal.colours import URGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chatsvc.client.screen.shared import Shared
    from chatsvc.client.screen.talking.questions import Asking


class Connecting(Protocol):
    """Makes links with servers, and ends them."""

    def link(self, session: Session, password: str) -> Asking:
        """Make a link, which is not yet started. Raises Wrong."""

    def start(self, session: Session) -> None:
        """Connect, again and again if need be."""

    def leave(self, session: Session, then: Callable[[Iterable[str]], object]) -> None:
        """Leave the server; then call a function with the unsaid lines."""


class Sessions:
    """The sessions with all servers, in the order of their windows.

    all: the sessions, at least one.

    servers: the settings of each, with the password.
    over: called with the reason when the last server does not let the user come back.
    used: called after another value of a setting is used.
    """

    def __init__(
        self,
        servers: Sequence[tuple[Settings, str]],
        shared: Shared,
        connecting: Connecting,
        over: Callable[[str], object],
        used: Callable[[], object],
    ) -> None:
        self.all: list[Session] = []
        self._shared = shared
        self._connecting = connecting
        self._over = over
        self._used = used
        for settings, password in servers:
            self._open(settings, password)
        shared.groups.go_to("1")

    @property
    def here(self) -> Session:
        """The session of the window in view."""
        windows = self._shared.groups.here
        return next(each for each in self.all if each.windows is windows)

    def _open(self, settings: Settings, password: str) -> Session:
        """Add a server. Raises Wrong."""
        session = Session(
            settings, self._shared, lambda own: self._connecting.link(own, password), self._use
        )
        self.all.append(session)
        self._shared.groups.add(session.windows)
        return session

    def _use(self, session: Session, attribute: str, value: Any, source: str) -> None:
        """Use another value of a setting: at one server, if it is one of a server, or at all."""
        for each in [session] if dashed(attribute) in OF_A_SERVER else self.all:
            each.use(attribute, value, source)
        self._used()

    def _named(self, name: str) -> Session | None:
        """The server of a name, in any case."""
        wanted = name.casefold()
        return next((each for each in self.all if each.name.casefold() == wanted), None)

    def connect(self, name: str) -> None:
        """Talk to another server of the settings, or go there; without a name, list them."""
        settings = self.here.settings
        name = name.casefold()
        if not name:
            self._list(settings)
        elif session := self._named(name):
            session.windows.look_at(session.windows.current)
        elif name not in settings.servers:
            self._tell(f"There is no server {name[:50]!r} in the settings; /connect lists them.")
        elif len(self.all) >= MOST_AT_ONCE:
            self._tell(f"{MOST_AT_ONCE} servers are the most at once.")
        else:
            self._ask_to_connect(settings.at(name))

    def _list(self, settings: Settings) -> None:
        others = [each for each in settings.servers if self._named(each) is None]
        lines = [f"{each.name}: {each.state or 'connected'}" for each in self.all]
        for line in [*lines, *[f"{each}: /connect {each}" for each in others]]:
            self.here.windows.tell(line)

    def _ask_to_connect(self, settings: Settings) -> None:
        """Connect, once the password is known."""
        try:
            password = kept_password(settings) if settings.login else ""
        except Wrong as error:
            self._tell(f"Not connected: {error}.")
            return
        if password is None:
            ask = Secret(question(settings), lambda secret: self._connect(settings, secret))
            self._shared.begin(ask)
        else:
            self._connect(settings, password)

    def _connect(self, settings: Settings, password: str) -> None:
        try:
            session = self._open(settings, password)
        except Wrong as error:
            self._tell(f"Not connected: {error}.")
            return
        self._connecting.start(session)

    def disconnect(self, name: str) -> None:
        """Leave a server, by default that of the window in view; the last one ends the client."""
        session = self._named(name) if name else self.here
        if session is None:
            self._tell(f"You are not connected to {name[:50]!r}; /connect lists the servers.")
        elif len(self.all) == 1:
            self._shared.leave()
        else:
            self._remove(session)

    def over(self, session: Session, why: str) -> None:
        """Note that a server does not let the user come back."""
        if session not in self.all:
            return  # it was left meanwhile
        if len(self.all) == 1:
            self._over(why)
        else:
            self._remove(session)
            self._tell(f"{session.name}: {why} To come back: /connect {session.name}")

    def _remove(self, session: Session) -> None:
        """Close the windows of a server, and leave it."""
        self._shared.begin(None)  # a mode may be about its windows
        session.end()
        self._shared.groups.remove(session.windows)
        self.all.remove(session)

        def tell(unsaid: Iterable[str]) -> None:
            for each in unsaid:
                self._tell(f"{session.name}: not said: {each}")

        self._connecting.leave(session, tell)

    def _tell(self, why: str) -> None:
        self.here.windows.tell(why, sign=("!! ", URGENT))
