"""Other protocols, recognised by their first bytes."""

from __future__ import annotations

import re

# This many first bytes tell each protocol. Only HTTP may need more, if its target is longer; that
# alone gives it away.
LONGEST = 2048

# By name: the first bytes, or the first line with its end, that a person would hardly type. A word
# alone is not enough: people may say "GET well soon".
_TABLE = {
    "TLS": rb"\x16\x03[\x00-\x04]|\x80.\x01\x03",
    "SSH": rb"SSH-\d\.\d+-",
    "HTTP": (
        rb"[A-Z][A-Z-]* \S+ (?:HTTP|RTSP|SIP|ICAP|ICE)/\d"
        rb"|(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [/\w*]\S{1000}"
        rb"|GET /\S*[\r\n]|HTTP/\d\.\d \d{3}"
        rb"|(?i:get|head|post|put|delete|connect|options|trace|patch)"
        rb" (?:[/*]|\w+:/)\S* (?i:http)/\d"
    ),
    "the PROXY protocol": rb"PROXY (?:TCP[46]|UNKNOWN)\b|\r\n\r\n\x00\r\nQUIT\n",
    "IRC": (
        rb"(?:(?:@\S+ +)?(?:CAP (?:LS|LIST|REQ|END)(?: :?\S[^\r\n]*)?|NICK :?\S+"
        rb"|USER \S+ \S+ \S+ :?[^\r\n]+)|@\S+ +PASS :?\S+"
        rb"|PROTOCTL \S[^\r\n]*|SERVER \S+ \d[^\r\n]*|WEBIRC \S+ \S+ \S+ \S+[^\r\n]*)[\r\n]"
    ),
    "IRC, POP3 or FTP": rb"(?:PASS|USER|ACCT) :?\S+[\r\n]",
    "mail": (
        rb"(?:[EL]HLO|HELO) \S+[\r\n]|(?i:[el]hlo|helo) \S*[.\]]\S*[\r\n]"
        rb"|(?i:mail from|rcpt to): ?<|(?:CAPA|STLS|STARTTLS|FEAT|SYST)[\r\n]"
        rb"|APOP \S+ [0-9a-f]{32}[\r\n]|MODE READER[\r\n]|AUTHINFO (?:USER|PASS|SASL) \S"
        rb"|AUTHENTICATE \"?[A-Z]\S*(?: \S+)?[\r\n]"
        rb"|(?:[A-Za-z]{0,4}\d{1,6}|[a-z.]) (?:(?i:CAPABILITY|STARTTLS)|LOGIN \S+ \S+"
        rb"|(?i:LOGIN) \"\S+ \"\S+|AUTHENTICATE \S+)[\r\n]"
    ),
    "Redis, or mail": (
        rb"AUTH \S+(?: \S+)?[\r\n]|\*\d{1,7}\r|HELLO [23](?: AUTH \S+ \S+)?[\r\n]"
        rb"|CONFIG (?:SET|GET) \S"
    ),
    "Memcached": (
        rb"(?:set|add|replace|append|prepend|cas) \S+ \d+ \d+ \d+(?: \d+)?(?: noreply)?[\r\n]"
        rb"|\x80[\x00-\x24]\x00"
    ),
    "XMPP": rb"(?:\xef\xbb\xbf)?(?:<\?xml[ >]|<(?:stream:)?stream[ >])",
    "SOCKS": rb"\x04[\x01\x02].{6}|\x05[\x01-\x05][\x00\x02]",
    "RDP": rb"\x03\x00\x00[\x07-\xff]",
    "MQTT": rb"\x10[\x00-\xff]{1,4}?\x00(?:\x04MQTT|\x06MQIsdp)",
    "AMQP": rb"AMQP[\x00-\x03]",
    "PostgreSQL": rb"\x00\x00..(?:\x00\x03\x00[\x00-\x02]|\x04\xd2\x16[\x2e-\x30])",
    "SMB": rb"\x00[\x00\x01]..[\xfe\xff]SMB",
    "LDAP": rb"0(?:[\x00-\x7f]|\x84....)\x02\x01",
    "STOMP": rb"(?:CONNECT|STOMP)[\r\n]",  # before the line with the passcode, which may come later
    "NATS": rb"CONNECT ?\{",
    'JSON before a line "/json"': (
        # The first line alone, too, however late the next one comes.
        rb'(?:\xef\xbb\xbf)?(?:(?:\[\s{0,9})?\{\s{0,9}"|[\[{][ \t]{0,9}[\r\n])'
    ),
    "VNC": rb"RFB \d{3}\.\d{3}\n",
    "git": rb"[0-9a-f]{4}git-(?:upload|receive)-pack ",
}
_NAMES = list(_TABLE)
_EITHER = b"|".join([b"(%s)" % pattern for pattern in _TABLE.values()])
# Line ends may come first, as from HTTP clients after a body (RFC 9112, section 2.2).
_ANY = re.compile(b"[\r\n]{0,8}(?:%s)" % _EITHER, re.DOTALL)


def not_spoken(name: str) -> str:
    """The answer to a protocol that this server does not speak."""
    return (
        f"This is a chat server. It does not speak {name} here: connect with netcat, telnet or its"
        " own client."
    )


def spoken(data: bytes) -> str | None:
    """The name of the protocol of a connection's first bytes; None if it may be chat.

    Also None until enough bytes have come, however they are split; see LONGEST.
    """
    found = _ANY.match(data)
    return None if found is None else _NAMES[(found.lastindex or 0) - 1]
