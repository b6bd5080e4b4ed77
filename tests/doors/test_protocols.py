"""What else than chat is known by its first bytes."""

from __future__ import annotations

import time

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.front.protocols import LONGEST, spoken

FIRST_BYTES = {
    b"\x16\x03\x01\x02\x00\x01\n": "TLS",
    b"\x80\x2e\x01\x03\x01": "TLS",
    b"SSH-2.0-OpenSSH_9.2\r\n": "SSH",
    b"GET / HTTP/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"PUT /upload HTTP/1.1\r\nAuthorization: Bearer hunter2\r\n\r\n": "HTTP",
    b"PROPFIND / HTTP/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"GET http://chat.example/ HTTP/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"CONNECT chat.example:443 HTTP/1.1\r\nProxy-Authorization: hunter2\r\n\r\n": "HTTP",
    b"M-SEARCH * HTTP/1.1\r\nhunter2\r\n": "HTTP",
    b"SOURCE /stream ICE/1.0\r\nAuthorization: hunter2\r\n": "HTTP",
    b"OPTIONS icap://chat.example/ ICAP/1.0\r\n": "HTTP",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": "HTTP",
    b"OPTIONS sip:nm SIP/2.0\r\nVia: hunter2\r\n": "HTTP",
    b"GET /" + b"x" * 2000 + b" HTTP/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"GET /\r\nhunter2\r\n": "HTTP",
    b"\r\nPOST / HTTP/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"get / http/1.1\r\nCookie: hunter2\r\n\r\n": "HTTP",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: hunter2\r\n\r\n": "HTTP",
    b"PROXY TCP4 203.0.113.77 203.0.113.1 1234 5000\r\nhunter2\n": "the PROXY protocol",
    b"PROXY UNKNOWN\r\nhunter2\n": "the PROXY protocol",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c": "the PROXY protocol",
    b"CAP LS 302\r\nPASS hunter2\r\nNICK zoe\r\n": "IRC",
    b"CAP END\nPASS hunter2\n": "IRC",
    b"@label=1 CAP LS 302\r\nPASS hunter2\r\n": "IRC",
    b"@label=1 PASS hunter2\r\nNICK zoe\r\n": "IRC",
    b"NICK zoe\r\nUSER zoe 0 * :hunter2\r\n": "IRC",
    b"USER zoe 0 * :zoe\r\nhunter2\r\n": "IRC",
    b"PASS hunter2\r\nNICK zoe\r\n": "IRC, POP3 or FTP",
    b"USER zoe\r\nPASS hunter2\r\n": "IRC, POP3 or FTP",
    b"EHLO me\r\nAUTH PLAIN hunter2\r\n": "mail",
    b"HELO example.org\r\nhunter2\r\n": "mail",
    b"ehlo [127.0.1.1]\r\nAUTH PLAIN hunter2\r\n": "mail",
    b"ehlo mail.example.org\nAUTH PLAIN hunter2\n": "mail",
    b"mail FROM:<zoe@example.org>\r\nhunter2\r\n": "mail",
    b"AUTHINFO USER zoe\r\nAUTHINFO PASS hunter2\r\n": "mail",
    b'AUTHENTICATE "PLAIN" "hunter2"\r\n': "mail",
    b"AUTHENTICATE PLAIN\r\nAUTHENTICATE hunter2\r\n": "mail",
    b"1 capability\r\n2 login zoe hunter2\r\n": "mail",
    b'a login "zoe" "hunter2"\r\n': "mail",
    b". LOGIN zoe hunter2\r\n": "mail",
    b"MAIL FROM:<zoe@example.org>\r\nhunter2\r\n": "mail",
    b"CAPA\r\nPASS hunter2\r\n": "mail",
    b"a001 LOGIN zoe hunter2\r\n": "mail",
    b"A1 CAPABILITY\r\nA2 LOGIN zoe hunter2\r\n": "mail",
    b"AUTH hunter2\r\nPING\r\n": "Redis, or mail",
    b"AUTH zoe hunter2\r\n": "Redis, or mail",
    b"HELLO 3 AUTH zoe hunter2\r\n": "Redis, or mail",
    b"CONFIG SET requirepass hunter2\r\n": "Redis, or mail",
    b"*2\r\n$4\r\nAUTH\r\n$7\r\nhunter2\r\n": "Redis, or mail",
    b"set key 0 0 7\r\nhunter2\r\n": "Memcached",
    b"\x80\x00\x00\x07hunter2\n": "Memcached",
    b"<?xml version='1.0'?><stream:stream to='hunter2'>\r\n": "XMPP",
    b"<stream:stream to='hunter2'>\r\n": "XMPP",
    b"\xef\xbb\xbf<?xml version='1.0'?><stream:stream to='hunter2'>\r\n": "XMPP",
    b"<stream to='hunter2'>\r\n": "XMPP",
    b"\x04\x01\x00\x50\xcb\x00\x71\x09hunter2\n\x00": "SOCKS",
    b"\x05\x02\x00\x02": "SOCKS",
    b"\x03\x00\x00\x13\x0e\xe0\x00\x00": "RDP",
    b"\x10\x0a\x00\x04MQTT\x04\x02\x00\x3c\n": "MQTT",
    b"\x10\x80\x01\x00\x06MQIsdp\x03": "MQTT",
    b"AMQP\x00\x00\x09\x01": "AMQP",
    b"\x00\x00\x00\x08\x04\xd2\x16\x2f": "PostgreSQL",
    b"\x00\x00\x00\x29\x00\x03\x00\x00user\x00hunter2\n": "PostgreSQL",
    b"\x00\x00\x00\x54\xffSMBr": "SMB",
    b"0\x0c\x02\x01\x01\x60\x07": "LDAP",
    b"CONNECT\nlogin:zoe\npasscode:hunter2\n\n\x00\n": "STOMP",
    b"STOMP\r\naccept-version:1.2\r\npasscode:hunter2\r\n": "STOMP",
    b'CONNECT {"verbose":false,"pass":"hunter2"}\r\n': "NATS",
    b'{\r\n  "auth": "hunter2"\r\n}\r\n': 'JSON before a line "/json"',
    b'[{"auth":"hunter2"}]\n': 'JSON before a line "/json"',
    b'{"do": "login", "name": "zoe", "password": "hunter2"}\n': 'JSON before a line "/json"',
    b'\xef\xbb\xbf{"jsonrpc":"2.0","params":["hunter2"]}\n': 'JSON before a line "/json"',
    b"RFB 003.008\n": "VNC",
    b"0032git-upload-pack /project.git\n": "git",
}
CHAT = [
    *("GET well soon", "GET help", "POST office HTTP is closed", "PUT that there, HTTP/1.1 is old"),
    *("user friendly?", "USER friendly, is it?", "nick is here", "NICK is here", "PROXY wars"),
    *("PASS me the salt, please", "pass hunter2", "get key", "set the table", "set it to 1 2, so"),
    *("auth server is down", "AUTH is broken in production", "helo world", "HELO world, again"),
    *("{nods}", "{ }", "CONNECT me", "STOMP!", "[nods]", "HELLO there", "HELLO 3 times", "@ann hi"),
    *("a login page fails", "2 login attempts failed", "see https http/2", "GET me http/2, please"),
    *(
        "CONFIG is wrong",
        "AUTHENTICATE yourselves, all",
        "<streams of water>",
        "ehlo everybody",
        "mail from: mum",
    ),
    *("CAP in hand", "PING", "please LOGIN first everybody", "SSH is broken", "<b>hello</b>"),
    *(
        "<?php",
        "0 problems",
        "*2 for me",
        "* waves",
        "MQTT or AMQP?",
        "AMQP",
        "/json",
        "\u00fc",
    ),
    *(
        "/login zoe hunter2",
        "\x1b[A",
        "\x03",
        "\x05\x01",
        "\x16",
        "\x7f\x7f",
        "x" * 9000,
        "X" * 9000,
    ),
]


class SpokenTests(SynchronousTestCase):
    def test_what_is_known(self) -> None:
        for first, name in FIRST_BYTES.items():
            self.assertEqual(spoken(first[:LONGEST]), name, first)

    def test_what_may_be_chat(self) -> None:
        for line in CHAT:
            for end in (b"\n", b"\r\n", b"\nGET / HTTP/1.1\r\n"):
                self.assertIsNone(spoken(line.encode() + end), line)

    def test_no_bytes_take_long(self) -> None:
        started = time.process_time()
        for hostile in (b"A", b"A ", b"GET ", b"\x10", b"* ", b"1", b"<?xml", b" ", b"CAP LS "):
            for length in range(0, LONGEST, 16):
                spoken((hostile * LONGEST)[:length])
        self.assertLess(time.process_time() - started, 2)
