"""Standing: people's roles and restrictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.moderation.act import SERVER, Act
from chatsvc.chat.moderation.powers import may
from chatsvc.chat.moderation.targets import (
    EVERYBODY,
    MUTED,
    Target,
    hits,
    is_address,
    is_mask,
)
from chatsvc.chat.people.keys import account_key, guest_key, keys_of
from chatsvc.chat.people.user import Administrator
from chatsvc.chat.rooms.roles import Role
from chatsvc.chat.rooms.room import ACCOUNTS_ONLY
from chatsvc.errors import ChatError, GuestsRefused, Unwanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.limits import Limits
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.people.cloaks import Cloaks
    from chatsvc.chat.people.user import User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock
    from chatsvc.journal import Journal

MOST_HELPERS = 3  # people that a notice names, to ask for voice


class Standing:
    """Knows everybody's role, and who is banned or muted.

    The methods that check raise ChatError, which says why, until when, and whom to ask.
    """

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        accounts: Accounts,
        users: Users,
        cloaks: Cloaks,
        rooms: Rooms,
        acts: Acts,
        limits: Limits,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._accounts = accounts
        self._users = users
        self._cloaks = cloaks
        self._rooms = rooms
        self._acts = acts
        self._limits = limits
        # People here who have proved to be operators (OPER), each with the account and its era.
        self._granted: dict[User, tuple[Account, str]] = {}

    def is_operator(self, user: User) -> bool:
        """Whether somebody is an operator of the server."""
        if isinstance(user, Administrator) or self.is_granted(user):
            return True
        return user.account is not None and self._has_operator([account_key(user.account.name)])

    def is_granted(self, user: User) -> bool:
        """Whether somebody has proved to be an operator, and that proof still holds."""
        if user not in self._granted:
            return False
        account, era = self._granted[user]
        holds = account.era == era and self._accounts.find(account.name) is account
        return holds and self._has_operator([account_key(account.name)])

    def _has_operator(self, keys: Sequence[str]) -> bool:
        """Whether one of some keys is that of an operator's account."""
        looks = [key.removeprefix("account ") for key in keys]  # others have a blank
        return not self._limits.operators.isdisjoint(looks)

    def grant(self, user: User, account: Account) -> None:
        """Make a person who also owns an operator's account an operator, until `gone`.

        It ends with the account's password, too.

        Raises ChatError if the account is no operator's.
        """
        if not self._has_operator([account_key(account.name)]):
            raise ChatError(f"{account.name} is no operator.")
        self._granted[user] = account, account.era

    def gone(self, user: User) -> None:
        """Take that back from somebody who has left, or wants to be none any longer."""
        self._granted.pop(user, None)

    def operators_here(self) -> int:
        """The number of operators here."""
        found = [self._accounts.like(look) for look in self._limits.operators]
        owners = [self._users.owner(each) for each in found if each is not None]
        granted = filter(self.is_granted, self._granted)
        return len({*granted, *filter(None, owners)})

    def role_of(self, room: NamedRoom, user: User) -> Role:
        """The role that somebody has, or would have, in a room."""
        if isinstance(user, Administrator):
            return Role.ADMINISTRATOR
        if self.is_granted(user):
            return Role.OPERATOR
        keys = [guest_key(user)]
        if user.account is not None:
            keys.append(account_key(user.account.name))
        return self._role(room, keys)

    def role_of_target(self, room: NamedRoom, target: Target | Act) -> Role:
        """The role of a target in a room, here or not."""
        if isinstance(target, Target) and target.user is not None:
            return self.role_of(room, target.user)
        return self._role(room, target.keys)

    def _role(self, room: NamedRoom, keys: Sequence[str]) -> Role:
        if self._has_operator(keys):
            return Role.OPERATOR
        if room.owner_key in keys:
            return Role.OWNER
        key = room.key
        if any(self._acts.against(key, "op", keys)):
            return Role.MODERATOR
        if any(self._acts.against(key, "moderated", [EVERYBODY])) and not any(
            self._acts.against(key, "voice", keys)
        ):
            return Role.VISITOR
        return Role.PARTICIPANT

    def has_marks(self, room: NamedRoom) -> bool:
        """Whether anybody may have been given a role in a room."""
        is_owned = bool(room.owner_account or room.owner)
        return is_owned or self._acts.has_any(room.key, "op", "voice")

    def marks(self, room: NamedRoom, user: User) -> tuple[Role, ...]:
        """The roles that somebody was given in a room, highest first.

        Ownership, moderator, and participant for voice.
        """
        keys = [guest_key(user)]
        if user.account is not None:
            keys.append(account_key(user.account.name))
        return self.marks_of(room, keys)

    def marks_of(self, room: NamedRoom, keys: Sequence[str]) -> tuple[Role, ...]:
        """The same, for a person with some keys."""
        is_owned = bool(room.owner_account or room.owner)
        marks = [Role.OWNER] if is_owned and room.owner_key in keys else []
        if any(self._acts.against(room.key, "op", keys)):
            marks.append(Role.MODERATOR)
        if any(self._acts.against(room.key, "voice", keys)):
            marks.append(Role.PARTICIPANT)
        return tuple(marks)

    def bans(self, room: NamedRoom) -> list[Act]:
        """The bans in force in a room, oldest first."""
        return self._acts.in_force(room.key, "ban")

    def in_force(self, room: NamedRoom, *kinds: str) -> list[Act]:
        """The acts of some kinds in force in a room, oldest first."""
        return self._acts.in_force(room.key, *kinds)

    def moderated(self, room: NamedRoom) -> list[Act]:
        """The acts in force that make a room moderated."""
        return self._acts.in_force(room.key, "moderated")

    def check(self, room: NamedRoom, user: User, act: str) -> Role:
        """Check that somebody may do an act in a room, and return their role."""
        role = self.role_of(room, user)
        if not may(role, act):
            if room is self._rooms.lobby:
                raise ChatError("That is for the operators of this server only.")
            who = "the owner and moderators" if may(Role.MODERATOR, act) else "the owner"
            owner = room.owner_name or "nobody"
            raise ChatError(f"That is for {who} of {room.name} only. Its owner is {owner}.")
        if role is Role.MODERATOR:
            self.check_ban(room, user)
        return role

    def check_rank(self, room: NamedRoom, rank: Role, kind: str, name: str, other: Role) -> None:
        """Check that a role may do an act against another role."""
        if not may(rank, kind, other, is_guest=not room.owner_account):
            where = "" if other is Role.OPERATOR else f" of {room.name}"
            raise ChatError(f"{name} is {other.title}{where}, whom {rank.title} cannot {kind}.")

    def restriction(
        self, room: NamedRoom, kind: str, keys: Sequence[str], user: User
    ) -> Act | None:
        """The act in force that restricts a person with these keys in a room.

        An act against an address spares people there whose role is safe from the actor's role.
        """
        act = self._hitting(room, kind, keys, user)
        if act is None or self._is_listed(room, "exempt", user, MUTED if kind == "mute" else ""):
            return None
        return act

    def _hitting(self, room: NamedRoom, kind: str, keys: Sequence[str], user: User) -> Act | None:
        """The same, whether the person is exempt or not."""
        for act in self._acts.against(room.key, kind, keys):
            if not is_address(act.keys[0]) or may(act.rank, kind, self.role_of(room, user)):
                return act
        for act in self._acts.against_mask(room.key, kind, self._full_name(user)):
            if may(act.rank, kind, self.role_of(room, user)):
                return act
        return None

    def _is_listed(self, room: NamedRoom, kind: str, user: User, before: str = "") -> bool:
        """Whether somebody is in a list of exceptions of a room: exempt or admit.

        before: a prefix that the list's masks may have, such as MUTED.
        """
        if not self._acts.has_any(room.key, kind):
            return False
        names = {f"{each}{self._full_name(user)}" for each in ("", before)}
        return any(self._acts.against(room.key, kind, keys_of(user))) or any(
            any(self._acts.against_mask(room.key, kind, name)) for name in names
        )

    def is_let_in(self, room: NamedRoom, user: User) -> bool:
        """Whether somebody may join an invite-only room without an invitation."""
        return self._is_listed(room, "admit", user)

    def _full_name(self, user: User) -> str:
        """The text that masks match: name!username@cloak."""
        cloak = self._cloaks.of(user.address)
        return f"{user.name}!{user.username or user.given_name}@{cloak}"

    def ban_of(self, room: NamedRoom, user: User) -> Act | None:
        """The act that bans somebody from a room."""
        return self.restriction(room, "ban", keys_of(user), user)

    def ban_notice(self, room: NamedRoom, user: User) -> str:
        """The notice for somebody banned from a room; empty for others."""
        act = self.ban_of(room, user)
        return self.notice(room, act) if act is not None else ""

    def check_ban(self, room: NamedRoom, user: User) -> None:
        """Check that somebody is not banned from a room."""
        act = self.ban_of(room, user)
        if act is not None:
            raise ChatError(self.notice(room, act))

    def check_address(self, address: str) -> None:
        """Check that an address may connect."""
        for act in self._acts.against(SERVER, "ban", [f"address {address}"]):
            self._journal.write("banned", address, act=act.id)
            raise Unwanted(self.notice(self._rooms.lobby, act))

    def check_account(self, name: str) -> None:
        """Check that an account's owner may log in."""
        account = self._accounts.find(name)
        if account is not None:
            for act in self._acts.against(SERVER, "ban", [account_key(account.name)]):
                self._journal.write("account banned", name=account.name, act=act.id)
                raise Unwanted(self.notice(self._rooms.lobby, act))

    def check_person(self, user: User) -> None:
        """Check that a person may return, by all of their keys."""
        act = self.ban_of(self._rooms.lobby, user)
        if act is not None:
            self._journal.write("account banned", name=user.name, act=act.id)
            raise Unwanted(self.notice(self._rooms.lobby, act))

    def check_mute(self, room: NamedRoom, user: User) -> None:
        """Check that somebody is not muted in a room, nor everywhere."""
        lobby = self._rooms.lobby
        keys = keys_of(user)
        everywhere = self._rooms.is_restricted and room is not lobby
        for where in (room, lobby) if everywhere else (room,):
            act = self.restriction(where, "mute", keys, user)
            if act is not None and not self._speaks_on(room, user, act):
                raise ChatError(self.notice(where, act))

    def check_voice(self, room: NamedRoom, user: User) -> None:
        """Check that somebody may speak in a room."""
        self.check_mute(room, user)
        is_kept_off = ACCOUNTS_ONLY in room.flags and user.account is None
        if is_kept_off and not (self.marks(room, user) or self.is_operator(user)):
            raise ChatError(f"{room.name} is for those who have logged in.")
        is_moderated = any(self._acts.against(room.key, "moderated", [EVERYBODY]))
        if is_moderated and self._role(room, keys_of(user)) is Role.VISITOR:
            helpers = ", ".join(self._helpers(room)) or "nobody who is here"
            raise ChatError(
                f"{room.name} is moderated, and you have no voice there."
                f" People who can give it to you: {helpers}."
            )

    def _speaks_on(self, room: NamedRoom, user: User, act: Act) -> bool:
        """Whether somebody was given voice, which overrides a mute of a mask."""
        return is_mask(act.keys[0]) and Role.PARTICIPANT in self.marks(room, user)

    def check_words(self, user: User, hearer: User | None = None) -> None:
        """Check that somebody's words may reach people outside rooms.

        hearer: the only person they reach, who may refuse guests. A muted person can still write to
            operators, and answer the last direct message; a guest can answer it, too.
        """
        if hearer is not None:
            self.check_guest(user, hearer)
        if not self._rooms.is_restricted:
            return
        act = self.restriction(self._rooms.lobby, "mute", keys_of(user), user)
        if act is None:
            return
        if hearer is None or not (self.is_operator(hearer) or hearer is user.heard_from):
            raise ChatError(self.notice(self._rooms.lobby, act))

    def check_guest(self, user: User, hearer: User) -> None:
        """Check that a person who writes to, or invites, another is not a guest refused there."""
        if not hearer.refuses_guests or hearer in (user, user.heard_from):
            return
        if user.account is None and not self.is_operator(user):
            raise GuestsRefused(hearer.name)

    def _helpers(self, room: NamedRoom) -> list[str]:
        """The names of some moderators of a room."""
        if room is self._rooms.lobby:
            return ["an operator of this server"]
        names = [room.owner_name]
        for act in self._acts.in_force(room.key, "op"):
            user = self._users.get(act.name)
            if user is not None and hits(act.keys, keys_of(user)):
                names.append(user.name)
        return list(filter(None, names))[:MOST_HELPERS]

    def refresh_flags(self, room: NamedRoom) -> None:
        """Note in a room whether each line needs a check of the right to speak."""
        acts = self._acts.in_force(room.key, "mute", "moderated")
        room.is_restricted = bool(acts)
        if room is self._rooms.lobby:
            self._rooms.is_restricted = any(act.kind == "mute" for act in acts)

    def notice(self, room: NamedRoom, act: Act) -> str:
        """The notice of an act to its target, with what to do."""
        name = "" if room is self._rooms.lobby else room.name
        return act.notice(name, room.owner_name, self._clock)
