"""The errors that people are told; anything else is a bug."""

from __future__ import annotations

SHOWN = 40  # characters of a wrong word that an error repeats


class ChatError(Exception):
    """A request was refused; the text is what the person reads.

    code: the error for programs.
    """

    code = "refused"


class NoSuchUser(ChatError):
    """Nobody of that name is connected."""

    code = "no-such-user"

    def __init__(self, name: str) -> None:
        super().__init__(f'User "{name[:SHOWN]}" is not connected to the server.')


class GuestsRefused(ChatError):
    """The person takes direct messages only from people who have logged in."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} takes direct messages only from those who have logged in.")
        self.name = name


class NoSuchRoom(ChatError):
    """There is no room of that name, or none that the person may know of."""

    code = "no-such-room"

    def __init__(self, name: str) -> None:
        super().__init__(f'There is no room "{name[:SHOWN]}". See /rooms.')


class Full(ChatError):
    """The server is full."""

    code = "full"

    def __init__(self) -> None:
        super().__init__("The server is full.")


class Crowded(ChatError):
    """An address has too many connections."""

    code = "crowded"

    def __init__(self) -> None:
        super().__init__("Too many connections from your address.")


class ComingTooFast(ChatError):
    """Too many connections came from an address lately."""

    code = "crowded"

    def __init__(self) -> None:
        super().__init__(
            "Too many connections have come from your address just now. Try again in a moment."
        )


class Unwanted(ChatError):
    """Somebody is banned from the server; the text says by whom."""

    code = "banned"


class Closing(ChatError):
    """The server is shutting down, and lets nobody in."""

    def __init__(self) -> None:
        super().__init__("The server is shutting down.")


class Misused(ChatError):
    """A command does not exist, or is written in a wrong way.

    field: the wrong field, for programs; empty for the whole.
    """

    code = "misused"

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class Unsaid(Misused):
    """A line was not said, as it is a mistyped command.

    command: the one that it looks like, with its slash.
    """

    def __init__(self, command: str) -> None:
        super().__init__(
            f"That was not said: it looks like {command}. To say it as it is, type /here before it."
        )
        self.command = command


class Unkept(ChatError):
    """The store has failed."""

    code = "not-kept"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"That cannot be done now, as {error}.")


class InternalError(ChatError):
    """A bug in the server.

    report: the word under which the log has it.
    """

    code = "mistake"

    def __init__(self, report: str) -> None:
        super().__init__(
            "Something went wrong at the server. What you typed was not done."
            f" If you report it, mention {report}."
        )
