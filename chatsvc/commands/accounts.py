"""Accounts: a name of your own."""

from __future__ import annotations

from typing import Literal

from chatsvc.chat.chat import Chat
from chatsvc.chat.people.user import Doing, Session
from chatsvc.command import LONG, LONGER, command
from chatsvc.parameter import NO_SECRET, Secret


@command("register", is_outside=True, cost=LONG)
async def register(
    chat: Chat, session: Session, password: Secret, code: Secret = NO_SECRET
) -> None:
    """Make your name your own: nobody else can use it any more.

    First choose it with /nick. The password has at least 8 characters and no blanks. Type nothing
    that you use elsewhere, too. Where one has to be invited, it takes a code.
    """
    await chat.registration.register(session, password, code)


@command("login", is_outside=True, cost=LONG)
async def login(chat: Chat, session: Session, name: str, password: Secret) -> None:
    """Go by a name that is your own.

    If a guest goes by it, that one gets another. You can be logged in several times: each of your
    connections sees all that you see and say.
    """
    await chat.logins.log_in(session, name, password)


@command("logout", cost=LONG)
def logout(chat: Chat, session: Session, where: Literal["", "everywhere"] = "") -> Doing:
    """Be a guest again, on this connection; or everywhere.

    Everywhere is on all connections of yours, and on those that are lost: no program comes back
    with what it knows of you, but has to log in again.
    """
    if where:
        return chat.logins.log_out_everywhere(session)
    chat.logins.log_out(session)
    return None


@command("passwd", cost=LONG)
async def passwd(chat: Chat, session: Session, password: Secret, new: Secret) -> None:
    """Change your password: first the one that you have, then the new one.

    All your other connections are logged out, programs that would come back to them are not let in
    as you any more, and a code of /account reset is good no longer.
    """
    await chat.registration.change_password(session, password, new)


@command("setpass", is_outside=True, cost=LONG)
async def setpass(chat: Chat, session: Session, name: str, code: Secret, password: Secret) -> None:
    """Set another password with a code, and log in.

    Who has lost a password gets a code from an operator of the server. Whoever is logged in under
    that name is logged out, and does not come back without the new password.
    """
    await chat.registration.set_password(session, name, code, password)


@command("forget", cost=LONGER)
async def forget(chat: Chat, session: Session, username: str = "") -> None:
    """Have all deleted that is kept of you besides what you said in rooms, and your account.

    That is from where you came under your name, how far you have read, what waits for you, and your
    direct messages: what you said is deleted, and you no longer find what was said to you, which
    stays with whoever said it. With /unregister, your account goes as well. Operators can have it
    deleted of others.
    """
    await chat.forgetting.forget(session, username or session.user.name)


@command("unregister", cost=LONGER)
async def unregister(chat: Chat, session: Session, password: Secret) -> None:
    """Give up your name, and have all forgotten that is kept with it."""
    await chat.registration.unregister(session, password)
