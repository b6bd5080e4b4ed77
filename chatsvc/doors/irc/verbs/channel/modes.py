"""MODE: what holds for a channel or a client, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from math import inf
from typing import TYPE_CHECKING

from chatsvc.chat.moderation.targets import MUTED, Target, is_mask, mask_key
from chatsvc.chat.people.keys import account_key
from chatsvc.chat.people.user import MaybeCoroutine
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import EXTERNAL
from chatsvc.chat.rooms.settings import PASSWORD_LENGTH
from chatsvc.doors.irc.sets import shared
from chatsvc.doors.irc.supported import modes
from chatsvc.doors.irc.supported.isupport import USER_MODES
from chatsvc.doors.irc.verb import verb
from chatsvc.doors.irc.verbs.channel.channels import found, shown
from chatsvc.doors.irc.wording import channel_lists
from chatsvc.errors import ChatError
from chatsvc.text.names import folded
from chatsvc.text.safe import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.moderation.act import Act
    from chatsvc.chat.people.user import User
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.doors.irc.client import Client
    from chatsvc.doors.irc.codec.message import Message

MOST_CHANGES = 12  # in one message
_WITH_PARAM = "ovbeI"  # and k and l, if they are set

Change = tuple[bool, str, str]  # whether it is set, the mode, and its parameter
Settings = Mapping[str, object]  # attributes of a room, and what they are to be
Setting = Callable[["Client", "NamedRoom", bool, str, Settings], dict[str, object]]


@verb("MODE", least=1)
def mode(client: Client, message: Message) -> MaybeCoroutine:
    """Show or change the modes of a channel, or your own: MODE #channel +o nick.

    o makes a moderator, v gives voice; b bans, e exempts from that, I invites (masks).

    Joining: i (invited), s (who know the name), k KEY, l NUMBER, R (accounts); and there: n (nobody
    else speaks), m (only o and v speak), t (only o sets the topic), C (no CTCP).

    Your own: B (bot), R (no messages of guests), T (no CTCP), i (not found by masks), w (WALLOPS).
    """
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
        made_at = room.made_at or client.door.began  # of the lobby, nobody knows since when
        client.say_plain("329", room.name, f"{made_at:.0f}")
        return None
    changes = _changes(rest)
    client.visit.charge(max(len(changes) - 1, 0), "each change counts as a line")
    return _change(client, room, changes)


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
    """Change modes in their order; settings that stand together are changed, and told, at once."""
    settings: dict[str, object] = {}
    lists: set[str] = set()  # that were told
    for is_set, letter, value in changes:
        if letter in _LISTS and not value:
            if letter not in lists:
                _tell_list(client, room, letter)
            lists.add(letter)
            continue
        function, setting = _CHANGES.get(letter), _SETTINGS.get(letter)
        if function is None and setting is None:
            client.say("472", letter if letter.isprintable() and letter != " " else "*",
                       "is not a mode that is known here")  # fmt: skip
            continue
        if not _is_permitted(client, room, letter):
            break
        if setting is not None:
            settings.update(setting(client, room, is_set, value, settings))
        elif function is not None:
            await _set(client, room, settings)
            settings = {}
            client.hush()
            try:
                await function(client, room, is_set, value)
            except ChatError as error:
                client.say("482", room.name, str(error))
    await _set(client, room, settings)


def _is_permitted(client: Client, room: NamedRoom, letter: str) -> bool:
    """Whether a client may change a mode; it is told if not."""
    if not channel_lists.is_in(client, room, client.user):
        client.say("442", room.name, "You're not on that channel")
        return False
    role = client.chat.standing.role_of(room, client.user)
    if role < (Role.OWNER if letter in _FOR_OWNERS else Role.MODERATOR):
        client.say("482", room.name, "You're not channel operator")
        return False
    return True


async def _set(client: Client, room: NamedRoom, settings: dict[str, object]) -> None:
    """Change settings of a room."""
    if settings:
        client.hush()
        try:
            await client.chat.settings.set(room, client.user, **settings)
        except ChatError as error:
            client.say("482", room.name, str(error))


def _tell_list(client: Client, room: NamedRoom, letter: str) -> None:
    number, end, name, *_ = _LISTS[letter]
    for act in _listed(client, room, letter):
        setter, at = act.actor, client.chat.clock.now() - client.chat.clock.seconds() + act.at
        client.say_plain(number, room.name, mask_of(act), setter, f"{at:.0f}")
    client.say(end, room.name, f"End of channel {name} list")


def _listed(client: Client, room: NamedRoom, letter: str) -> list[Act]:
    """The acts in a list of a channel."""
    acts = client.chat.standing.in_force(room, *_LISTS[letter][3])
    return [
        act for act in acts if act.kind != "mute" or is_mask(act.keys[0]) or _is_of_account(act)
    ]


def _is_of_account(act: Act) -> bool:
    return act.keys[0].startswith("account ")


def mask_of(act: Act) -> str:
    """Whom an act hits, as a mask."""
    before = MUTED if act.kind == "mute" else ""
    if act.name.startswith("~"):
        return before + act.name
    if is_mask(act.keys[0]):
        return before + act.keys[0].partition(" ")[2]
    if _is_of_account(act):
        return f"{before}{modes.ACCOUNT}{act.name}"
    return f"{act.label.replace(' ', '-')}!*@*"


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
        if other is client.user:
            await chat.moderation.give_up(client.session, room)
            return
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
    if not is_set:
        await _take_off(client, room, "b", text)
        return
    is_mute = text.startswith(MUTED)
    text = text.removeprefix(MUTED)
    _check_kind(text)
    name = text.removeprefix(modes.ACCOUNT)
    if text != name and chat.accounts.find(name) is None:  # it may yet be made
        target = Target(text, (account_key(name),), None, True)
    elif text != name:
        target = chat.targets.target(client.user, f"account {name}")
    else:
        target = _meant(text)
    kind, hit = ("mute", chat.moderation.mute) if is_mute else ("ban", chat.moderation.ban)
    if not _is_in_force(client, room, kind, target):
        await hit(client.session, room, target, inf, "")


def _check_kind(text: str) -> None:
    """Check that a mask that begins with ~ is of a kind that there is. Raises ChatError."""
    if text == modes.ACCOUNT:
        raise ChatError(f"Name an account: {modes.ACCOUNT}name.")
    if text[:1] == "~" and not text.startswith(modes.ACCOUNT):
        kinds = f"{modes.ACCOUNT}name, {MUTED}mask and {MUTED}{modes.ACCOUNT}name"
        raise ChatError(f"Masks that begin with ~ are {kinds}.")


def _meant(text: str) -> Target:
    """Whom a mask means, or whose account is named. Raises ChatError."""
    name = text.removeprefix(modes.ACCOUNT)
    if name != text:
        return Target(text, (account_key(name),), None, False)
    key = mask_key(text)
    return Target(key.partition(" ")[2], (key,), None, False)


def _is_in_force(client: Client, room: NamedRoom, kind: str, target: Target) -> bool:
    acts = client.chat.standing.in_force(room, kind)
    return any(act.keys == target.keys for act in acts)


async def _take_off(client: Client, room: NamedRoom, letter: str, text: str) -> None:
    """Undo what is in a list, in any case, with whatever of the mask is left out."""
    before = MUTED if text.startswith(MUTED) else ""
    looks = {folded(text)}
    if not text.startswith(modes.ACCOUNT):
        looks.add(folded(before + mask_key(text.removeprefix(before)).partition(" ")[2]))
    for act in _listed(client, room, letter):
        if folded(mask_of(act)) in looks:
            await client.chat.moderation.lift(client.session, room, act.kind, act.name)


def _allow(
    letter: str, kind: str
) -> Callable[[Client, NamedRoom, bool, str], Coroutine[object, object, None]]:
    async def change(client: Client, room: NamedRoom, is_set: bool, text: str) -> None:
        if not is_set:
            await _take_off(client, room, letter, text)
            return
        if text.startswith(MUTED + modes.ACCOUNT):
            name = text.removeprefix(MUTED)
            raise ChatError(f"An account is exempt from bans and mutes together: +{letter} {name}.")
        _check_kind(text.removeprefix(MUTED))
        target = _meant(text)
        if not _is_in_force(client, room, kind, target):
            await client.chat.moderation.allow(client.session, room, kind, target)

    return change


async def _moderated(client: Client, room: NamedRoom, is_set: bool, _: str) -> None:
    if bool(client.chat.standing.moderated(room)) is is_set:
        return
    if is_set:
        await client.chat.moderation.set_moderated(client.session, room)
    else:
        await client.chat.moderation.end_moderated(client.session, room)


# Settings: what a mode changes, given what is changed with it


def _privacy(state: str) -> Setting:
    def change(
        client: Client, room: NamedRoom, is_set: bool, _: str, __: Settings
    ) -> dict[str, object]:
        if is_set or room.privacy == state:
            return {"privacy": state if is_set else "public"}
        return {}

    return change


def _key(client: Client, room: NamedRoom, is_set: bool, key: str, _: Settings) -> dict[str, object]:
    if not is_set:
        return {"password": ""}
    key = clean(key)
    if not key:
        client.say("696", room.name, "k", "*", "A key is missing")
    elif len(key) > PASSWORD_LENGTH or " " in key or "," in key or key[0] == ":":
        client.say("525", room.name, "Key is not well-formed")
    else:
        return {"password": key}
    return {}


def _limit(
    client: Client, room: NamedRoom, is_set: bool, text: str, _: Settings
) -> dict[str, object]:
    if not is_set:
        return {"limit": 0}
    if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0:
        return {"limit": int(text)}
    client.say("696", room.name, "l", shown(text), "A limit is a number above 0")
    return {}


def _flag(flag: str, is_opposite: bool = False) -> Setting:
    """A flag of rooms, which is set, or is not where it is the opposite of the mode."""

    def change(
        client: Client, room: NamedRoom, is_set: bool, _: str, others: Settings
    ) -> dict[str, object]:
        flags = set(str(others.get("flags", room.flags))) - {flag}
        if is_set is not is_opposite:
            flags.add(flag)
        return {"flags": "".join(sorted(flags))}

    return change


_CHANGES: dict[str, Callable[[Client, NamedRoom, bool, str], Coroutine[object, object, None]]] = {
    "o": _op,
    "v": _voice,
    "b": _ban,
    "e": _allow("e", "exempt"),
    "I": _allow("I", "admit"),
    "m": _moderated,
}
_SETTINGS: dict[str, Setting] = {
    "i": _privacy("invite-only"),
    "s": _privacy("hidden"),
    "k": _key,
    "l": _limit,
    "n": _flag(EXTERNAL, is_opposite=True),
    **{letter: _flag(letter) for letter in modes.FLAGS},
}
# By a mode that is a list: the numerics of one in it and of its end, its name, the kinds of acts.
_LISTS = {
    "b": ("367", "368", "ban", ("ban", "mute")),
    "e": ("348", "349", "exception", ("exempt",)),
    "I": ("346", "347", "invite exception", ("admit",)),
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
        client.say_plain("221", f"+{''.join(sorted(client.user_modes))}")
        return
    done = ""
    for is_set, letter, _ in _changes(rest):
        if letter not in USER_MODES:
            client.say("501", "Unknown MODE flag")
        elif (letter in client.user_modes) is not is_set and not (letter == "o" and is_set):
            if letter == "R":
                client.chat.direct.refuse_guests(user, is_set)
            elif letter == "o":
                client.chat.standing.gone(user)
            else:
                client.modes = shared(client.modes ^ {letter})
            if letter == "B":
                (client.door.bots.add if is_set else client.door.bots.discard)(user)
            done += ("+" if is_set else "-") + letter
    if done:
        client.tell_own(f"MODE {client.nick} {done}")
