"""The table of all settings: the command line, chatsvc.toml and the documents are made of it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from chatsvc.settings import kinds
from chatsvc.settings.setting import Setting

if TYPE_CHECKING:
    from pathlib import Path

DOORS = {"line": "lines", "irc": "IRC", "web": "HTTP"}  # with their protocols, in words
SELF_SIGNED = "self-signed"

# The tables of the file, each with what it is about.
SECTIONS = {
    "server": "The server, and who runs it.",
    "doors": "Where people come in, and by which protocols.",
    "tls": "Encryption.",
    "people": "Who may take part.",
    "limits": "What people and programs may use up.",
    "store": "What is kept, and for how long.",
    "log": "What is logged and watched, and how.",
}

SETTINGS = (
    Setting(
        "server-name", "server", kinds.HOST, "chatsvc", "name of the server on IRC",
    ),
    Setting(
        "network", "server", kinds.HOST, None,
        "name of the network on IRC (default: that of the server)",
        example="ExampleNet",
    ),
    Setting(
        "motd", "server", kinds.MOTD, None, "greet newcomers with this UTF-8 text file",
        "A text with line breaks is the motd itself. At most 16384 characters.",
        is_live=True,
        example="motd.txt",
    ),
    Setting(
        "operator", "server", kinds.OPERATORS, "",
        "make the owner of this name an operator of the whole server; repeatable",
        "Only somebody on the server's own machine can register that name.",
        is_live=True,
        example="ann,bob",
    ),
    Setting(
        "admin", "server", kinds.SOCKET, None,
        "unix socket for chatsvc-admin, or off (default: beside the store)",
        "Only root and the user that runs the server can use it. A store in memory has none.",
        example="/run/chatsvc/admin.sock",
    ),
    Setting(
        "port", "doors", kinds.number(0, 65535, off=None), "5000",
        "common TCP port; off to listen only where other options say", short="p",
    ),
    Setting(
        "interface", "doors", kinds.ADDRESS, None,
        "listen on this address only (default: all, IPv4 and IPv6)", short="i",
        example="127.0.0.1",
    ),
    Setting(
        "doors", "doors", kinds.choices(*DOORS), "line,irc,web",
        "what the common ports offer",
    ),
    Setting(
        "listen", "doors", kinds.ENDPOINTS, "",
        "listen here too: a Twisted endpoint such as unix:/run/chat.sock; repeatable",
        example="unix:/run/chatsvc/chat.sock",
    ),
    Setting(
        "line", "doors", kinds.ENDPOINTS, "",
        "serve only lines here, for netcat and clients of chatsvc: an endpoint; repeatable",
        example="tcp:5002",
    ),
    Setting(
        "irc", "doors", kinds.ENDPOINTS, "",
        "serve only IRC here: a Twisted endpoint such as tcp:6667; repeatable",
        example="tcp:6667",
    ),
    Setting(
        "web", "doors", kinds.ENDPOINTS, "",
        "serve only HTTP here: a Twisted endpoint such as tcp:8080; repeatable",
        example="tcp:8080:interface=127.0.0.1",
    ),
    Setting(
        "trusted-proxies", "doors", kinds.NETWORKS, "",
        "reverse proxies whose headers count: networks, or unix",
        example="127.0.0.1,unix",
    ),
    Setting(
        "auto-join", "doors", kinds.SWITCH, "on",
        "whether IRC clients start in #lobby", is_live=True,
    ),
    Setting(
        "public-archive", "doors", kinds.SWITCH, "off",
        "whether search engines may read public rooms",
    ),
    Setting(
        "certificate", "tls", kinds.CERTIFICATE, None,
        "serve TLS as well: PEM file or folder, or self-signed",
        "The server loads a renewed file by itself.",
        example="/etc/chatsvc/chat.pem",
    ),
    Setting(
        "acme-webroot", "tls", kinds.FOLDER, None,
        "answer ACME challenges with what certbot puts in this folder",
        example="/var/lib/chatsvc/acme",
    ),
    Setting("tls-port", "tls", kinds.number(0, 65535), "5001", "TCP port for TLS"),
    Setting(
        "sts", "tls", kinds.time(off=0.0), None,
        "how long IRC clients use TLS only, such as 30d",
        "Off ends it; by default, they are not told.",
        example="30d",
    ),
    Setting(
        "accounts-only", "people", kinds.FLAG, "off",
        "let only people with an account take part",
        "Guests who are here when it begins may stay.", is_live=True,
    ),
    Setting(
        "invite-only", "people", kinds.FLAG, "off",
        "like --accounts-only, and registering needs a code (/invitecode)", is_live=True,
    ),
    Setting(
        "allow-plaintext-passwords", "people", kinds.FLAG, "off",
        "accept passwords over unencrypted connections", is_live=True,
    ),
    Setting(
        "grace", "people", kinds.number(0, 86400), "0",
        "seconds for which a lost connection keeps an account's place", is_live=True,
    ),
    Setting(
        "max-users", "limits", kinds.number(1), None,
        "most connections (default: what file descriptors allow)", is_live=True,
        example="5000",
    ),
    Setting(
        "max-per-address", "limits", kinds.number(1, off=inf), "off",
        "most connections from one address, or off", is_live=True,
    ),
    Setting(
        "throttle", "limits", kinds.THROTTLE, "30/10",
        "lines at once / a second from a connection (ten times that from an address), or off",
        "A change applies to later connections.", is_live=True,
    ),
    Setting(
        "backlog", "limits", kinds.number(0, 200), "20",
        "lines of history shown on joining a room", is_live=True,
    ),
    Setting(
        "history", "limits", kinds.number(1), "10000", "events held in memory for slow readers",
    ),
    Setting(
        "history-bytes", "limits", kinds.size(), "16M",
        "memory for the events of --history, in bytes or with K, M or G",
    ),
    Setting(
        "store", "store", kinds.PLACE, "sqlite:chatsvc.sqlite",
        "where messages are kept; memory: for nowhere",
    ),
    Setting(
        "keep", "store", kinds.time(off=inf), "off",
        "how long messages are kept, such as 90d; off is for ever", is_live=True,
    ),
    Setting(
        "keep-size", "store", kinds.size("16M", off=inf), "off",
        "disk space for the store, such as 10G, beyond which the oldest messages go", is_live=True,
    ),
    Setting(
        "direct-history", "store", kinds.SWITCH, "on",
        "keep direct messages between accounts once read, or off", is_live=True,
    ),
    Setting(
        "keep-addresses", "store", kinds.time(off=0.0), "7d",
        "how long visits (who came from where) are kept, or off",
    ),
    Setting(
        "metrics", "log", kinds.ENDPOINTS, "",
        "serve metrics and health checks here: an endpoint such as tcp:9191; repeatable",
        example="tcp:9191:interface=127.0.0.1",
    ),
    Setting(
        "log-format", "log", kinds.choice("text", "json"), "text",
        "the log as text for people, or as json for programs",
    ),
    Setting(
        "log-level", "log", kinds.LEVELS, "info",
        "what is logged, such as warn or info,chatsvc.doors.web=debug", is_live=True,
    ),
)  # fmt: skip

BY_NAME = {setting.name: setting for setting in SETTINGS}


def own_certificate(store: Path) -> Path:
    """The certificate that a server makes for itself if it is to be self-signed.

    store: the file of the store, beside which it lies.
    """
    return store.with_name(f"{store.stem}-{SELF_SIGNED}.pem")
