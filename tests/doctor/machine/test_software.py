"""The software, in processes where some of it is missing or old."""

from __future__ import annotations

from pathlib import Path

from chatsvc.doctor.machine import software
from chatsvc.doctor.server import Server
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase


class SoftwareTests(DoctorTestCase):
    def shadows(self, name: str, version: str) -> str:
        """A folder before all others, in which a package has another version."""
        folder = self.folder / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}")
        return str(self.folder)

    def test_as_it_should_be(self) -> None:
        server = Server(certificate=Path("chat.pem"))
        self.finds(software.check_python, server, OK, "has SQLite 3.")
        self.finds(software.check_packages, server, OK, "pyOpenSSL")
        self.finds(software.check_openssl, server, OK, "TLS is by OpenSSL")

    def test_a_package_that_is_too_old(self) -> None:
        found = self.finds_elsewhere(
            [], software.check_packages, FAULT, "Twisted 22.10 is older than 26.10",
            environment={"PYTHONPATH": self.shadows("Twisted", "22.10")},
        )  # fmt: skip
        self.assertEqual(found.mend, "pip install -U chatsvc")

    def test_an_extra_that_is_too_old(self) -> None:
        path = self.shadows("wsproto", "1.0")
        found = self.finds_elsewhere(
            [],
            software.check_packages,
            FAULT,
            "wsproto 1.0 is older than 1.2",
            environment={"PYTHONPATH": path},
        )
        self.assertEqual(found.mend, "pip install --upgrade 'chatsvc[web]'")

    def test_an_extra_that_is_missing(self) -> None:
        # The distribution of chatsvc asks for something that nobody has installed.
        folder = self.folder / "chatsvc-0.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: chatsvc\nVersion: 0.0\n"
            'Requires-Dist: nobodyhasthis>=1.2; extra == "web"\n'
        )
        found = self.finds_elsewhere(
            [], software.check_packages, FAULT, "nobodyhasthis is not installed",
            environment={"PYTHONPATH": str(self.folder)},
        )  # fmt: skip
        self.assertEqual(found.mend, "pip install --upgrade 'chatsvc[web]'")

    def test_an_extra_that_nobody_uses(self) -> None:
        self.assertEqual(list(software._installed("tls", [("nobodyhasthis", "1")], False)), [])

    def test_an_openssl_with_holes(self) -> None:
        self.assertEqual(software._numbers("OpenSSL 3.0.5 5 Jul 2022"), (3, 0, 5))
        for text, is_bad in (("3.0.0", True), ("3.0.6", True), ("3.0.7", False), ("1.1.1", False)):
            self.assertEqual(software.has_holes(f"OpenSSL {text} 1 Jan 2022"), is_bad, text)

    def test_names_of_files_that_are_not_in_utf_8(self) -> None:
        plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        found = self.finds_elsewhere(
            [], software.check_locale, WARNING, "not UTF-8", environment=plain
        )
        self.assertIn("LANG=C.UTF-8", found.mend)

    def test_names_of_files_in_utf_8(self) -> None:
        self.finds_elsewhere(
            [], software.check_locale, OK, "UTF-8", environment={"PYTHONUTF8": "1"}
        )
