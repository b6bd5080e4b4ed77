"""The commands that the client runs itself, and the name of the command in a typed line."""

from __future__ import annotations

from chatsvc.command.command import commands

# How each is used, and what it does.
OWN = {
    "alias": "/alias [name] [text]  Show or make an alias; $1 and $* are what follows it.",
    "bind": "/bind [action] [keys]  Show or set the keys of an action; none for no key.",
    "close": "/close [name]  Close a window, and leave its room.",
    "connect": "/connect [name]  Talk to one more server of the settings, or list them.",
    "disconnect": "/disconnect [name]  Leave a server, and close its windows.",
    "keys": "/keys  List the keys.",
    "mentions": "/mentions  List mentions of you and direct messages since you came, and go there.",
    "notify": "/notify [#room] [all|mentions|none]  Show or set what you are told of.",
    "presence": "/presence [smart|all|none]  Show or set which comings and goings are shown here.",
    "query": "/query name [message]  Go to the window of a person, and say something there.",
    "set": "/set [name] [value]  Show or change settings.",
    "unalias": "/unalias name  Delete an alias.",
    "unbind": "/unbind action  Reset an action to its default keys.",
    "unset": "/unset name  Reset a setting to its default.",
    "window": "/window name  Go to a window, by name or number.",
}


def called(line: str) -> str:
    """The name of the command with which a line begins, in lower case; empty for none."""
    return line[1:].split(None, 1)[0].casefold() if line[:1] == "/" and line[1:].strip() else ""


def is_command(name: str) -> bool:
    """Whether there is a command of that name, here or on the server."""
    return name in OWN or name in commands()
