"""Help."""

from __future__ import annotations

from chatsvc.chat.sessions import Session
from chatsvc.command import command, commands, find

WIDTH = 28  # characters of a command's syntax, behind which its help is in line with the others'


@command("help", is_outside=True)
def explain(session: Session, command: str = "") -> None:
    """List all commands, or explain one."""
    if command:
        found = find(command)
        session.tell(found.syntax)
        for paragraph in found.help:
            session.tell(f"  {paragraph}")
        if len(found.names) > 1:
            session.tell(f"  Also known as /{', /'.join(found.names[1:])}.")
        return
    known = {each for each in commands().values() if each.who != "programs"}
    listed = sorted(known, key=lambda each: each.syntax)
    width = max(len(each.syntax) for each in listed if len(each.syntax) <= WIDTH)
    for each in listed:
        session.tell(f"{each.syntax.ljust(width)}  {each.help[0]}")
    session.tell("A line without a slash is said where you spoke last. // says a slash.")
