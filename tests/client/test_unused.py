"""What Twisted would import for other programs."""

import subprocess
import sys

import pytest

LOOK = """
import sys
from chatsvc.client.unused import leave_out
leave_out(has_tls={has_tls})
from chatsvc.client.plain import lines, pipe
from chatsvc.client.screen import tty
from chatsvc.command.command import commands
from twisted.internet import reactor
commands()
print(*sys.modules)
"""


def modules(*, has_tls: bool) -> set[str]:
    """The modules that the client imports before it is on the screen, with every command."""
    words = [sys.executable, "-c", LOOK.format(has_tls=has_tls)]
    return set(subprocess.run(words, capture_output=True, check=True, text=True).stdout.split())


def test_without_tls_there_is_no_openssl():
    assert not modules(has_tls=False) & {"OpenSSL", "_hashlib", "cryptography", "ssl"}


def test_with_tls_there_is():
    pytest.importorskip("OpenSSL")
    assert modules(has_tls=True) >= {"OpenSSL", "cryptography"}


def test_neither_the_server_nor_what_twisted_has_for_the_web_is_imported():
    found = modules(has_tls=False)
    assert not found & {"chatsvc.chat.chat", "chatsvc.chat.people.users", "email", "urllib.request"}


def test_what_was_put_off_is_there_when_used():
    use = "from twisted.python.compat import cookielib; print(cookielib.CookieJar.__name__)"
    words = [sys.executable, "-c", f"{LOOK.format(has_tls=False)}\n{use}"]
    found = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    assert found.endswith("CookieJar\n")


def test_hashes_and_tls_outside_twisted_are_there():
    use = "import hashlib, ssl; print(hashlib.sha256(b'').hexdigest()[:8], ssl.OPENSSL_VERSION[:7])"
    words = [sys.executable, "-c", f"{LOOK.format(has_tls=False)}\n{use}"]
    found = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    assert found.endswith("e3b0c442 OpenSSL\n")
