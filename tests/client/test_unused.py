"""What Twisted would import for other programs."""

import os
import subprocess
import sys

import pytest

from tests.processes import UNMEASURED

LOOK = """
import sys
from chatsvc.client.unused import OWN_HASHES, leave_out
sys.modules.update(dict.fromkeys(OWN_HASHES[:{missing}]))
leave_out(has_tls={has_tls})
from chatsvc.client.plain import lines, pipe
from chatsvc.client.screen import tty
from chatsvc.command.command import commands
from twisted.internet import reactor
commands()
print(*sys.modules)
"""


def printed(use: str = "", *, has_tls: bool = False, missing: int = 0) -> str:
    """What a client prints once it could be on the screen, with every command.

    use: what it does then.
    missing: the number of hashes that Python has from OpenSSL alone.
    """
    words = [sys.executable, "-c", LOOK.format(has_tls=has_tls, missing=missing) + use]
    # Coverage imports much by itself.
    return subprocess.run(
        words, stdout=subprocess.PIPE, check=True, text=True, env=os.environ | UNMEASURED
    ).stdout


def modules(*, has_tls: bool) -> set[str]:
    """The modules that such a client has imported."""
    return set(printed(has_tls=has_tls).split())


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
    assert printed(use).endswith("CookieJar\n")


def test_hashes_and_tls_outside_twisted_are_there():
    use = "import hashlib, ssl; print(hashlib.sha256(b'').hexdigest()[:8], ssl.OPENSSL_VERSION[:7])"
    assert printed(use).endswith("e3b0c442 OpenSSL\n")


def test_a_python_without_hashes_of_its_own_has_those_of_openssl():
    use = "import hashlib; print('ssl' in sys.modules, hashlib.sha256(b'').hexdigest()[:8])"
    assert printed(use, missing=1).endswith("False e3b0c442\n")
    assert printed(use, missing=9).endswith("False e3b0c442\n")
