"""What can go wrong in ways that people are told about; anything else is a bug."""

from __future__ import annotations

SHOWN = 40  # characters of a wrong word that are repeated to whoever wrote it


class ChatError(Exception):
    """Something that a person asked for cannot be had; the text is what that person reads.

    code: what programs know it by; without regard to its text.
    """

    code = "refused"


class NoSuchUser(ChatError):
    """Nobody of that name is connected."""

    code = "no-such-user"

    def __init__(self, name: str) -> None:
        super().__init__(f'User "{name[:SHOWN]}" is not connected to the server.')


class NoSuchRoom(ChatError):
    """There is no room of that name, or none that may be known of."""

    code = "no-such-room"

    def __init__(self, name: str) -> None:
        super().__init__(f'There is no room "{name[:SHOWN]}". See /rooms.')


class Full(ChatError):
    """As many people are connected as may be."""

    code = "full"

    def __init__(self) -> None:
        super().__init__("The server is full.")


class Crowded(ChatError):
    """As many connections come from one address as may."""

    code = "crowded"

    def __init__(self) -> None:
        super().__init__("Too many connections from your address.")


class Rushed(ChatError):
    """More connections have come from one address of late than may."""

    code = "crowded"

    def __init__(self) -> None:
        super().__init__(
            "Too many connections have come from your address just now. Try again in a moment."
        )


class Unwanted(ChatError):
    """Somebody is banned from the server; the text says by whom."""

    code = "banned"


class Closing(ChatError):
    """The server is on its way down and takes nobody in."""

    def __init__(self) -> None:
        super().__init__("The server is shutting down.")


class Misused(ChatError):
    """A command that does not exist, or was written in a way that cannot be understood.

    field: what of it is wrong, for programs; empty if that is the whole.
    """

    code = "misused"

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class Unsaid(Misused):
    """A line that was not said, as it is nearly a command.

    command: that which it looks like, with its slash.
    """

    def __init__(self, command: str) -> None:
        super().__init__(
            f"That was not said: it looks like {command}. To say it as it is, type /here before it."
        )
        self.command = command


class Unkept(ChatError):
    """The store could not do what was needed for it."""

    code = "not-kept"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"That cannot be done now, as {error}.")


class Mistaken(ChatError):
    """A mistake of ours has kept it from being done."""

    code = "mistake"

    def __init__(self) -> None:
        super().__init__("Something went wrong at the server. What you typed was not done.")
