"""People: who is here, and who you are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from chatsvc.chat.accounts.ignored import ALLOWANCE, Someone, keys_of_name
from chatsvc.chat.people.ignoring import ignores, keys_of, someone_here
from chatsvc.chat.people.user import AWAY_LENGTH
from chatsvc.command.command import LONG, command
from chatsvc.errors import SHOWN, ChatError, NoSuchUser
from chatsvc.events.people import Listed
from chatsvc.text.names import LONGEST, SHORTEST, BadName, check_characters, folded

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import Session

MOST_CHARACTERS = 70_000  # of names in one answer


@command("users", cost=LONG)
def users(chat: Chat, session: Session) -> None:
    """List who is connected, in order of arrival."""
    names = [
        user.name if user.sessions else f"{user.name} (reconnecting)"
        for user in chat.users.values()
    ]
    tell_names(session, names, "connected")


def tell_names(session: Session, names: Sequence[str], where: str) -> None:
    """Tell a session the names of some people."""
    told = first_names(names)
    session.answer(Listed(told, where, "", len(names) - len(told)))


def first_names(names: Sequence[str]) -> tuple[str, ...]:
    """As many of some names as one answer has."""
    sizes = accumulate(map(len, names))
    return tuple(names[: sum([size <= MOST_CHARACTERS for size in sizes])])


@command("nick", is_outside=True, cost=LONG)
def nick(chat: Chat, session: Session, name: str) -> None:
    """Change your name.

    It has 2 to 32 letters, digits, - and _.
    """
    chat.logins.choose_name(session.user, name)


@command("whois")
def whois(chat: Chat, session: Session, username: str) -> None:
    """Show who somebody is, and in which rooms."""
    user = chat.users.find(username)
    also = f" (also known as {user.given_name})" if user.given_name != user.name else ""
    session.tell(f"{user.name}{also} is {'here' if user.sessions else 'reconnecting'}.")
    if user.account is not None:
        session.tell("  Has logged in.")
    if chat.standing.is_operator(session.user):
        addresses = dict.fromkeys([str(each.address) for each in user.sessions])
        session.tell(f"  From: {', '.join(addresses)}")
    shared = [room.name for room in chat.rooms.of(user) if chat.rooms.is_seen(room, session.user)]
    session.tell(f"  In: {', '.join(shared)}")
    if user.away is not None:
        why = "" if ignores(session.user, user) else f": {user.away}"
        session.tell(f"  Away{why}")


@command("away", cost=LONG)
def away(chat: Chat, session: Session, text: str = "") -> None:
    """Mark yourself as away, and say why.

    People see it in /whois, and when they send you a direct message.
    """
    if len(text) > AWAY_LENGTH:
        raise ChatError(f"That is longer than {AWAY_LENGTH} characters.")
    if text:
        chat.standing.check_words(session.user)
    chat.announcements.set_away(session.user, text or "not here just now")
    session.tell("You are away. Type /back when you are here again.")


@command("back", cost=LONG)
def back(chat: Chat, session: Session) -> None:
    """End /away."""
    chat.announcements.set_away(session.user, "")
    session.tell("You are back.")


@command("ignore", cost=LONG)
def ignore(chat: Chat, session: Session, username: str = "") -> None:
    """Hide everything that somebody says, or has said.

    It follows the person through all names, and hides the hooks that the person has made. If you
    have an account, it lasts until you /unignore; otherwise until you leave. Without a name, list
    the people you ignore.
    """
    user = session.user
    if not username:
        names = ", ".join([someone.name for someone in user.ignored])
        session.tell(f"You ignore {names or 'nobody'}.")
        return
    other = chat.users.get(username)
    account = chat.accounts.find(username)
    if other is user:
        raise ChatError("You cannot ignore yourself.")
    if other is not None:
        someone = someone_here(other)
        known_by = keys_of(other)
    elif account is not None:
        known_by = keys_of_name(account.name)
        someone = Someone(account.name, known_by)
    elif hook := chat.programs.hooks.known_as(username):
        known_by = keys_of_name(hook)
        someone = Someone(hook, known_by)
    else:
        raise NoSuchUser(username)
    if user.ignored.find(known_by) is not None:
        raise ChatError(f"You ignore {someone.name} already.")
    accounts = (each.ignored.people for each in chat.accounts)
    guests = (
        (each.address, people)
        for each in chat.users.in_any_order()
        if (people := each.as_guest.ignored.people)
    )
    most = ALLOWANCE.of(user.ignored, None if user.account else user.address, accounts, guests)
    if len(user.ignored) >= most:
        raise ChatError(f"You ignore {len(user.ignored)} people, which is the most.")
    user.ignore(someone)
    _ignores_others(chat, session)
    session.tell(f"You ignore {someone.name} from now on.")


@command("unignore")
def unignore(chat: Chat, session: Session, username: str) -> None:
    """Stop ignoring somebody, by the name that you ignored or the current one."""
    ignored = session.user.ignored
    other = chat.users.get(username)
    wanted = folded(username)
    someone = next((each for each in ignored if folded(each.name) == wanted), None)
    if someone is None and other is not None:
        someone = ignored.find(keys_of(other))
    if someone is None:
        raise ChatError(f"You don't ignore {username[:SHOWN]}.")
    name = someone.name
    ignored.remove(someone)
    _ignores_others(chat, session)
    session.tell(f"You no longer ignore {name}.")


@command("watch")
def watch(chat: Chat, session: Session, username: str = "") -> None:
    """Be told when somebody comes or goes.

    It lasts until you /unwatch the name, or leave. Without a name, list the people you watch.
    """
    user = session.user
    watches = chat.watches
    if not username:
        names = watches.names(user)
        here = ", ".join([name for name in names if name in chat.users])
        gone = ", ".join([name for name in names if name not in chat.users])
        session.tell(f"People you watch who are here: {here or 'nobody'}.")
        if gone:
            session.tell(f"People you watch who are not here: {gone}.")
        return
    other = chat.users.get(username)
    if other is user:
        raise ChatError("You cannot watch yourself.")
    name = other.name if other is not None else username
    if len(name) > LONGEST:
        raise BadName(f"A name has {SHORTEST} to {LONGEST} characters.")
    check_characters(name)
    if not watches.add(user, name):
        raise ChatError(f"You watch {name} already.")
    now = "is here" if name in chat.users else "is not here now"
    session.tell(f"You are told when {name} comes or goes. {name} {now}.")


@command("unwatch")
def unwatch(chat: Chat, session: Session, username: str) -> None:
    """Stop watching somebody."""
    if not chat.watches.remove(session.user, username):
        raise ChatError(f"You don't watch {username[:SHOWN]}.")
    session.tell(f"You are no longer told when {username} comes or goes.")


def _ignores_others(chat: Chat, session: Session) -> None:
    """Apply a change to the people whom somebody ignores."""
    user = session.user
    for each in user.sessions:
        chat.users.show(each, each.unfiltered)
    if user.account is not None:
        chat.spawn(chat.accounts.try_to_keep(user.account))
