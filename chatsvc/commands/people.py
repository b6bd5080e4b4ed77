"""Who is here, and who one is oneself."""

from __future__ import annotations

from collections.abc import Sequence

from chatsvc.chat.errors import SHOWN, ChatError
from chatsvc.chat.events import Listed
from chatsvc.chat.nicks import folded
from chatsvc.chat.sessions import Session
from chatsvc.command import command

MOST_CHARACTERS = 70_000  # of names in one answer
MOST_IGNORED = 100
AWAY_LENGTH = 200  # characters


@command("users")
def users(session: Session) -> None:
    """List who is connected, in the order in which they came."""
    names = [
        user.name if user.sessions else f"{user.name} (reconnecting)"
        for user in session.chat.users.values()
    ]
    tell_names(session, names, "connected")


def tell_names(session: Session, names: Sequence[str], where: str, room: str = "") -> None:
    """Tell a session who is somewhere."""
    told = 0
    size = 0
    for name in names:
        size += len(name)
        if size > MOST_CHARACTERS:
            break
        told += 1
    session.answer(Listed(tuple(names[:told]), where, room, len(names) - told))


@command("nick", is_outside=True)
def nick(session: Session, name: str) -> None:
    """Choose a name: 2 to 32 letters, digits, - and _."""
    session.chat.logins.choose_name(session.user, name)


@command("whois")
def whois(session: Session, username: str) -> None:
    """See who somebody is, and in which rooms."""
    chat = session.chat
    user = chat.users.find(username)
    also = f" (also known as {user.given})" if user.given != user.name else ""
    session.tell(f"{user.name}{also} is {'here' if user.sessions else 'reconnecting'}.")
    if user.account is not None:
        session.tell("  Has logged in.")
    if chat.is_operator(session.user):
        session.tell(f"  From: {', '.join([str(each.address) for each in user.sessions])}")
    shared = [room.name for room in chat.rooms.of(user) if chat.rooms.is_seen(room, session.user)]
    session.tell(f"  In: {', '.join(shared)}")
    if user.away is not None:
        session.tell(f"  Away: {user.away}")


@command("away")
def away(session: Session, text: str = "") -> None:
    """Let those who ask for you know that you are away, and why.

    So are those told who write to you only.
    """
    if len(text) > AWAY_LENGTH:
        raise ChatError(f"That is longer than {AWAY_LENGTH} characters.")
    session.user.away = text or "not here just now"
    session.tell("You are away. Type /back when you are here again.")


@command("back")
def back(session: Session) -> None:
    """Be here again after /away."""
    session.user.away = None
    session.tell("You are back.")


@command("ignore")
def ignore(session: Session, username: str = "") -> None:
    """See nothing more of what somebody says.

    Without a name, list those of whom you don't.
    """
    ignored = session.user.ignored
    if not username:
        names = ", ".join([user.name for user in ignored])
        session.tell(f"You ignore {names or 'nobody'}.")
        return
    other = session.chat.users.find(username)
    if other is session.user:
        raise ChatError("You cannot ignore yourself.")
    if len(ignored) >= MOST_IGNORED:
        raise ChatError(f"You ignore {MOST_IGNORED} people, which is the most.")
    session.user.ignored = (*[user for user in ignored if user is not other], other)
    for each in session.user.sessions:
        each.show(each.plainly)
    session.tell(f"You see nothing more of what {other.name} says.")


@command("unignore")
def unignore(session: Session, username: str) -> None:
    """See what somebody says again."""
    other = next(
        (user for user in session.user.ignored if folded(user.name) == folded(username)), None
    )
    if other is None:
        raise ChatError(f"You don't ignore {username[:SHOWN]}.")
    session.user.ignored = tuple([user for user in session.user.ignored if user is not other])
    for each in session.user.sessions:
        each.show(each.plainly)
    session.tell(f"You see what {other.name} says again.")
