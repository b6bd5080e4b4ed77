"""Standing: what people are in a room, and what they are kept from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatsvc.chat.moderation.act import SERVER, Act
from chatsvc.chat.moderation.powers import may
from chatsvc.chat.moderation.targets import EVERYBODY, Target, hits, is_address
from chatsvc.chat.people.keys import account_key, guest_key, keys_of
from chatsvc.chat.rooms.roles import Role
from chatsvc.errors import SHOWN, ChatError, Unwanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.moderation.acts import Acts
    from chatsvc.chat.people.cloaks import Cloaks
    from chatsvc.chat.people.user import User
    from chatsvc.chat.people.users import Users
    from chatsvc.chat.rooms.room import NamedRoom
    from chatsvc.chat.rooms.rooms import Rooms
    from chatsvc.clock import Clock
    from chatsvc.journal import Journal

MOST_HELPERS = 3  # people whom somebody is told to ask


class Standing:
    """Knows everybody's role, and who is banned or muted.

    All that is called check raises ChatError, whose text tells why, until when and whom to ask.
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
        operators: frozenset[str],
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._accounts = accounts
        self._users = users
        self._cloaks = cloaks
        self._rooms = rooms
        self._acts = acts
        self._operators = {f"account {look}" for look in operators}
        self._granted: set[User] = set()  # who are here, and have shown to be operators

    def is_operator(self, user: User) -> bool:
        """Whether somebody may do everything everywhere."""
        account = user.account
        is_own = account is not None and account_key(account.name) in self._operators
        return is_own or user in self._granted

    def grant(self, user: User, name: str) -> None:
        """Let somebody who is the owner of an operator's account, too, be one until they go.

        name: of that account.

        Raises ChatError when it is no operator's.
        """
        if account_key(name) not in self._operators:
            raise ChatError(f"{name[:SHOWN]} is no operator.")
        self._granted.add(user)

    def gone(self, user: User) -> None:
        """Somebody has left."""
        self._granted.discard(user)

    def operators_here(self) -> int:
        """How many operators are here."""
        looks = [key.partition(" ")[2] for key in self._operators]
        found = [self._accounts.like(look) for look in looks]
        owners = [self._users.owner(each) for each in found if each is not None]
        return len(self._granted.union(filter(None, owners)))

    def role_of(self, room: NamedRoom, user: User) -> Role:
        """What somebody is in a room, or would be there."""
        if user in self._granted:
            return Role.OPERATOR
        keys = [guest_key(user)]
        if user.account is not None:
            keys.append(account_key(user.account.name))
        return self._role(room, keys)

    def role_of_target(self, room: NamedRoom, target: Target | Act) -> Role:
        """What somebody is in a room, here or not, who is hit by some keys."""
        if isinstance(target, Target) and target.user is not None:
            return self.role_of(room, target.user)
        return self._role(room, target.keys)

    def _role(self, room: NamedRoom, keys: Sequence[str]) -> Role:
        if not self._operators.isdisjoint(keys):
            return Role.OPERATOR
        if room.owner_key in keys:
            return Role.OWNER
        place = room.place
        if any(self._acts.against(place, "op", keys)):
            return Role.MODERATOR
        if any(self._acts.against(place, "moderated", [EVERYBODY])) and not any(
            self._acts.against(place, "voice", keys)
        ):
            return Role.VISITOR
        return Role.PARTICIPANT

    def marks(self, room: NamedRoom, user: User) -> tuple[Role, ...]:
        """What somebody has been made in a room, the highest first.

        The owner, a moderator, or a participant: whoever was given voice.
        """
        is_owned = bool(room.owner_account or room.owner)
        if not (is_owned or self._acts.has_any(room.place, "op", "voice")):
            return ()
        keys = [guest_key(user)]
        if user.account is not None:
            keys.append(account_key(user.account.name))
        marks = [Role.OWNER] if is_owned and room.owner_key in keys else []
        if any(self._acts.against(room.place, "op", keys)):
            marks.append(Role.MODERATOR)
        if any(self._acts.against(room.place, "voice", keys)):
            marks.append(Role.PARTICIPANT)
        return tuple(marks)

    def bans(self, room: NamedRoom) -> list[Act]:
        """The acts in force by which somebody is banned from a room, oldest first."""
        return self._acts.in_force(room.place, "ban")

    def moderated(self, room: NamedRoom) -> list[Act]:
        """The acts in force by which only those with voice speak in a room."""
        return self._acts.in_force(room.place, "moderated")

    def check(self, room: NamedRoom, user: User, act: str) -> Role:
        """See whether somebody may do an act in a room, against anybody at all; and as what."""
        role = self.role_of(room, user)
        if not may(role, act):
            if room is self._rooms.lobby:
                raise ChatError("That is for the operators of this server only.")
            who = "the owner and moderators" if may(Role.MODERATOR, act) else "the owner"
            owner = room.owner_name or "nobody"
            raise ChatError(f"That is for {who} of {room.name} only. Its owner is {owner}.")
        return role

    def check_rank(self, room: NamedRoom, rank: Role, kind: str, name: str, other: Role) -> None:
        """See whether somebody of a rank may do an act against another."""
        if not may(rank, kind, other):
            where = "" if other is Role.OPERATOR else f" of {room.name}"
            raise ChatError(f"{name} is {other.title}{where}, whom {rank.title} cannot {kind}.")

    def restriction(
        self, room: NamedRoom, kind: str, keys: Sequence[str], user: User
    ) -> Act | None:
        """The act in force that keeps somebody, who has these keys, from something in a room.

        What hits an address does not hit those in it against whom it could not have been done.
        """
        for act in self._acts.against(room.place, kind, keys):
            if not is_address(act.keys[0]) or may(act.rank, kind, self.role_of(room, user)):
                return act
        for act in self._acts.against_mask(room.place, kind, self._full_name(user)):
            if may(act.rank, kind, self.role_of(room, user)):
                return act
        return None

    def _full_name(self, user: User) -> str:
        """What masks are compared with."""
        cloak = self._cloaks.of(user.address)
        return f"{user.name}!{user.username or user.given_name}@{cloak}"

    def ban_of(self, room: NamedRoom, user: User) -> Act | None:
        """The act by which somebody is banned from a room."""
        return self.restriction(room, "ban", keys_of(user), user)

    def ban_told(self, room: NamedRoom, user: User) -> str:
        """What somebody is told who is banned from a room; empty for others."""
        act = self.ban_of(room, user)
        return self.told(room, act) if act is not None else ""

    def check_ban(self, room: NamedRoom, user: User) -> None:
        """See whether somebody may join a room."""
        act = self.ban_of(room, user)
        if act is not None:
            raise ChatError(self.told(room, act))

    def check_address(self, address: str) -> None:
        """See whether somebody may connect from an address."""
        for act in self._acts.against(SERVER, "ban", [f"address {address}"]):
            self._journal.write("banned", address, act=act.id)
            raise Unwanted(self.told(self._rooms.lobby, act))

    def check_account(self, name: str) -> None:
        """See whether the owner of an account may log in."""
        account = self._accounts.find(name)
        if account is not None:
            for act in self._acts.against(SERVER, "ban", [account_key(account.name)]):
                self._journal.write("account banned", name=account.name, act=act.id)
                raise Unwanted(self.told(self._rooms.lobby, act))

    def check_person(self, user: User) -> None:
        """See whether somebody may be here who was before, by whatever hits that person."""
        act = self.ban_of(self._rooms.lobby, user)
        if act is not None:
            self._journal.write("account banned", name=user.name, act=act.id)
            raise Unwanted(self.told(self._rooms.lobby, act))

    def check_voice(self, room: NamedRoom, user: User) -> None:
        """See whether somebody may speak in a room."""
        lobby = self._rooms.lobby
        keys = keys_of(user)
        everywhere = self._rooms.is_restricted and room is not lobby
        for where in (room, lobby) if everywhere else (room,):
            act = self.restriction(where, "mute", keys, user)
            if act is not None:
                raise ChatError(self.told(where, act))
        is_moderated = any(self._acts.against(room.place, "moderated", [EVERYBODY]))
        if is_moderated and self._role(room, keys) is Role.VISITOR:
            helpers = ", ".join(self._helpers(room)) or "nobody who is here"
            raise ChatError(
                f"{room.name} is moderated, and you have no voice there."
                f" Who can give it to you: {helpers}."
            )

    def check_words(self, user: User, hearer: User | None = None) -> None:
        """See whether somebody's words may reach others who are not in a room with them.

        hearer: the only one whom they reach. Who is muted can still write to operators, and answer
            whoever has written last.
        """
        if not self._rooms.is_restricted:
            return
        act = self.restriction(self._rooms.lobby, "mute", keys_of(user), user)
        if act is None:
            return
        if hearer is None or not (self.is_operator(hearer) or hearer is user.heard_from):
            raise ChatError(self.told(self._rooms.lobby, act))

    def _helpers(self, room: NamedRoom) -> list[str]:
        """The names of some who keep order in a room."""
        if room is self._rooms.lobby:
            return ["an operator of this server"]
        names = [room.owner_name]
        for act in self._acts.in_force(room.place, "op"):
            user = self._users.get(act.name)
            if user is not None and hits(act.keys, keys_of(user)):
                names.append(user.name)
        return list(filter(None, names))[:MOST_HELPERS]

    def refresh_flags(self, room: NamedRoom) -> None:
        """Note in a room whether anybody's right to speak is to be looked at with each line."""
        acts = self._acts.in_force(room.place, "mute", "moderated")
        room.is_restricted = bool(acts)
        if room is self._rooms.lobby:
            self._rooms.is_restricted = any(act.kind == "mute" for act in acts)

    def told(self, room: NamedRoom, act: Act) -> str:
        """What an act is to whom it hits, and what to do."""
        name = "" if room is self._rooms.lobby else room.name
        return act.told(name, room.owner_name, self._clock)
