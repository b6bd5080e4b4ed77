"""Prints docs/configuration.md from the table of settings; with --example, contrib/chatsvc.toml."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatsvc.settings import rooms
from chatsvc.settings.kinds import FLAG, SWITCH
from chatsvc.settings.setting import Setting
from chatsvc.settings.table import SECTIONS, SETTINGS

_HEAD = """# Configuration

All settings of a server, made from the table that the server itself reads. Each can be

- an option: `twistd -n chatsvc --backlog 50`;
- in a file, `chatsvc.toml` beside the store, or where `--config FILE` or `CHATSVC_CONFIG` says;
- in the environment: `CHATSVC_BACKLOG=50`.

An option wins over the file, the file over the environment, and that over the default. A list comes
from one of these as a whole. Relative paths start from the folder in which the server runs
(`--rundir`, systemd's `WorkingDirectory`).

The file is [TOML](https://toml.io/en/v1.0.0), in UTF-8, of at most 64 KiB: texts are in quotes,
numbers are not, on and off are `true` and `false`, and lists are `["a", "b"]`. In the environment,
and in options that are not repeatable, commas separate the values of a list.
[contrib/chatsvc.toml](../contrib/chatsvc.toml) has every setting with its default.

A wrong file keeps the server from starting: it prints a line for each mistake, with its place and
what is allowed. `chatsvc-admin check FILE` tries a file without a server, and `chatsvc-admin
config` shows the values in force, and where each comes from.

SIGHUP, `/rehash` and IRC's `REHASH` reread the file, and the motd and the certificate with it.
Changes to settings marked with * take effect at once; for any other change, the server says that it
needs a restart. If the file is wrong, everything stays as it was, and the server says why.
"""

_ROOMS = """## [rooms."#name"]

A room with such a table always exists, even while nobody is in it; there are at most {most}. Nobody
owns it, unless it had an owner before, or an operator gives it away with `/owner`. The file's
values apply at each start, and each time the file is read; in between, people may change them.
Settings that the file leaves out are up to people. Without its table, a room ends like
any other.

    [rooms."#ops"]
    topic = "What went wrong, and why"
    keep = "365d"

All of this takes effect when the file is reread.
"""

_EXAMPLE = """\
# The settings of chatsvc, with their defaults. Put this file beside the store, or name it with
# --config, and remove the # from the settings that you change. Options win over the file, and the
# file over the environment. chatsvc-admin check FILE tries it; SIGHUP makes the server reread it.
# See docs/configuration.md.
"""

_EXAMPLE_ROOM = """# A room that always exists. There can be several.
#[rooms."#ops"]
"""


def reference() -> str:
    """The page."""
    parts = [_HEAD]
    for name, about in SECTIONS.items():
        parts += [f"## [{name}]\n\n{about}\n", _table(_of(name))]
    parts += [_ROOMS.format(most=rooms.MOST), _table(rooms.SETTINGS, is_room=True)]
    return "\n".join(parts)


def _table(settings: Sequence[Setting], is_room: bool = False) -> str:
    lines = ["| setting | takes | default | about |", "|---|---|---|---|"]
    for each in settings:
        mark = "*" if each.is_live else ""
        default = f"`{toml(each, each.default)}`" if each.default else ""
        takes = each.kind.allowed if each.kind is not FLAG else "on or off; as an option, alone"
        about = f"{_sentence(each)} {each.more}".rstrip()
        cells = (
            [f"`{each.name}`{mark}", takes, about]
            if is_room
            else [f"`{each.name}`{mark}", takes, default, about]
        )
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    if is_room:
        lines[:2] = ["| setting | takes | about |", "|---|---|---|"]
    return "\n".join(lines) + "\n"


def example() -> str:
    """The file."""
    lines = [_EXAMPLE]
    for name, about in SECTIONS.items():
        lines += [f"# {about}", f"[{name}]", ""]
        for each in _of(name):
            lines += [*_explained(each), ""]
    lines.append(_EXAMPLE_ROOM)
    for each in rooms.SETTINGS:
        lines += [*_explained(each), ""]
    return "\n".join(lines).rstrip() + "\n"


def _explained(each: Setting) -> Iterator[str]:
    text = f"{_sentence(each)} {each.more}".rstrip()
    allowed = each.kind.allowed
    for line in textwrap.wrap(f"{text} {allowed[0].upper()}{allowed[1:]}.", 96):
        yield f"# {line}"
    if each.default:
        yield f"#{each.name} = {toml(each, each.default)}"
    else:
        yield f"# Such as: {each.name} = {toml(each, each.example)}"


def _of(section: str) -> list[Setting]:
    return [each for each in SETTINGS if each.section == section]


def _sentence(each: Setting) -> str:
    text = each.help.removesuffix("; repeatable")
    return f"{text[0].upper()}{text[1:]}."


def toml(setting: Setting, text: str) -> str:
    """A value in TOML."""
    if setting.kind.is_list:
        return json.dumps(text.split(","))
    if setting.kind.takes_numbers and text.isdecimal():
        return text
    if setting.kind in (FLAG, SWITCH):
        return "true" if text == "on" else "false"
    return json.dumps(text)


if __name__ == "__main__":
    print(example() if "--example" in sys.argv else reference(), end="")
