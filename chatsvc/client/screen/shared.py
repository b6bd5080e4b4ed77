"""Shared parts of one screen, for all its servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatsvc.client.files.settings_file import Keeping
    from chatsvc.client.screen.modes.mode import Mode
    from chatsvc.client.screen.windows.groups import Groups
    from chatsvc.client.screen.windows.view import View
    from chatsvc.client.typed import History
    from chatsvc.terminal.editing.editor import Editor


@dataclass(frozen=True)
class Shared:
    """The window in view, the text typed there, and where it goes.

    groups: goes to the windows of any server.
    history: has the typed lines.
    keeping: keeps the settings that are changed.
    hint: called with a hint for the user.
    begin: called with a mode that begins.
    connect, disconnect: called with the words after the commands of these names.
    leave: called when the user wants to leave.
    noticed: see `Notices`.
    """

    view: View
    groups: Groups
    editor: Editor
    history: History
    keeping: Keeping
    hint: Callable[[str], object]
    begin: Callable[[Mode | None], object]
    connect: Callable[[str], object]
    disconnect: Callable[[str], object]
    leave: Callable[[], object]
    noticed: Callable[[str, str, str, str], object]
