"""The interface on the full screen: keys go in, pictures come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.actions import Actions
from chatsvc.client.screen.modes.mode import Turn
from chatsvc.client.screen.sessions import Sessions
from chatsvc.client.screen.shared import Shared
from chatsvc.client.screen.showing import candidates
from chatsvc.client.screen.showing.bare import bare
from chatsvc.client.screen.showing.status_line import StatusLine
from chatsvc.client.screen.showing.surroundings import Surroundings
from chatsvc.client.screen.windows.groups import Groups
from chatsvc.client.screen.windows.view import View
from chatsvc.client.screen.writing.completion import complete
from chatsvc.client.settings.keys import shown
from chatsvc.client.typed import hidden
from chatsvc.terminal.colours import palette
from chatsvc.terminal.editing.editor import TEXT as LONGEST
from chatsvc.terminal.editing.editor import Editor, Outcome
from chatsvc.terminal.keys import Answer, Background, Key, Paste, Press

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatsvc.client.files.settings_file import Keeping
    from chatsvc.client.screen.modes.mode import Mode
    from chatsvc.client.screen.session import Session
    from chatsvc.client.screen.sessions import Connecting
    from chatsvc.client.settings.values import Settings
    from chatsvc.client.typed import History
    from chatsvc.terminal.colours import Colour, Palette

LOOK_EVERY = 60  # seconds between two looks at who is there
_WHEEL: dict[Press, int] = {Key("wheel-up"): -3, Key("wheel-down"): 3}  # rows
_ASK_FOR_BACKGROUND = b"\x1b]11;?\x1b\\"


class Interface:
    """The interface, without the terminal, whose size is (columns, rows).

    servers: the settings of each, with the password.
    leave: called when the user wants to leave.
    over, connecting: see `Sessions`.
    noticed: see `Notices`.
    keeping: keeps the settings that are changed.
    """

    def __init__(
        self,
        servers: Sequence[tuple[Settings, str]],
        size: tuple[int, int],
        history: History,
        leave: Callable[[], object],
        over: Callable[[str], object],
        noticed: Callable[[str, str, str, str], object],
        keeping: Keeping,
        connecting: Connecting,
    ) -> None:
        settings, _ = servers[0]
        self.leave = leave
        self._editor = Editor(self._complete, history.texts, hidden)
        view = View(self._editor, *size)
        self.screen = view.screen
        self._groups = Groups(view)
        self._ahead = b""  # to the terminal, ahead of the next picture
        self._is_selecting = False  # the mouse selects text
        self._has_mouse = False  # the mouse's wheel scrolls
        self._is_bare = False  # bare texts are shown, until the next key
        self._background: Colour | None = None  # of the terminal, once it has told
        self._mode: Mode | None = None
        self._seconds = 0  # since the start
        newest = shown(settings.keys, "newest")
        self._line = StatusLine(self.screen, self._groups, self._editor, newest)
        self._around = Surroundings(self.screen, self._groups)
        shared = Shared(
            view,
            self._groups,
            self._editor,
            history,
            keeping,
            self._line.tell,
            self._begin,
            lambda name: self.sessions.connect(name),
            lambda name: self.sessions.disconnect(name),
            leave,
            noticed,
        )
        self.sessions = Sessions(servers, shared, connecting, over, self._use)
        self._settings = settings  # those in use
        self._palette = self._fitting()
        self._look()
        self._actions = Actions(
            self.screen,
            self._groups,
            lambda: self.here,
            self._around,
            self._line,
            self._editor,
            settings.keys,
            self._begin,
            leave,
            has_mouse=settings.mouse,
        )

    @property
    def here(self) -> Session:
        """The session with the server of the window in view."""
        return self.sessions.here

    @property
    def settings(self) -> Settings:
        """The current settings, with those of the server of the window in view."""
        return self.here.settings

    def _complete(self, before: str) -> list[str]:
        return complete(before, self._groups.here, self.settings.servers)

    # The terminal

    def resize(self, columns: int, rows: int) -> None:
        """Set the terminal's size; bare texts are shown again, in as many rows as there are now."""
        self.screen.resize(columns, rows)
        if self._is_bare:
            self._show_bare()

    def start(self) -> bytes:
        """The bytes that take over the terminal, and ask for its features."""
        self._has_mouse = False
        ask = _ASK_FOR_BACKGROUND if self.settings.palette is None else b""
        return self.screen.picture.start() + ask

    def stop(self) -> bytes:
        """The bytes that give the terminal back as it was."""
        return self.screen.picture.stop()

    def render(self) -> bytes:
        """The bytes that bring the terminal from the last picture to this one."""
        notices = b"".join([each.notices.take() for each in self.sessions.all])
        before, self._ahead = notices + self._ahead, b""
        self.here.past.begin(self._groups.current)
        screen = self.screen
        mode = self._mode
        screen.editor = mode.editor if mode is not None else self._editor
        if mode is not None:
            screen.listed = mode.rows()
        else:
            editor = self._editor
            screen.listed = candidates.rows(editor.completion, editor.text, screen.columns)
        self._around.draw(mode.prompt if mode is not None else "")
        self._line.draw(self.here, self.sessions.all)
        is_selecting = self._is_selecting or self._is_bare
        if self._has_mouse != (self._actions.has_mouse and not is_selecting):
            self._has_mouse = not self._has_mouse
            before += screen.picture.mouse(self._has_mouse)
        return before if self._is_bare else before + screen.render(self._palette.paint)

    def tick(self) -> None:
        """Note that a second has passed."""
        self._line.tick()
        self._seconds += 1
        is_seen = self._around.has_people and self._around.fits and not self.here.state
        if is_seen and self._seconds % LOOK_EVERY == 0:
            self.here.rooms.look_again()

    # Keys

    def press(self, press: Press) -> bool:
        """Handle a key, and return whether the terminal is given back for a while (suspended)."""
        if isinstance(press, Background):
            self._background = press.red, press.green, press.blue
            self._paint()
            return False
        if isinstance(press, Answer):
            self._ahead += self.screen.picture.hear(press)
            return False
        if self._is_bare:
            self._is_bare = False
            self.screen.picture.forget()
            return False
        hint = self._line.take_hint()
        self._is_selecting = press == Key("mouse")
        if self._is_selecting:
            self._line.hint = "The mouse selects text now, and scrolls after the next key."
        elif isinstance(press, Key) and press in _WHEEL:
            self._actions.scroll(_WHEEL[press], press.column)
        elif not self._goes_to_mode(press):
            what = self._actions.of(press.name) if isinstance(press, Key) else ""
            if what:
                self._actions.do(what, hint)
                if what == "bare":
                    self._show_bare()
                return what == "suspend"
            self._edit(press)
        return False

    def _show_bare(self) -> None:
        screen = self.screen
        self._is_bare = True
        self._ahead += bare(screen.scrollback.up_to_view(), screen.columns, screen.rows)

    def _begin(self, mode: Mode | None) -> None:
        self._mode = mode

    def _goes_to_mode(self, press: Press) -> bool:
        """Let the mode handle a key, and return whether it did."""
        mode = self._mode
        if mode is None:
            return False
        turn = mode.press(press)
        if turn is not Turn.ON and self._mode is mode:  # otherwise another one has begun
            self._mode = None
        return turn is not Turn.PASS

    def _edit(self, press: Press) -> None:
        """Pass a key to the editor; some keys mean something where the editor does not use them."""
        outcome = self._editor.press(press)
        if outcome is Outcome.ENTERED:
            self.here.saying.enter()
        elif outcome is Outcome.REFUSED:
            self.screen.picture.ring()
            if isinstance(press, Paste):
                self._line.hint = (
                    f"That would be more than {LONGEST // 1024} KiB; it was not taken."
                )
        elif press == Key("ctrl-d"):
            self.leave()
        elif outcome is Outcome.UNUSED and isinstance(press, Key):
            number = press.name.removeprefix("alt-")
            if number.isdecimal():
                self._actions.go_to(number)

    # The settings

    def _use(self) -> None:
        """Use settings that have changed."""
        before, settings = self._settings, self.settings
        self._settings = settings
        if settings.palette is None and before.palette is not None and self._background is None:
            self._ahead += _ASK_FOR_BACKGROUND
        if settings.mouse != before.mouse:
            self._actions.has_mouse = settings.mouse
        self._look()
        self._line.newest = shown(settings.keys, "newest")
        self._actions.use(settings.keys)
        self._paint()

    def _look(self) -> None:
        self.screen.are_names_aligned = self.settings.align
        self.screen.has_links = self.settings.links

    def _fitting(self) -> Palette:
        return self.settings.palette or palette(self._background)

    def _paint(self) -> None:
        """Redraw everything in the fitting colours, if these have changed."""
        if self._palette != self._fitting():
            self._palette = self._fitting()
            self.screen.picture.forget()
