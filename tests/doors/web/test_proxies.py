"""Behind real reverse proxies, set up as docs/proxies.md says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import Request, TextMessage

import chatsvc
from tests.processes import Caller, ProcessTestCase, free_port

MANUAL = Path(chatsvc.__file__).parents[1] / "docs" / "proxies.md"
CLIENT, OTHER = "203.0.113.9", "192.0.2.66"
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    {block}
}}
"""
CADDY = """
{
    admin off
}
"""


def block(name: str) -> str:
    """What the manual has for a proxy."""
    _, _, rest = MANUAL.read_text("utf-8").partition(f"    # {name}\n")
    lines = rest.split("\n\n")[0].split("\n")
    return "\n".join([line.removeprefix("    ") for line in lines])


class ProxyTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        if not MANUAL.exists():
            raise self.skipTest("the documents are not installed")
        self.port, self.web_port = free_port(), free_port()

    def begins(self, program: str, settings: str, *arguments: str) -> None:
        """Start a proxy, with the server behind it."""
        found = shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if found is None:
            raise self.skipTest(f"{program} is not installed")
        path = self.folder / "settings"
        path.write_text(settings.replace("127.0.0.1:8080", f"127.0.0.1:{self.web_port}"))
        self.server = self.serves(
            "--port=off", f"--web=tcp:{self.web_port}:interface=127.0.0.1", "--store=memory:",
            "--trusted-proxies=127.0.0.0/8",
        )  # fmt: skip
        Caller(self.web_port).socket.close()  # [It listens by now.]
        self.starts(found, *arguments, path, HOME=str(self.folder))

    def test_nginx(self) -> None:
        here = block("nginx").replace("listen 443 ssl", f"listen 127.0.0.1:{self.port}")
        self.begins(
            "nginx", NGINX.format(folder=self.folder, block=here), "-p", str(self.folder), "-c"
        )
        self.chats("http")

    def test_haproxy(self) -> None:
        binding = "bind :443 ssl crt /etc/haproxy/chat.pem"
        self.begins(
            "haproxy", block("haproxy").replace(binding, f"bind 127.0.0.1:{self.port}") + "\n", "-f"
        )
        self.chats("https")

    def test_caddy(self) -> None:
        here = block("caddy").replace("chat.example.org", f"http://127.0.0.1:{self.port}")
        # Of a stranger, Caddy believes nothing, and so would say that all come from here.
        here = here.replace("header_up", "trusted_proxies 127.0.0.0/8\n header_up")
        self.begins("caddy", CADDY + here, "run", "--adapter", "caddyfile", "--config")
        self.chats("http")

    def chats(self, scheme: str) -> None:
        """Somebody comes through the proxy, and says to come from elsewhere.

        scheme: of the proxy's own address, as far as the server is told.
        """
        caller = Caller(self.port)
        self.addCleanup(caller.socket.close)
        wire = WSConnection(ConnectionType.CLIENT)
        host = f"127.0.0.1:{self.port}"
        headers = {
            "Origin": f"{scheme}://{host}",
            "X-Forwarded-For": f"{OTHER}, {CLIENT}",
            "Forwarded": f"for={OTHER}",
        }
        asked = Request(
            host, "/ws", subprotocols=["chatsvc.1"],
            extra_headers=[(name.encode(), value.encode()) for name, value in headers.items()],
        )  # fmt: skip
        caller.socket.sendall(wire.send(asked))
        told: list[dict[str, Any]] = []
        while not any(each["event"] == "said" for each in told):
            data = caller.socket.recv(65536)
            assert data, told
            wire.receive_data(data)
            for event in wire.events():
                if isinstance(event, TextMessage):
                    told.append(json.loads(event.data))
                    if len(told) == 1:
                        said = '{"do": "say", "room": "#lobby", "text": "hi"}'
                        caller.socket.sendall(wire.send(TextMessage(said)))
        self.streams(host, int(told[-1]["id"]))
        self.server.terminate()
        log = self.ends(self.server)[1]
        self.assertIn(f"client1 joined from {CLIENT}.", log)
        self.assertNotIn(OTHER, log)

    def streams(self, host: str, entry_id: int) -> None:
        """A stream of events comes through the proxy while it goes on, from an id on."""
        caller = Caller(self.port)
        self.addCleanup(caller.socket.close)
        lines = (
            "GET /rooms/lobby/events HTTP/1.1",
            f"Host: {host}",
            f"Last-Event-ID: {entry_id - 1}",
        )
        caller.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        caller.sees_some('"text":"hi"')
