"""MODE: what holds for a channel or a client, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from chatsvc.chat.moderation.targets import Target, is_mask, mask_key
from chatsvc.chat.people.keys import account_key
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import EXTERNAL
from chatsvc.chat.rooms.settings import PASSWORD_LENGTH
from chatsvc.doors.irc import channel_lists, modes
from chatsvc.doors.irc.isupport import USER_MODES
from chatsvc.doors.irc.verb import Doing, verb
from chatsvc.doors.irc.verbs.channels import found, shown
from chatsvc.errors import ChatError
from chatsvc.events.rooms import ChangedRoom
from chatsvc.text.names import folded
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.moderation.act import Act
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.message import Message

MOST_CHANGES = 12  # in one message
_WITH_PARAM = "ovb"  # and k and l, if they are set
_FLAGS = {mode: flag for flag in modes.FLAGS for mode in flag}

Change = tuple[bool, str, str]  # whether it is set, the mode, and its parameter


@verb("MODE", least=1)
def mode(client: Client, message: Message) -> Doing:
    """Ask for the modes of a channel or of oneself, or change them."""
    target, *rest = message.params
    if target[:1] != "#":
        _of_user(client, target, rest)
        return None
    room = found(client, target)
    if room is None:
        return None
    if not rest:
        is_moderated = bool(client.chat.standing.moderated(room))
        is_in = client.chat.rooms.is_in(room, client.user)
        client.say_plain("324", room.name, *modes.of(room, is_moderated, is_in))
        client.say_plain("329", room.name, f"{room.made_at:.0f}")
        return None
    return _change(client, room, _changes(rest))


def _changes(params: Sequence[str]) -> list[Change]:
    """The changes that a message asks for."""
    letters, *values = params
    changes: list[Change] = []
    is_set = True
    for letter in letters:
        if letter in "+-":
            is_set = letter == "+"
            continue
        takes = letter in _WITH_PARAM or (letter == "l" and is_set) or letter == "k"
        changes.append((is_set, letter, values.pop(0) if takes and values else ""))
    return changes[:MOST_CHANGES]


async def _change(client: Client, room: NamedRoom, changes: Sequence[Change]) -> None:
    for is_set, letter, value in changes:
        if letter == "b" and not value:
            _list_bans(client, room)
            continue
        function = _CHANGES.get(letter)
        if function is None:
            client.say("472", letter if letter.isprintable() and letter != " " else "*",
                       "is not a mode that is known here")  # fmt: skip
            continue
        if not channel_lists.is_in(client, room, client.user):
            client.say("442", room.name, "You're not on that channel")
            return
        role = client.chat.standing.role_of(room, client.user)
        least = Role.OWNER if letter in _FOR_OWNERS else Role.MODERATOR
        if role < least:
            client.say("482", room.name, "You're not channel operator")
            return
        client.hush()
        try:
            await function(client, room, is_set, value)
        except ChatError as error:
            client.say("482", room.name, str(error))


def _list_bans(client: Client, room: NamedRoom) -> None:
    for act in client.chat.standing.bans(room):
        setter, at = act.actor, client.chat.clock.now() - client.chat.clock.seconds() + act.at
        client.say_plain("367", room.name, mask_of(act), setter, f"{at:.0f}")
    client.say("368", room.name, "End of channel ban list")


def mask_of(act: Act) -> str:
    """Whom an act hits, as a mask."""
    if is_mask(act.keys[0]):
        return act.keys[0].partition(" ")[2]
    if act.keys[0].startswith("account "):
        return f"~account:{act.name}"
    return f"{act.shown.replace(' ', '-')}!*@*"


# Changing channels


async def _give(client: Client, room: NamedRoom, is_set: bool, name: str, kind: str) -> None:
    chat = client.chat
    if not name:
        return
    other = chat.users.get(name)
    if other is None:
        client.say("401", shown(name), "No such nick")
        return
    if not channel_lists.is_in(client, room, other):
        client.say("441", other.name, room.name, "They aren't on that channel")
        return
    marks = chat.standing.marks(room, other)
    has_it = _rank(kind) in marks or (kind == "op" and is_set and Role.OWNER in marks)
    if kind == "op" and not is_set and Role.OWNER in marks:
        client.say("482", room.name, f"{other.name} owns {room.name}, and so keeps order there")
        return
    if has_it is is_set:
        return
    if is_set:
        await chat.moderation.give(client.session, room, kind, other.name)
    else:
        await chat.moderation.lift(client.session, room, kind, other.name)


def _rank(kind: str) -> Role:
    return Role.MODERATOR if kind == "op" else Role.PARTICIPANT


async def _op(client: Client, room: NamedRoom, is_set: bool, name: str) -> None:
    await _give(client, room, is_set, name, "op")


async def _voice(client: Client, room: NamedRoom, is_set: bool, name: str) -> None:
    await _give(client, room, is_set, name, "voice")


async def _ban(client: Client, room: NamedRoom, is_set: bool, text: str) -> None:
    chat = client.chat
    if text.startswith("~account:"):
        text = f"account {text.removeprefix('~account:')}"
    else:
        text = mask_key(text).partition(" ")[2]
    if is_set:
        account = text.removeprefix("account ")
        if text != account and chat.accounts.find(account) is None:  # it may yet be made
            target = Target(account, (account_key(account),), None, True)
        else:
            target = chat.targets.target(client.user, text)
        if any(act.keys == target.keys for act in chat.standing.bans(room)):
            return
        await chat.moderation.ban(client.session, room, target, float("inf"), "")
        return
    for act in chat.standing.bans(room):
        if folded(mask_of(act)) == folded(text) or mask_of(act) == f"~{text.replace(' ', ':')}":
            await chat.moderation.lift(client.session, room, "ban", act.name)


async def _moderated(client: Client, room: NamedRoom, is_set: bool, _: str) -> None:
    if bool(client.chat.standing.moderated(room)) is is_set:
        return
    if is_set:
        await client.chat.moderation.set_moderated(client.session, room)
    else:
        await client.chat.moderation.end_moderated(client.session, room)


async def _set(
    client: Client, room: NamedRoom, setting: str, value: str, **changes: object
) -> None:
    """Change what there is to know of a room, and tell those in it."""
    if all(getattr(room, name) == new for name, new in changes.items()):
        return
    await client.chat.settings.change(room, **changes)
    event = ChangedRoom(room.name, client.user.name, setting, value)
    client.chat.delivery.append(room, event)


async def _invite_only(client: Client, room: NamedRoom, is_set: bool, _: str) -> None:
    if is_set or room.privacy == "invite-only":
        state = "invite-only" if is_set else "public"
        await _set(client, room, "privacy", state, privacy=state)


async def _secret(client: Client, room: NamedRoom, is_set: bool, _: str) -> None:
    if is_set or room.privacy == "hidden":
        state = "hidden" if is_set else "public"
        await _set(client, room, "privacy", state, privacy=state)


async def _key(client: Client, room: NamedRoom, is_set: bool, key: str) -> None:
    if not is_set:
        await _set(client, room, "key", "off", password="")
        return
    key = clean(key)
    if not key:
        client.say("696", room.name, "k", "*", "A key is missing")
        return
    if len(key) > PASSWORD_LENGTH or " " in key or "," in key or key[0] == ":":
        client.say("525", room.name, "Key is not well-formed")
        return
    await _set(client, room, "key", "on", password=key)


async def _limit(client: Client, room: NamedRoom, is_set: bool, text: str) -> None:
    if not is_set:
        await _set(client, room, "limit", "0", limit=0)
        return
    is_number = text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0
    if is_number:
        await _set(client, room, "limit", str(int(text)), limit=int(text))
    else:
        client.say("696", room.name, "l", shown(text), "A limit is a number above 0")


def _flag(letter: str) -> Callable[[Client, NamedRoom, bool, str], Coroutine[object, object, None]]:
    async def change(client: Client, room: NamedRoom, is_set: bool, _: str) -> None:
        flags = set(room.flags) - {letter} | ({letter} if is_set else set())
        state = "on" if is_set else "off"
        await _set(client, room, modes.FLAGS[letter], state, flags="".join(sorted(flags)))

    return change


async def _no_external(client: Client, room: NamedRoom, is_set: bool, _: str) -> None:
    flags = set(room.flags) - {EXTERNAL} | (set() if is_set else {EXTERNAL})
    state = "off" if is_set else "on"
    await _set(client, room, "external", state, flags="".join(sorted(flags)))


_CHANGES: dict[str, Callable[[Client, NamedRoom, bool, str], Coroutine[object, object, None]]] = {
    "o": _op,
    "v": _voice,
    "b": _ban,
    "m": _moderated,
    "i": _invite_only,
    "s": _secret,
    "k": _key,
    "l": _limit,
    "n": _no_external,
    **{letter: _flag(letter) for letter in modes.FLAGS},
}
_FOR_OWNERS = "o"


# Oneself


def _of_user(client: Client, target: str, rest: Sequence[str]) -> None:
    user: User | None = client.chat.users.get(target)
    if user is None:
        client.say("401", shown(target), "No such nick")
        return
    if user is not client.user:
        client.say("502", "Cannot change mode for other users")
        return
    if not rest:
        client.say_plain("221", f"+{''.join(sorted(client.modes))}")
        return
    done = ""
    for is_set, letter, _ in _changes(rest):
        if letter not in USER_MODES:
            client.say("501", "Unknown MODE flag")
        elif letter == "o" and is_set:
            continue
        elif (letter in client.modes) is not is_set:
            (client.modes.add if is_set else client.modes.discard)(letter)
            if letter == "B":
                (client.door.bots.add if is_set else client.door.bots.discard)(user)
            done += ("+" if is_set else "-") + letter
    if done:
        client.tell(f":{client.source} MODE {client.nick} {done}")
