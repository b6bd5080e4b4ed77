"""Certificates that are expired, for another name, for another key, or trusted by nobody."""

from __future__ import annotations

import datetime
import os
from dataclasses import replace

from chatsvc.doctor.finding import Level
from chatsvc.doctor.network import certificate
from chatsvc.doctor.server import Port, Server
from tests.certificate import DAY, fingerprint_of, self_signed, signed
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase
from tests.patience import PATIENCE

NAME = "chat.example.org"


class CertificateTests(DoctorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(certificate, "PATIENCE", PATIENCE)
        self.path = self.folder / "chat.pem"
        self.server = Server(certificate=self.path, name=NAME)
        authority, pems = signed(NAME)
        self.trusts(authority)
        self.path.write_text("".join(pems))

    def trusts(self, authority: str) -> None:
        """Trust an authority, as the machine's certificates say."""
        path = self.folder / "authorities"
        path.write_text(authority)
        self.patch(os, "environ", os.environ | {"SSL_CERT_FILE": str(path)})

    def finds_it(self, level: Level, words: str) -> str:
        return self.finds(certificate.check, self.server, level, words).mend

    def holds(self, address: str, shift: datetime.timedelta = datetime.timedelta()) -> None:
        """Hold a certificate that an authority has signed whom all trust."""
        authority, pems = signed(address, shift)
        self.trusts(authority)
        self.path.write_text("".join(pems))

    def test_as_it_should_be_but_that_it_expires_tomorrow(self) -> None:
        self.assertIn("certbot renew", self.finds_it(WARNING, "expires on"))
        words = [each.what for each in certificate.check(self.server) if each.level is OK]
        self.assertEqual(
            words,
            [
                f"the chain of the certificate in {self.path} is complete.",
                f"a certificate is for {NAME}.",
            ],
        )

    def test_an_acme_client_has_yet_to_get_it(self) -> None:
        self.path.unlink()
        self.server = replace(self.server, is_awaited=True)
        self.assertIn("ACME client", self.finds_it(WARNING, f"no certificate in {self.path} yet"))
        self.path.write_text("something else")
        self.finds_it(FAULT, f"{self.path} holds no certificate")

    def test_valid_for_long(self) -> None:
        self.patch(certificate, "SOON", datetime.timedelta(hours=1))
        self.finds_it(OK, f"the certificate in {self.path} is valid until")

    def test_expired(self) -> None:
        self.holds(NAME, -2 * DAY)
        self.assertIn("certbot renew", self.finds_it(FAULT, f"in {self.path} expired on"))

    def test_not_valid_yet(self) -> None:
        self.holds(NAME, 3 * DAY)
        self.assertIn("clock", self.finds_it(FAULT, "is not valid before"))

    def test_for_another_name(self) -> None:
        self.holds("www.example.org")
        words = f"no certificate is for {NAME} (--server-name), but for www.example.org"
        self.assertIn(f"certbot certonly -d {NAME}", self.finds_it(FAULT, words))

    def test_for_all_names_of_a_domain(self) -> None:
        self.holds("*.example.org")
        self.finds_it(WARNING, "expires on")

    def test_a_server_without_a_name(self) -> None:
        self.holds("www.example.org")
        self.server = Server(certificate=self.path)
        self.finds_it(WARNING, "expires on")

    def test_a_key_of_another_certificate(self) -> None:
        _, (key, _, _) = signed(NAME)
        _, (_, own, authority) = signed(NAME)
        self.path.write_text(key + own + authority)
        self.finds_it(FAULT, f"the key in {self.path} does not belong to the first certificate")

    def test_no_key(self) -> None:
        _, (_, own, authority) = signed(NAME)
        self.path.write_text(own + authority)
        self.finds_it(FAULT, "holds no private key")

    def test_no_file(self) -> None:
        self.path.unlink()
        self.finds_it(FAULT, f"cannot read {self.path}")

    def test_an_authority_that_nobody_knows(self) -> None:
        _, pems = signed(NAME)
        self.path.write_text("".join(pems))
        mend = self.finds_it(FAULT, f"clients do not trust the certificate in {self.path}")
        self.assertIn("--ca FILE", mend)

    def test_a_chain_with_a_gap(self) -> None:
        _, (key, own, _) = signed(NAME)
        self.path.write_text(own + key)
        self.assertIn("fullchain.pem", self.finds_it(FAULT, "clients do not trust"))

    def test_self_signed_by_mistake(self) -> None:
        self.path.write_text(self_signed(NAME))
        mend = self.finds_it(WARNING, f"the certificate in {self.path} is self-signed")
        self.assertIn(f"--fingerprint {fingerprint_of(self.path.read_text())}", mend)

    def test_self_signed_on_purpose(self) -> None:
        self.path.write_text(self_signed(NAME))
        self.server = Server(certificate=self.path, name=NAME, is_self_signed=True)
        self.patch(certificate, "SOON", datetime.timedelta(hours=1))
        self.finds_it(OK, "is self-signed. Clients trust it by its fingerprint")
        self.path.unlink()
        self.finds_it(OK, "the server makes a certificate when it starts")

    def test_a_folder(self) -> None:
        folder = self.folder / "live"
        folder.mkdir()
        _, (key, own, authority) = signed("another.example.org", -2 * DAY)
        (folder / "a.pem").write_text(key + own + authority)
        self.path.rename(folder / "b.pem")
        self.server = Server(certificate=folder, name=NAME)
        self.finds_it(FAULT, f"the certificate in {folder / 'a.pem'} expired on")

    def test_none_though_there_is_a_port_for_it(self) -> None:
        self.server = Server(ports=(Port("--tls-port", 5001, ("::",), is_tls=True),))
        self.assertEqual(
            self.finds_it(FAULT, "there is no certificate for TLS"), "Set --certificate."
        )
        self.assertEqual(list(certificate.check(Server())), [])

    def test_what_a_running_server_shows(self) -> None:
        self.path.write_text(self_signed(NAME))
        port, _ = self.serves_somewhere("--certificate=chat.pem", "--tls-port=0")
        ports = (Port("--port", port, ("0.0.0.0",)),)
        self.server = Server(self.store, NAME, ports, self.path, is_self_signed=True)
        self.finds_it(WARNING, "expires on")
        shown = f"the server shows that certificate at port {port}."
        self.assertIn(shown, [each.what for each in certificate.check(self.server)])
        # Renewed, but not where the server looks.
        (self.folder / "new.pem").write_text(self_signed(NAME))
        self.server = Server(self.store, NAME, ports, self.folder / "new.pem", is_self_signed=True)
        self.assertIn("reload", self.finds_it(FAULT, "the server shows another certificate at"))

    def test_a_running_server_without_tls(self) -> None:
        port, _ = self.serves_somewhere()
        ports = (Port("--port", port, ("0.0.0.0",)),)
        self.server = Server(self.store, NAME, ports, self.path)
        self.finds_it(FAULT, f"TLS does not work at port {port}")
