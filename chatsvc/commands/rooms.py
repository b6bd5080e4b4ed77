"""Rooms: joining them, and what their owners can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import ACCOUNTS_ONLY, NamedRoom
from chatsvc.chat.rooms.settings import PASSWORD_LENGTH
from chatsvc.command.command import LONG, command
from chatsvc.command.parameter import HERE, NO_SECRET, RoomFirst, RoomName, Secret
from chatsvc.commands.people import first_names
from chatsvc.errors import ChatError, Misused
from chatsvc.events.people import Listed
from chatsvc.text.spans import span, words

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import MaybeCoroutine, Session

MOST_LISTED = 100  # rooms; those that the person is in come first
MOST_MARKED = 1000  # people of a room whose roles are told


@command("join")
def join(chat: Chat, session: Session, room: RoomName, key: Secret = NO_SECRET) -> None:
    """Join a room, or create one.

    You own a room that you create. From then on, lines without a slash are said in the room. If you
    create it with a key, everybody needs that key to join.
    """
    chat.joining.join(room, session, key)


@command("part", "leave")
def part(chat: Chat, session: Session, room: RoomName = HERE) -> None:
    """Leave a room."""
    chat.joining.part(_room(chat, session, room), session)


@command("rooms", "list", cost=LONG)
def rooms(chat: Chat, session: Session) -> None:
    """List the rooms and their topics.

    Hidden and invite-only rooms are listed only for people who are in them or invited to them.
    """
    seen = [room for room in chat.rooms.values() if chat.rooms.is_seen(room, session.user)]
    seen.sort(key=lambda room: (not chat.rooms.is_in(room, session.user), room.name))
    for room in seen[:MOST_LISTED]:
        number = len(chat.users) if room is chat.lobby else len(room.occupants)
        notes = [f"{number} here"]
        if room.password:
            notes.append("has a key")
        if room.privacy != "public":
            notes.append(room.privacy)
        topic = chat.rooms.topic(room, session.user)
        about = f": {topic}" if topic else ""
        session.tell(f"{room.name} ({', '.join(notes)}){about}")
    if len(seen) > MOST_LISTED:
        session.tell(f"and {len(seen) - MOST_LISTED} more")


@command("who", cost=LONG)
def who(chat: Chat, session: Session, room: RoomName = HERE) -> None:
    """List who is in a room."""
    found = chat.rooms.find(room, session.user) if room else chat.rooms.here(session)
    people = [*(chat.users.values() if found is chat.lobby else found.occupants)]
    names = first_names([user.name for user in people])
    is_in = chat.rooms.is_in(found, session.user)
    by_role: dict[Role, list[str]] = {each: [] for each in Role}
    for user in people[:MOST_MARKED]:
        by_role[chat.standing.role_of(found, user)].append(user.name)
    listed = Listed(
        names,
        f"in {found.name}",
        found.name,
        len(people) - len(names),
        topic=chat.rooms.topic(found, session.user) if is_in else "",
        operators=tuple(by_role[Role.OPERATOR]),
        owners=tuple(by_role[Role.OWNER]),
        moderators=tuple(by_role[Role.MODERATOR]),
        away=tuple([each.name for each in people[:MOST_MARKED] if each.away or not each.sessions]),
    )
    session.answer(listed)


@command("topic")
async def topic(chat: Chat, session: Session, room: RoomName = HERE, topic: str = "") -> None:
    """Show or set the topic of a room.

    With -, remove it.
    """
    found = _room(chat, session, room)
    if not topic:
        shown = chat.rooms.topic(found, session.user)
        session.tell(f"{found.name}: {shown or 'there is no topic.'}")
        return
    await chat.settings.set_topic(found, session.user, "" if topic == "-" else topic)


@command("invite", cost=LONG)
def invite(chat: Chat, session: Session, username: str, room: RoomName = HERE) -> None:
    """Invite somebody, who can then join the room without its key.

    Only the owner and moderators of an invite-only room can invite people to it.
    """
    other = chat.users.find(username)
    chat.joining.invite(_room(chat, session, room), session, other)


@command("knock", cost=LONG)
def knock(chat: Chat, session: Session, room: RoomName, text: str = "") -> None:
    """Ask to be invited to a room that you cannot join, and say why.

    Its owner and moderators are told, if they are in it.
    """
    chat.knocking.knock(room, session, text)


@command("privacy")
async def privacy(
    chat: Chat,
    session: Session,
    room: RoomName = HERE,
    state: Literal["public", "hidden", "invite-only", ""] = "",
) -> None:
    """Show or set who can find and join your room.

    Everybody finds a public room in the list; a hidden room is for people who know its name; an
    invite-only room is for people whom you invite.
    """
    found = _owned(chat, session, room)
    if not (state and await chat.settings.set(found, session.user, privacy=state)):
        session.tell(f"{found.name} is {found.privacy}.")


@command("guests")
async def guests(
    chat: Chat, session: Session, room: RoomName = HERE, state: Literal["on", "off", ""] = ""
) -> None:
    """Let guests join your room, or only people who have logged in.

    With off, guests who are in it, or whom you invite, can speak only if they have voice.
    """
    found = _owned(chat, session, room)
    flags = set(found.flags) - {ACCOUNTS_ONLY} | set(ACCOUNTS_ONLY if state == "off" else "")
    if not (state and await chat.settings.set(found, session.user, flags="".join(sorted(flags)))):
        who = "those who have logged in" if ACCOUNTS_ONLY in found.flags else "guests, too"
        session.tell(f"{found.name} is for {who}.")


@command("rename")
async def rename(
    chat: Chat, session: Session, room: RoomName, new: RoomName, reason: str = ""
) -> None:
    """Give your room another name: /rename #old #new reason.

    It keeps its history and all settings. For a day, the old name leads to it, and only people in
    it can take that name.
    """
    await chat.settings.rename(_owned(chat, session, room), session.user, new, reason)


@command("key")
async def key(chat: Chat, session: Session, room: RoomName = HERE, key: Secret = NO_SECRET) -> None:
    """Set the key of your room; with -, remove it."""
    found = _owned(chat, session, room)
    if len(key) > PASSWORD_LENGTH:
        raise ChatError(f"A key has at most {PASSWORD_LENGTH} characters.")
    password = "" if key == "-" else key
    if not (key and await chat.settings.set(found, session.user, password=password)):
        session.tell(f"{found.name} has {'a' if found.password else 'no'} key.")


@command("owner")
async def owner(chat: Chat, session: Session, room: RoomFirst, username: str) -> None:
    """Give your room to somebody else in it; with -, to nobody.

    A persistent room can be given only to somebody with an account.
    """
    order = chat.moderation
    found = order.room(session, room, "owner")
    if username == "-":
        await order.give_up(session, found)
    else:
        await order.hand_on(session, found, username)


@command("persist")
async def persist(
    chat: Chat, session: Session, room: RoomName = HERE, state: Literal["on", "off"] = "on"
) -> None:
    """Keep your room when nobody is in it.

    Otherwise it is kept for a day after the last person leaves, if anything was said in it.
    """
    found = _owned(chat, session, room)
    await chat.settings.persist(found, session.user, state == "on")
    then = "stays" if found.is_persistent else "ends"
    then += " when everybody has left"
    if found.is_persistent and not found.stays:
        then += ", for a day, as it belongs to no account"
    session.tell(f"{found.name} {then}.")


@command("keep")
async def keep(chat: Chat, session: Session, room: RoomName = HERE, time: str = "") -> None:
    """Show or set how long messages in your room are kept.

    Times are 30d, 12h and so on; with -, as long as elsewhere on this server.
    """
    found = _owned(chat, session, room)
    if time:
        await chat.settings.change(found, keep=None if time == "-" else span(time))
    long = "as long as those elsewhere" if found.keep is None else f"for {words(found.keep)}"
    session.tell(f"Messages in {found.name} are kept {long}.")


@command("hook", cost=LONG)
def hook(
    chat: Chat,
    session: Session,
    what: Literal["add", "list", "revoke"],
    room: RoomName = HERE,
    name: str = "",
) -> MaybeCoroutine:
    """Let programs speak in your room: /hook add #room deploys.

    You get a key, once: a program that posts to /hook/KEY by HTTP speaks in the room as
    deploys[hook]. /hook list shows the hooks of a room, and /hook revoke #room deploys ends one.
    Only the owner and moderators who have logged in can do this. A hook ends with the room, and
    with the account that made it.
    """
    found = chat.rooms.entered(room, session.user) if room else chat.rooms.here(session)
    if what == "list":
        chat.programs.hooks.tell(session, found)
        return None
    if not name:
        raise Misused(f"Name the hook: /hook {what} {found.name} deploys", "name")
    change = chat.programs.hooks.add if what == "add" else chat.programs.hooks.revoke
    return change(session, found, name)


def _room(chat: Chat, session: Session, name: str) -> NamedRoom:
    return chat.rooms.entered(name, session.user) if name else chat.rooms.here(session)


def _owned(chat: Chat, session: Session, name: str) -> NamedRoom:
    return chat.settings.owned(name or chat.rooms.here(session).name, session.user)
