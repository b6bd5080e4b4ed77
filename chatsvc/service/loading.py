"""Loading: the motd, the certificate and the store that the settings name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from chatsvc.service import ports
from chatsvc.service.interfaces import own_addresses
from chatsvc.settings.table import DOORS, SELF_SIGNED, own_certificate
from chatsvc.stores.memory import MemoryStore
from chatsvc.text.safe import clean
from chatsvc.tls import self_signed
from chatsvc.tls.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from chatsvc.chat.limits import Limits
    from chatsvc.settings.gathering import Gathered
    from chatsvc.settings.kinds import Place
    from chatsvc.store import Store

MOTD_LENGTH = 16 * 1024  # characters


def load(gathered: Gathered, path: Callable[[str], Path], makes: bool = True) -> dict[str, Any]:
    """The values of all settings, with the files that they name; adds any more mistakes.

    path: returns the absolute path of a file.
    makes: whether this is for a server that starts: a self-signed certificate is made if need be,
        and sockets from systemd have to be there.
    """
    values = gathered.values()
    values["rooms"] = gathered.rooms

    def loaded(name: str, load: Callable[[Any], object]) -> None:
        if values[name] is not None:
            try:
                values[name] = load(values[name])
            except ValueError as error:
                gathered.refuse(name, str(error))

    loaded("motd", lambda text: motd(text, path))
    for name in ("listen", "metrics", *DOORS):
        loaded(name, partial(_checked, is_there=makes))
    loaded("acme-webroot", lambda text: _folder(path(text)))
    if values["certificate"] != SELF_SIGNED:
        is_awaited = values["acme-webroot"] is not None
        loaded("certificate", lambda text: Certificate(path(text), is_awaited=is_awaited))
    elif makes and not gathered.mistakes:  # else it would be left behind
        addresses = own_addresses().union(values["interface"] or ())
        loaded("certificate", lambda _: _own(values["store"], path, addresses))
    if values["sts"] is not None and not gathered.mistakes:
        loaded("sts", lambda seconds: _only_tls(seconds, values))
    return values


def _checked(endpoints: list[str], is_there: bool) -> list[str]:
    for text in endpoints:
        try:
            ports.described(text)
        except ports.NotPassed:
            if is_there:
                raise
    return endpoints


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"{clean(str(path))} is no folder.")
    return path


def _only_tls(seconds: float, values: dict[str, Any]) -> float:
    """Check that IRC clients can use TLS only. Raises ValueError."""
    certificate, name = values["certificate"], values["server-name"]
    if certificate is None or not certificate.vouches_for(name):
        raise ValueError(
            f"it needs a certificate for {name}, the server-name, which has to be the name by which"
            " clients connect; and not a self-signed one."
        )
    if "irc" not in values["doors"] or not values["tls-port"]:
        raise ValueError("it needs IRC at the tls-port, which has to be a number.")
    return seconds


def motd(text: str, path: Callable[[str], Path]) -> list[str]:
    """The lines of the motd, from a text with line breaks, or from a file. Raises ValueError.

    path: returns the path of a file.
    """
    name = "it"
    if "\n" not in text:
        file = path(text)
        name = clean(str(file))
        try:
            text = file.read_text("utf-8")
        except OSError as error:
            raise ValueError(f"cannot read {name}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{name} is not UTF-8.") from None
    lines = [clean(line) for line in text.splitlines()]
    if sum(map(len, lines)) > MOTD_LENGTH:
        raise ValueError(f"{name} is longer than {MOTD_LENGTH} characters.")
    return lines


def _own(place: Place, path: Callable[[str], Path], addresses: Iterable[str]) -> Certificate:
    """The certificate that the server makes for itself, beside the store. Raises ValueError."""
    file = own_certificate(path(place.path or "chatsvc"))
    self_signed.make(file, addresses)
    return Certificate(file)


def store(
    place: Place,
    path: Callable[[str], Path],
    limits: Limits,
    queue: Callable[[Callable[[], object]], object],
) -> Store:
    """The store at a place, which queues its results. Raises StoreError."""
    from twisted.internet import reactor

    if not place.path:
        soon = partial(reactor.callLater, 0)
        return MemoryStore(limits.history, limits.history_bytes, soon)

    from chatsvc.stores.sqlite.file import File
    from chatsvc.stores.sqlite.store import SqliteStore

    file = str(path(place.path))
    # Checked before twistd becomes a daemon, while errors still reach the terminal.
    File(file, place.synchronous).check()
    return SqliteStore(file, reactor.callFromThread, place.synchronous, queue)  # type: ignore[attr-defined]  # zope's stubs
