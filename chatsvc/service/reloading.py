"""Reloading: applying changes of the settings while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatsvc.settings.limits import LIMITED
from chatsvc.settings.rooms import SECRETS
from chatsvc.store import StoreError
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from chatsvc.chat.chat import Chat
    from chatsvc.chat.limits import Limits
    from chatsvc.service.options import Options
    from chatsvc.settings.found import Found
    from chatsvc.settings.gathering import Gathered
    from chatsvc.settings.kind import Raw

MOST_SHOWN = 60  # characters of a value


class Reloading:
    """Rereads the settings, and applies those that can change.

    options: have the values in force.
    chat: reads its limits each time that it needs them.
    limits: returns the limits of the chat for some values; raises ValueError for too many users.
    changes: by setting, called with its new value, where that is more than a limit.
    in_thread: calls a function in a thread, and returns its result.
    """

    def __init__(
        self,
        options: Options,
        chat: Chat,
        limits: Callable[[Mapping[str, Any]], Limits],
        changes: Mapping[str, Callable[[Any], object]],
        in_thread: Callable[[Callable[[], Gathered]], Awaitable[Gathered]],
    ) -> None:
        self._options = options
        self._limits = limits
        self._chat = chat
        self._changes = changes
        self._in_thread = in_thread

    async def reload(self) -> list[tuple[bool, str]]:
        """Read the settings; returns for each change, or mistake, whether it is one, in words.

        If there is a mistake, everything stays as it was.
        """
        options = self._options
        gathered = await self._in_thread(options.gather)  # a large file takes a while
        before = options.gathered.found
        changed = {name for name, found in gathered.found.items() if found.raw != before[name].raw}
        live = {name for name in changed if self._is_live(gathered.found[name])}
        values = dict(options) | {name: gathered.found[name].value for name in live}
        values["rooms"] = gathered.rooms
        if not gathered.mistakes:
            try:
                limits = self._limits(values)
            except ValueError as error:
                gathered.refuse("max-users", str(error))
        if gathered.mistakes:
            return [(False, f"the settings stay as they were: {why}") for why in gathered.mistakes]
        said = [
            (True, _told(before[name], found, name in live))
            for name, found in gathered.found.items()
            if name in changed
        ]
        said += [(True, each) for each in _rooms_told(options.gathered.rooms, gathered.rooms)]
        for name in changed - live:
            gathered.found[name] = before[name]
        options.gathered = gathered
        options.update(values)
        self._chat.limits.become(limits)
        for name in live & self._changes.keys():
            self._changes[name](values[name])
        said += await self._apply_rooms()
        if gathered.path is not None and not said:
            said.append((True, "the settings are as they were."))
        return said

    async def _apply_rooms(self) -> list[tuple[bool, str]]:
        if not self._chat.arrivals.is_open:
            return []  # they are made once the store is open
        try:
            return [(False, why) for why in await self._chat.fixed_rooms.apply()]
        except StoreError as error:
            return [(False, f"the rooms were not made: {error}.")]

    def _is_live(self, found: Found) -> bool:
        name = found.setting.name
        return found.setting.is_live and (name in LIMITED or name in self._changes)


def _told(before: Found, now: Found, is_live: bool) -> str:
    name, was, new = now.setting.name, _words(before.raw), _words(now.raw)
    if is_live:
        return f"{name} is {new} now; it was {was}."
    where = f"in {now.origin.place}" if now.origin.place else "by default"
    return f"{name} takes a restart: it is {new} {where}, and stays {was} until then."


def _rooms_told(
    before: Mapping[str, Mapping[str, Found]], now: Mapping[str, Mapping[str, Found]]
) -> Iterator[str]:
    """The changes to the rooms that always exist."""
    for room in now.keys() - before.keys():
        yield f"{room} always exists now."
    for room in before.keys() - now.keys():
        yield f"{room} ends like any other room now."
    for room in before.keys() & now.keys():
        for name, found in now[room].items():
            old = before[room].get(name)
            if old is None or old.raw != found.raw:
                is_secret = name in SECRETS
                yield f"{room}: {name} is {'another' if is_secret else _words(found.raw)} now."


def _words(raw: Raw | None) -> str:
    text = clean(", ".join(raw) if isinstance(raw, list) else raw or "").strip()
    if len(text) > MOST_SHOWN:
        return f"{text[:MOST_SHOWN]}..."
    return text or "nothing"
