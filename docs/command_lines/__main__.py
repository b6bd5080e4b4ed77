"""Makes the man pages, and the completion of command lines in bash, zsh and fish.

Run `python docs/command_lines` after a change of options, here or for another folder than contrib.
"""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

# Folders as they are unless somebody wants others.
os.environ.pop("XDG_CONFIG_HOME", None)

import bash
import fish
import man
import zsh
from program import Command, Option, Program, read

import chatsvc
from chatsvc.admin.console import line
from chatsvc.client.settings import command_line
from chatsvc.settings.kinds import FLAG
from chatsvc.settings.setting import PREFIX
from chatsvc.settings.table import SETTINGS


def client() -> Program:
    """The client."""
    return Program("chatsvc", 1, "talk to a chat server", tuple(read(command_line.parser())), {
        "FILES": (
            "~/.config/chatsvc/client.toml\tthe settings, with the names of options as keys",
        ),
        "SEE ALSO": ("chatsvc-server(8), chatsvc-admin(1)",),
    })  # fmt: skip


def admin() -> Program:
    """The administrator's program."""
    purpose = "administer a running chat server"
    return Program("chatsvc-admin", 1, purpose, tuple(read(line.parser())), {
        "ENVIRONMENT": ("CHATSVC_ADMIN\tthe path of the server's socket",),
        "SEE ALSO": ("chatsvc-server(8), chatsvc(1)",),
    })  # fmt: skip


def server() -> Program:
    """The server."""
    options = []
    for each in SETTINGS:
        names = (f"-{each.short}", f"--{each.name}") if each.short else (f"--{each.name}",)
        text = each.help + (f" (default: {each.default})" if each.default else "")
        form = "" if each.kind is FLAG else each.kind.form
        options.append(Option(names, form, text, _choices(form), each.more))
    options += [
        Option(("--config",), "FILE", "settings that are not given here"),
        Option(("--help",), "", "explain the options, and exit"),
        Option(("--version",), "", "print the version, and exit"),
    ]
    about = (
        "A chat server that people reach with a browser, netcat, telnet, IRC clients and"
        " chatsvc(1), all on one port. It stays in the foreground and logs to standard output."
        '\n\nWhere twistd(1) is installed, "twistd -n chatsvc" is the same, and "twistd chatsvc"'
        ' makes it a daemon; options of twistd go before "chatsvc", those below behind it.'
    )
    return Program("chatsvc-server", 8, "serve a chat", (
        Command((), about, tuple(options), (), {}),
    ), {
        "ENVIRONMENT": (
            f"{PREFIX}NAME\tthe value of the option --name, if it is neither given nor in the file"
            " of --config; with _ for -",
        ),
        "FILES": (
            "chatsvc.toml\tsettings, beside the store, unless --config says otherwise\n"
            "chatsvc.sqlite\tthe store, in the working directory, unless --store says otherwise",
        ),
        "SIGNALS": (
            "SIGTERM, SIGINT\ttell everybody, deliver what was said, and end within five seconds\n"
            "SIGHUP\treload what can change while the server runs, such as the certificate",
        ),
        "EXIT STATUS": ("0 after a signal, 1 if the server cannot start.",),
        "SEE ALSO": ("chatsvc-admin(1), chatsvc(1), twistd(1)",),
    })  # fmt: skip


def _choices(form: str) -> tuple[str, ...]:
    """The values in a form such as on|off, if these are all in lower case."""
    found = tuple(form.replace(",", "|").split("|"))
    return found if len(found) > 1 and form.islower() else ()


def write(folder: Path) -> None:
    """Write all files."""
    version = f"chatsvc {chatsvc.__version__}"
    for each in (admin(), client(), server()):
        files = {
            f"completion/{each.name}.bash": bash.completion(each),
            f"completion/_{each.name}": zsh.completion(each),
            f"completion/{each.name}.fish": fish.completion(each),
        }
        page = folder / "man" / f"{each.name}.{each.section}"
        old = page.read_text("utf-8") if page.exists() else ""
        date = old.partition("\n")[0].split(" ")[3:4]  # stays, if nothing else changes
        if not date or man.page(each, version, date[0]) != old:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            files[f"man/{page.name}"] = man.page(each, version, today)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2] / "contrib"))
