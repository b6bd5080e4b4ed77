"""The password for the login: from a file, the system's keyring, or the terminal."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from chatsvc.client.settings.values import Wrong

if TYPE_CHECKING:
    from chatsvc.client.settings.values import Settings


def password(settings: Settings) -> str:
    """The password for `settings.login`, which is asked for if need be. Raises Wrong."""
    found = kept_password(settings)
    if found is None and not sys.stdin.isatty():
        raise Wrong("there is no terminal to ask for the password on: use --password-file")
    return getpass(question(settings)) if found is None else found


def question(settings: Settings) -> str:
    """The question for the password."""
    at = f" at {settings.server}" if settings.server else ""
    return f"Password of {settings.login}{at}: "


def kept_password(settings: Settings) -> str | None:
    """The password in the file or the keyring; None if it is not there. Raises Wrong."""
    if settings.password_file:
        try:
            text = Path(settings.password_file).expanduser().read_text("utf-8-sig")
        except UnicodeError:
            raise Wrong(f"{settings.password_file}: it is not text in UTF-8") from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise Wrong(f"{settings.password_file}: {why}") from None
        first = text.split("\n")[0]
        if not first:
            raise Wrong(f"{settings.password_file}: its first line is empty")
        return first
    return _from_keyring(settings)


def _from_keyring(settings: Settings) -> str | None:
    """The password in the system's keyring; None without the package, or without an answer."""
    try:
        import keyring

        found: str | None = keyring.get_password(
            f"chatsvc:{settings.host}:{settings.port}", settings.login
        )
    except Exception:  # it fails in many ways, and is only a convenience
        return None
    return found
