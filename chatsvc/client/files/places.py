"""The default places of the client's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def usual_file() -> Path | None:
    """The default path of the settings; None if the platform's folders are unknown."""
    try:
        from platformdirs import user_config_path
    except ImportError:
        return None
    return user_config_path("chatsvc") / "client.toml"


def state_file(name: str) -> Path | None:
    """The path of a state file; None if the platform's folders are unknown."""
    try:
        from platformdirs import user_state_path
    except ImportError:
        return None
    return user_state_path("chatsvc") / name
