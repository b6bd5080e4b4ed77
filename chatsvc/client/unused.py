"""Unused modules, which Twisted would import: half of the client's memory and start."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec

_OPENSSL = ("OpenSSL", "ssl")  # Twisted and asyncio work without them
# Without these, which some Pythons are built without, hashlib needs OpenSSL's.
_SHA2 = ("_sha2",) if sys.version_info >= (3, 12) else ("_sha256", "_sha512")
OWN_HASHES = ("_md5", "_sha1", *_SHA2, "_sha3")
_USE_THEM = (
    *("hashlib", "hmac"),
    *("twisted.internet.endpoints", "twisted.internet.posixbase", "twisted.internet.tcp"),
)
_LATER = "http.cookiejar"  # twisted.python.compat imports it by name, with all of urllib and email


def leave_out(*, has_tls: bool) -> None:
    """Import Twisted without what the client does not use; nothing may have imported it before.

    has_tls: whether OpenSSL is used. Without it, this process has no TLS.
    """
    _put_off(_LATER)
    unused: tuple[str, ...] = () if has_tls else _OPENSSL
    if unused and all(map(find_spec, OWN_HASHES)):
        unused += ("_hashlib",)
    absent = [each for each in unused if each not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None: it is not found
    for each in _USE_THEM:
        import_module(each)
    for each in absent:
        del sys.modules[each]


def _put_off(name: str) -> None:
    """Run a module only when something in it is used."""
    if name in sys.modules or (spec := find_spec(name)) is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    package, _, last = name.rpartition(".")
    setattr(sys.modules[package], last, module)
