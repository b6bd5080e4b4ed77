"""Tells twistd of the service; imports nothing of it, so that listing plugins stays quick."""

from twisted.application.service import ServiceMaker

chatsvc = ServiceMaker(
    "chatsvc",
    "chatsvc.tap",
    "A chat server that people reach with netcat, telnet or its own client.",
    "chatsvc",
)
