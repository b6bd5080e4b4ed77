"""Accounts: a name of your own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chatsvc.command.command import LONG, LONGER, command
from chatsvc.command.parameter import NO_SECRET, Secret
from chatsvc.errors import Misused

if TYPE_CHECKING:
    from chatsvc.chat.chat import Chat
    from chatsvc.chat.people.user import MaybeCoroutine, Session


@command("register", is_outside=True, cost=LONG)
async def register(
    chat: Chat, session: Session, password: Secret, code: Secret = NO_SECRET
) -> None:
    """Make your name an account, which nobody else can use.

    Choose the name first, with /nick. The password has at least 8 characters and no blanks; take
    one that you use nowhere else. On an invite-only server, you need a code.
    """
    await chat.registration.register(session, password, code)


@command("login", is_outside=True, cost=LONG)
async def login(chat: Chat, session: Session, name: str, password: Secret = NO_SECRET) -> None:
    """Log in to your account.

    With TLS and a certificate that you have added with /cert, you need no password.

    A guest who has the name gets another one. You can be logged in on several connections: each
    shows everything that you see and say.
    """
    if not (password or session.connection.fingerprint):
        text = "The password is missing. Write it like this: /login name password"
        raise Misused(text, "password")
    await chat.logins.log_in(session, name, password)


@command("cert", cost=LONG)
def cert(
    chat: Chat, session: Session, what: Literal["add", "remove", "list"], fingerprint: str = ""
) -> MaybeCoroutine:
    """Add the TLS certificate of your connection to your account, to log in without a password.

    /cert list shows the fingerprints of the certificates that you have added, and /cert remove
    removes one. A new password removes all of them.
    """
    if what == "list":
        chat.certificates.tell(session)
        return None
    if what == "remove":
        return chat.certificates.remove(session, fingerprint)
    return chat.certificates.add(session)


@command("token", cost=LONG)
def token(
    chat: Chat, session: Session, what: Literal["add", "list", "revoke"], words: str = ""
) -> MaybeCoroutine:
    """Make a token with which a program reads and speaks by HTTP as you: /token add NAME.

    You see it only once. It is for all rooms, and for reading and speaking, unless you restrict it:
    /token add NAME #ops #dev read. /token list shows yours, and /token revoke NAME ends one. A new
    password and /logout everywhere end all of them.
    """
    tokens = chat.programs.tokens
    if what == "list":
        tokens.tell(session)
        return None
    name, *rest = words.split() or [""]
    if not name:
        raise Misused(f"Name the token: /token {what} NAME", "words")
    return tokens.add(session, name, rest) if what == "add" else tokens.revoke(session, name)


@command("sessions", cost=LONG)
def sessions(chat: Chat, session: Session, what: str = "") -> MaybeCoroutine:
    """List your connections, by all doors, and your tokens.

    /sessions end 2 ends the one that is listed as [2]; /sessions end others ends all but this
    connection. What you end cannot come back without logging in.
    """
    return chat.own_sessions.ask(session, what)


@command("logout", cost=LONG)
def logout(chat: Chat, session: Session, where: Literal["", "everywhere"] = "") -> MaybeCoroutine:
    """Log out, on this connection or everywhere.

    Everywhere means on all your connections, lost ones included. Your programs' tokens end, too:
    they have to log in again.
    """
    if where:
        return chat.logins.log_out_everywhere(session)
    chat.logins.log_out(session)
    return None


@command("passwd", cost=LONG)
async def passwd(chat: Chat, session: Session, password: Secret, new: Secret) -> None:
    """Change your password: give the current one, then the new one.

    It logs out all your other connections, and ends the tokens of your programs and any code of
    /account reset. To end only some of them, see /sessions.
    """
    await chat.registration.change_password(session, password, new)


@command("setpass", is_outside=True, cost=LONG)
async def setpass(chat: Chat, session: Session, name: str, code: Secret, password: Secret) -> None:
    """Set a new password with a code, and log in.

    If you have lost your password, ask an operator of the server for a code. Other connections
    that are logged in to the account are logged out, and cannot return without the new password.
    """
    await chat.registration.set_password(session, name, code, password)


@command("forget", cost=LONGER)
async def forget(chat: Chat, session: Session, username: str = "") -> None:
    """Delete what is kept about you, except for your account and what you said in rooms.

    That is the addresses you came from, how far you have read, messages that wait for you, and your
    direct messages: what you said is deleted; what others said to you stays with them, but you no
    longer find it. /unregister deletes your account as well. Operators can do this for others.
    """
    await chat.forgetting.forget(session, username or session.user.name)


@command("unregister", cost=LONGER)
async def unregister(chat: Chat, session: Session, password: Secret) -> None:
    """Delete your account, and everything that is kept with it."""
    await chat.registration.unregister(session, password)
