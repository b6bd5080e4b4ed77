"""The actions of the settings' keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.client.screen.modes.finder import Finder
from chatsvc.client.screen.modes.number import Number
from chatsvc.client.screen.modes.picker import Picker
from chatsvc.client.settings.keys import by_key, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatsvc.client.screen.modes.mode import Mode
    from chatsvc.client.screen.session import Session
    from chatsvc.client.screen.showing.status_line import StatusLine
    from chatsvc.client.screen.showing.surroundings import Surroundings
    from chatsvc.client.screen.windows.groups import Groups
    from chatsvc.terminal.editing.editor import Editor
    from chatsvc.terminal.picture.screen import Screen


class Actions:
    """Does what the keys mean.

    here: returns what talks to the server of the current window.
    begin: called with a mode that begins.
    leave: called when the user wants to leave.
    has_mouse: whether the mouse's wheel scrolls.
    """

    def __init__(
        self,
        screen: Screen,
        groups: Groups,
        here: Callable[[], Session],
        around: Surroundings,
        line: StatusLine,
        editor: Editor,
        keys: Mapping[str, str],
        begin: Callable[[Mode], object],
        leave: Callable[[], object],
        *,
        has_mouse: bool,
    ) -> None:
        self.has_mouse = has_mouse
        self._screen = screen
        self._groups = groups
        self._here = here
        self._around = around
        self._line = line
        self._editor = editor
        self.use(keys)
        self._begin = begin
        self._leave = leave
        self._does: dict[str, Callable[[], object]] = {
            "active": lambda: self._arrive(groups.go_to_new()),
            "next": lambda: groups.go(1),
            "previous": lambda: groups.go(-1),
            "last": lambda: self._hint(groups.go_back()),
            "window": lambda: begin(Number(self.go_to)),
            "pick": lambda: begin(Picker(groups)),
            "older": self._page_up,
            "newer": self._page_down,
            "newest": lambda: groups.current.follow(),
            "unread": self._go_to_unread,
            "mention": self._go_to_mention,
            "find": lambda: begin(Finder(groups.current, here().past, here().questions)),
            "people": self._toggle_people,
            "people-up": lambda: around.page(-1),
            "people-down": lambda: around.page(1),
            "ids": self._toggle_ids,
            "mouse": self._toggle_mouse,
            "redraw": screen.picture.forget,
            "bare": lambda: None,
            "suspend": lambda: None,
        }

    def use(self, keys: Mapping[str, str]) -> None:
        """Use other keys for the actions."""
        self._by_key = by_key(keys)
        self._unread = shown(keys, "unread")
        self._quit = f"{shown(keys, 'quit')} once more leaves; so does /quit."

    def of(self, key: str) -> str:
        """The action of a key; empty for none."""
        what = self._by_key.get(key, "")
        window = self._groups.current
        is_back = window.past is not None or window.live.is_back
        return "" if what == "newest" and not is_back else what

    def do(self, what: str, hint: str) -> None:
        """Run an action.

        hint: the one that was shown until now.
        """
        self._around.draw("")  # another window may be current since the last picture
        if what == "quit":
            self._want_to_leave(is_sure=hint == self._quit)
        else:
            self._does[what]()

    def go_to(self, which: str) -> None:
        """Go to the window of a number or name."""
        self._arrive(self._groups.go_to(which))

    def scroll(self, rows: int, column: int | None = None) -> None:
        """Scroll the messages, or the people if the mouse is there.

        column: of the mouse.
        """
        people_at = self._screen.layout().people_at
        if people_at is not None and column is not None and column >= people_at:
            self._around.scroll(rows)
            return
        self._groups.current.scrollback.scroll(rows)
        self._look(rows)

    def _look(self, step: int) -> None:
        """Read from the server what the view has reached."""
        if step < 0:
            self._here().past.look_back(self._groups.current)
        else:
            self._here().past.look_on(self._groups.current)

    def _page_up(self) -> None:
        self._groups.current.scrollback.page_up()
        self._look(-1)

    def _page_down(self) -> None:
        self._groups.current.scrollback.page_down()
        self._look(1)

    def _go_to_unread(self) -> None:
        window = self._groups.current
        window.past = None
        if not window.live.to_mark():
            self._hint("Nothing here was new.")

    def _go_to_mention(self) -> None:
        if not self._groups.current.scrollback.to_mention():
            self._hint("Nobody has mentioned you here, as far as it is loaded.")

    def _toggle_people(self) -> None:
        self._around.has_people = not self._around.has_people
        if self._around.has_people and not self._around.fits:
            self._hint("The list of people takes a wider terminal.")

    def _toggle_ids(self) -> None:
        self._screen.has_ids = not self._screen.has_ids

    def _toggle_mouse(self) -> None:
        self.has_mouse = not self.has_mouse
        self._hint("The wheel scrolls." if self.has_mouse else "The mouse selects text.")

    def _want_to_leave(self, is_sure: bool) -> None:
        """Clear the line, and end a search; without either, leave at the second time."""
        if self._editor.text or self._editor.hint:
            self._editor.take(is_kept=False)
        elif is_sure:
            self._leave()
        else:
            self._hint(self._quit)

    def _arrive(self, hint: str) -> None:
        """Hint at what has happened, or that more is new in a window than its rows show."""
        window = self._groups.current
        if not hint and window.was_unread >= window.live.size[1]:
            hint = f"{window.was_unread} are new; {self._unread} goes to the first."
        self._hint(hint)

    def _hint(self, text: str) -> None:
        self._line.hint = text
