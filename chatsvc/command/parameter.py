"""The parameters of commands: their kinds, syntax and checks."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import NewType, get_args

from chatsvc.errors import SHOWN, Misused
from chatsvc.text.names import SERVER
from chatsvc.text.safe import shows, unquote

Message = NewType("Message", str)  # a message: not empty, without its outer quotes
RoomName = NewType("RoomName", str)  # begins with #, which tells it apart if it is optional
RoomOrPerson = NewType("RoomOrPerson", str)  # a RoomName, or a person after an @
RoomFirst = NewType(
    "RoomFirst", str
)  # a RoomName that may be left out though something has to follow
Scope = NewType("Scope", str)  # a RoomFirst; or "server", for the whole server
Secret = NewType("Secret", str)  # a password or a key: clients neither show nor keep it
NO_SECRET = Secret("")  # in place of a missing one
HERE = RoomName("")  # in place of a missing one: the room spoken in last
HERE_ALONE = RoomOrPerson("")  # in place of a missing one: that room, or the person of this window
# By name, for names that are no nouns in the singular: the beginning of a sentence.
_SUBJECTS = {
    "words": "The words are",
    "new": "The new one is",
    **dict.fromkeys(("more", "until", "what"), "The argument is"),
}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a command: a word; the last one takes the rest of the line.

    Only the last one, and rooms, may be optional.

    field: its name for programs; that of a message is always `text`.
    syntax: in the help: username, "message", #room, on|off or [command].
    choices: the words allowed; empty for any.
    optional: whether it may be left out.
    is_room: whether it is the name of a room.
    is_scope: whether it can also be "server".
    is_room_or_person: whether it can also be a person after an @.
    is_message: whether it is a message.
    is_secret: whether it is a password or a key, which clients neither show nor keep.
    """

    name: str
    field: str
    syntax: str
    choices: tuple[str, ...]
    optional: bool
    is_room: bool
    is_scope: bool
    is_room_or_person: bool
    is_message: bool
    is_secret: bool

    @classmethod
    def described(cls, parameter: inspect.Parameter, kind: object) -> Parameter:
        """The parameter of a function's parameter.

        kind: its annotation: str, Message, RoomName, RoomOrPerson, RoomFirst, Scope or Secret; or a
            Literal of the words allowed.
        """
        optional = parameter.default is not parameter.empty or kind in (RoomFirst, Scope)
        choices = tuple([each for each in get_args(kind) if each])
        syntax = "|".join(choices) or parameter.name
        is_message = kind is Message
        field = "text" if is_message else parameter.name
        if is_message:
            syntax = f'"{syntax}"'
        is_scope = kind is Scope
        is_room_or_person = kind is RoomOrPerson
        is_room = is_scope or kind in (RoomName, RoomOrPerson, RoomFirst)
        if is_room:
            syntax = f"#{syntax}" + f"|{SERVER}" * is_scope + "|@name" * is_room_or_person
        if optional:
            syntax = f"[{syntax}]"
        is_secret = kind is Secret
        return cls(
            *(parameter.name, field, syntax, choices, optional),
            *(is_room, is_scope, is_room_or_person, is_message, is_secret),
        )

    def names_room(self, word: str) -> bool:
        """Whether a word names a room, or what may take the place of one."""
        if self.is_room_or_person and word[:1] == "@":
            return True
        return word[:1] == "#" or (self.is_scope and word.casefold() == SERVER)

    def parse(self, text: str) -> str:
        """The argument that a text is. Raises Misused, which says what is wrong."""
        argument = text
        if text[:1] == '"':
            # Mostly without blanks around it, which saves a call for each line that is said.
            argument = text[1:-1] if text[-1] == '"' and len(text) > 1 else unquote(text)
        if self.is_message and " " < argument[:1] < "\x7f":
            return argument
        return self.check(argument, text)

    def check(self, argument: str, text: str) -> str:
        """The argument, checked. Raises Misused, which says what is wrong.

        text: as it was typed.
        """
        if not " " < argument[:1] < "\x7f":
            self._check_that_something_shows(argument, text)
        if self.is_room and argument[:1] != "#" and not self.names_room(argument):
            room = argument[:SHOWN]
            raise Misused(f"The name of a room begins with a #, like #{room}.", self.field)
        if self.choices:
            argument = argument.casefold()
            if argument not in self.choices:
                choices = " or ".join(self.choices)
                raise Misused(f'"{argument[:SHOWN]}" is not {choices}.', self.field)
        return argument

    def _check_that_something_shows(self, argument: str, text: str) -> None:
        if not shows(argument):
            subject = _SUBJECTS.get(self.name, f"The {self.name} is")
            if self.choices:
                subject = f"{' or '.join(self.choices)} is"
            raise Misused(f"{subject} {'empty' if text else 'missing'}.", self.field)
